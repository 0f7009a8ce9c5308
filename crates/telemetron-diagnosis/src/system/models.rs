//! Models that were near their limits when something failed.

use telemetron_model::Timestamp;
use telemetron_model::record::ErrorCategory;
use telemetron_view::oracle::ModelState;
use telemetron_view::{Confidence, Next};

use super::SystemRemark;
use super::issues::Covered;
use super::scene::{Relation, SECOND, Scene};
use crate::words;

/// States this near to the moment are looked at: a gauge covers a minute.
const NEAR_NS: i64 = 90 * SECOND;

/// Less of a limit is no worth a word.
const LEAST_SHARE: f64 = 0.8;

/// So much of a limit is near enough to be the cause.
const FULL_SHARE: f64 = 0.9;

/// A model that was near a limit.
struct Full<'a> {
    model: &'a ModelState,
    share: f64,
    at: Timestamp,
}

pub(super) fn remarks(scene: &Scene<'_>, covered: &mut Covered) -> Vec<SystemRemark> {
    let mut fullest: Vec<Full<'_>> = Vec::new();
    let related = full(scene)
        .filter(|full| scene.relation_of_model(&full.model.model) != Relation::Unrelated);
    for full in related {
        let known = fullest
            .iter_mut()
            .find(|known| known.model.model == full.model.model);
        let telling = |full: &Full<'_>| full.share * scene.nearness(full.at);
        match known {
            Some(known) if telling(known) < telling(&full) => *known = full,
            Some(_) => {}
            None => fullest.push(full),
        }
    }
    covered
        .models
        .extend(fullest.iter().map(|full| full.model.model.clone()));
    fullest.iter().map(|full| remark(scene, full)).collect()
}

fn full<'a>(scene: &Scene<'a>) -> impl Iterator<Item = Full<'a>> {
    let snapshots = scene.memory.snapshots.iter();
    let near =
        snapshots.filter(|snapshot| scene.before(snapshot.taken_at).saturating_abs() <= NEAR_NS);
    near.flat_map(|snapshot| {
        snapshot.state.litellm.iter().filter_map(|model| {
            let share = share(model.tpm, model.tpm_max).max(share(model.rpm, model.rpm_max));
            (share >= LEAST_SHARE).then_some(Full {
                model,
                share,
                at: snapshot.taken_at,
            })
        })
    })
}

/// A limit of 0 is not known.
fn share(used: Option<f64>, most: f64) -> f64 {
    if most > 0.0 {
        used.unwrap_or(0.0) / most
    } else {
        0.0
    }
}

fn remark(scene: &Scene<'_>, full: &Full<'_>) -> SystemRemark {
    let relation = scene.relation_of_model(&full.model.model);
    let weight = relation.weight() * scene.nearness(full.at) * full.share.min(1.0);
    let sentence = format!(
        "Model `{}`{} had taken {} of its minute {}, {} of the tighter limit.",
        full.model.model,
        match relation {
            Relation::Own => ", which the failing call asked for,",
            Relation::Involved => ", which the trace calls,",
            Relation::Sibling | Relation::Unrelated => "",
        },
        taken(full.model),
        scene.when(full.at),
        words::percent(full.share)
    );
    let remark = SystemRemark::new(sentence, weight, Next::state_at(full.at));
    if relation != Relation::Own || full.share < FULL_SHARE {
        return remark;
    }
    // A failing call of the very model is one thing; one that speaks of limits another.
    match scene.focus.category {
        Some(ErrorCategory::Llm | ErrorCategory::Timeout) => {
            remark.suspect(0.6 + 0.3 * weight, Confidence::Likely)
        }
        _ => remark.suspect(0.45 + 0.3 * weight, Confidence::Possible),
    }
}

/// `98000 of 100000 tokens and 12 of 60 requests`.
fn taken(model: &ModelState) -> String {
    let limits = [
        (model.tpm, model.tpm_max, "tokens"),
        (model.rpm, model.rpm_max, "requests"),
    ];
    let known = limits.iter().filter(|(_, most, _)| *most > 0.0);
    let known =
        known.map(|(used, most, what)| format!("{:.0} of {most:.0} {what}", used.unwrap_or(0.0)));
    known.collect::<Vec<_>>().join(" and ")
}
