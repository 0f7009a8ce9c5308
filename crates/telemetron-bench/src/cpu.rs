//! Processor time of threads, processes and of Postgres, read from `/proc`.

use std::fs;

/// Clock ticks a second, as Linux states them in `/proc`.
const TICKS: f64 = 100.0;

/// Seconds of processor time that this process has used.
pub(crate) fn own() -> f64 {
    fs::read_to_string("/proc/self/stat").map_or(0.0, |stat| seconds(&stat, 2))
}

/// Seconds of processor time that this thread has used.
pub(crate) fn own_thread() -> f64 {
    fs::read_to_string("/proc/thread-self/stat").map_or(0.0, |stat| seconds(&stat, 2))
}

/// Seconds of processor time that a process has used.
pub(crate) fn of(pid: u32) -> f64 {
    fs::read_to_string(format!("/proc/{pid}/stat")).map_or(0.0, |stat| seconds(&stat, 2))
}

/// Seconds of processor time that all processes named `postgres` have used, ended ones included.
pub(crate) fn postgres() -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = processes.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| stat.contains("(postgres)"))
        .map(|stat| seconds(&stat, 4))
        .sum()
}

/// Sums the first `fields` of utime, stime, cutime and cstime.
fn seconds(stat: &str, fields: usize) -> f64 {
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let times = after_name.split_whitespace().skip(11).take(fields);
    times
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}
