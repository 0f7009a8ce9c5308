//! The families of findings, one file each; each is a pure function of the tree.

pub(crate) mod critical;
mod cut_off;
mod handoff;
mod hotspots;
mod modes;
mod origin;
mod ping_pong;
mod repeats;
mod unfinished;

use telemetron_view::CriticalPath;

use super::failures::Failure;
use super::noted::Noted;
use super::tree::Tree;

/// Everything that is found, in no order.
pub(super) fn all(
    tree: &Tree<'_>,
    failure: Option<&Failure>,
    path: Option<&CriticalPath>,
) -> Vec<Noted> {
    let mut noted = Vec::new();
    noted.extend(origin::find(tree, failure));
    noted.extend(repeats::find(tree, failure));
    noted.extend(ping_pong::find(tree));
    noted.extend(unfinished::find(tree));
    noted.extend(failure.and_then(|failure| handoff::find(tree, failure)));
    noted.extend(cut_off::find(tree, failure));
    noted.extend(modes::find(tree, failure));
    noted.extend(path.and_then(|path| critical::find(tree, path)));
    noted.extend(hotspots::find(tree));
    noted
}
