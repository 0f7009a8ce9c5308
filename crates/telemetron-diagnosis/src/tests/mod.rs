//! Diagnoses of small traces, and of arbitrary ones.

mod answers;
mod arbitrary;
mod errors;
mod hypothesis;
mod shape;
mod wrappers;

use telemetron_store::read::whole::WholeTrace;
use telemetron_view::{Diagnosis, Finding, FindingKind};

use super::{AbsentContext, diagnose};

fn diagnosis(trace: &WholeTrace) -> Diagnosis {
    diagnose(trace, &AbsentContext, Some(100_000))
}

/// The findings of a sort.
fn found(diagnosis: &Diagnosis, kind: FindingKind) -> Vec<&Finding> {
    let findings = diagnosis.findings.iter();
    findings.filter(|finding| finding.kind == kind).collect()
}

fn mode<'a>(diagnosis: &'a Diagnosis, id: &str) -> Option<&'a Finding> {
    let mut findings = diagnosis.findings.iter();
    findings.find(|finding| finding.mode.as_deref() == Some(id))
}
