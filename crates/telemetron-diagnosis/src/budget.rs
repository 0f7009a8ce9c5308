//! Keeping an answer within a number of tokens: what matters least goes first.

use serde::Serialize;
use telemetron_view::Diagnosis;

/// Bytes of JSON that a token stands for, on the careful side.
const BYTES_PER_TOKEN: usize = 3;

/// The diagnosis without what does not fit; a verdict and one cause always stay.
pub(super) fn trimmed(mut diagnosis: Diagnosis, max_tokens: usize) -> Diagnosis {
    let mut size = tokens(&diagnosis);
    while size > max_tokens && drop_one(&mut diagnosis) {
        size = tokens(&diagnosis);
    }
    diagnosis.estimated_tokens = size;
    diagnosis
}

/// Leaves out one thing: parts of the path, then findings, then causes, links in the middle.
fn drop_one(diagnosis: &mut Diagnosis) -> bool {
    let omitted = &mut diagnosis.omitted;
    let parts = diagnosis.critical_path.as_mut().map(|path| &mut path.parts);
    if let Some(parts) = parts.filter(|parts| parts.len() > 3) {
        let shortest = parts.iter().enumerate();
        let shortest = shortest.min_by(|a, b| a.1.duration_ms.total_cmp(&b.1.duration_ms));
        if let Some(place) = shortest.map(|(place, _)| place) {
            parts.remove(place);
        }
        omitted.path_parts += 1;
    } else if diagnosis.findings.len() > 3 {
        diagnosis.findings.pop();
        omitted.findings += 1;
    } else if diagnosis.chain.len() > 4 {
        diagnosis.chain.remove(diagnosis.chain.len() / 2);
        omitted.chain += 1;
    } else if diagnosis.causes.len() > 1 {
        diagnosis.causes.pop();
        omitted.causes += 1;
    } else if let Some(path) = diagnosis.critical_path.take() {
        omitted.path_parts += path.parts.len();
    } else if diagnosis.findings.pop().is_some() {
        omitted.findings += 1;
    } else if diagnosis.chain.len() > 1 {
        diagnosis.chain.pop();
        omitted.chain += 1;
    } else {
        return false;
    }
    true
}

fn tokens(diagnosis: &Diagnosis) -> usize {
    let whole = written(diagnosis);
    whole
        .saturating_sub(asks(diagnosis))
        .div_ceil(BYTES_PER_TOKEN)
}

/// What `asks` takes, which says `next` again for programs and is nothing that a model reads.
fn asks(diagnosis: &Diagnosis) -> usize {
    let of_causes = diagnosis.causes.iter().map(|cause| &cause.asks);
    let of_findings = diagnosis.findings.iter().map(|finding| &finding.asks);
    let asked = of_causes.chain(of_findings).flatten();
    asked.map(|asks| r#","asks":"#.len() + written(asks)).sum()
}

/// How many bytes something takes as JSON.
fn written(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
