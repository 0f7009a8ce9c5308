//! Where this process runs.

use telemetron_model::record::Resource;

/// The name of this host, if the system tells it.
pub(super) fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The process among all processes: its pod or host, and its id.
pub(super) fn instance(resource: &Resource) -> String {
    let place = resource.pod.as_deref().or(resource.host.as_deref());
    let pid = std::process::id();
    place.map_or_else(|| pid.to_string(), |place| format!("{place}:{pid}"))
}
