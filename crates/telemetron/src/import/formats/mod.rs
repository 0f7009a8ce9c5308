//! The forms that are read, one file each. The first that recognises a document reads it.

mod ag2;
mod hyperagent;
mod ma_tot;
mod metagpt;
mod peer_review;
mod text;
mod who_and_when;

use super::Format;

/// Every form, the more particular ones first.
pub(crate) const ALL: &[&dyn Format] = &[
    &who_and_when::WhoAndWhen,
    &hyperagent::HyperAgent,
    &ma_tot::MaTot,
    &peer_review::PeerReview,
    &ag2::Ag2,
    &metagpt::MetaGpt,
];
