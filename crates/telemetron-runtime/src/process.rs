//! Figures of this process, by the names that Prometheus' own clients use. What cannot be read, as
//! where there is no `/proc`, is absent.

use std::fmt;

use procfs::WithCurrentSystemInfo as _;
use procfs::process::Process;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads them whenever somebody asks.
#[derive(Debug)]
pub(crate) struct ProcessFigures;

impl Collector for ProcessFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Ok((stat, descriptors)) = read() else {
            return Ok(());
        };
        let memory = ConstGauge::new(stat.rss_bytes().get().cast_signed());
        memory.encode(encoder.encode_descriptor(
            "process_resident_memory_bytes",
            "Resident memory",
            None,
            memory.metric_type(),
        )?)?;
        #[expect(clippy::cast_precision_loss, reason = "ticks of a process")]
        let seconds = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        let processor = ConstCounter::new(seconds);
        processor.encode(encoder.encode_descriptor(
            "process_cpu_seconds",
            "Processor time, of user and system",
            None,
            processor.metric_type(),
        )?)?;
        let descriptors = ConstGauge::new(i64::try_from(descriptors).unwrap_or(i64::MAX));
        descriptors.encode(encoder.encode_descriptor(
            "process_open_fds",
            "File descriptors that are open",
            None,
            descriptors.metric_type(),
        )?)
    }
}

fn read() -> procfs::ProcResult<(procfs::process::Stat, usize)> {
    let process = Process::myself()?;
    Ok((process.stat()?, process.fd_count()?))
}

#[cfg(test)]
mod tests {
    use crate::Metrics;

    #[test]
    fn a_process_tells_its_memory_and_its_processor_time() {
        let text = Metrics::default().render().unwrap();
        for name in [
            "process_resident_memory_bytes ",
            "process_cpu_seconds_total ",
            "process_open_fds ",
        ] {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            let figure: f64 = line.strip_prefix(name).unwrap().parse().unwrap();
            assert!(figure >= 0.0, "{line}");
        }
    }
}
