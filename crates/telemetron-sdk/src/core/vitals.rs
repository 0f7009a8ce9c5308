//! Figures of this process, from `/proc`. What cannot be read is absent.

use std::time::Instant;

use serde::Serialize;

use super::Queue;

/// What a heartbeat carries.
#[derive(Debug, Serialize)]
pub(super) struct Vitals {
    /// Processor time since the last heartbeat, in thousandths of a processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_millicores: Option<u64>,
    /// Resident memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<u64>,
    /// Threads.
    #[serde(skip_serializing_if = "Option::is_none")]
    threads: Option<u64>,
    /// Records that wait in the SDK.
    telemetry_queued: usize,
    /// Records that were dropped since the start.
    telemetry_dropped: u64,
}

/// Remembers the processor time of the last reading.
#[derive(Debug, Default)]
pub(super) struct Meter {
    last: Option<(Instant, u64)>,
}

/// Clock ticks of `/proc`: user space always sees 100 a second on Linux.
const MILLIS_PER_TICK: u64 = 10;

impl Meter {
    pub(super) fn read(&mut self, queue: &Queue) -> Vitals {
        let stat = std::fs::read_to_string("/proc/self/stat").ok();
        let status = std::fs::read_to_string("/proc/self/status").ok();
        let status = status.as_deref().unwrap_or_default();
        Vitals {
            cpu_millicores: stat
                .as_deref()
                .and_then(cpu_ticks)
                .and_then(|ticks| self.millicores(ticks)),
            memory_bytes: field(status, "VmRSS:").map(|kib| kib * 1024),
            threads: field(status, "Threads:"),
            telemetry_queued: queue.len(),
            telemetry_dropped: queue.dropped(),
        }
    }

    /// None at the first reading: a rate needs two.
    fn millicores(&mut self, ticks: u64) -> Option<u64> {
        let now = Instant::now();
        let (before, ticks_before) = self.last.replace((now, ticks))?;
        let wall = u64::try_from((now - before).as_millis()).ok()?;
        let cpu = ticks.saturating_sub(ticks_before) * MILLIS_PER_TICK;
        (cpu * 1000).checked_div(wall)
    }
}

/// User and system time: the 14th and 15th field, counted after the name, which may hold spaces.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_a_name_with_spaces_and_brackets() {
        let stat = "12 (my (odd) name) S 1 12 12 0 -1 4194560 100 0 0 0 70 30 0 0 20 0 5 0 99";
        assert_eq!(cpu_ticks(stat), Some(100));
        assert_eq!(cpu_ticks("nonsense"), None);
    }

    #[test]
    fn memory_and_threads_are_found_by_name() {
        let status = "Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t7\n";
        assert_eq!(field(status, "VmRSS:"), Some(2048));
        assert_eq!(field(status, "Threads:"), Some(7));
        assert_eq!(field(status, "VmSwap:"), None);
    }
}
