//! Files of OTLP/JSON, a request a line: what `telemetron import` and collectors read.
//!
//! ```text
//!  traces-20261121T101500.123456789Z.jsonl    begun when the one before was large or old enough,
//!  traces-20261122T101502.987654321Z.jsonl    and at every start: a line that broke off stays the last
//!  logs-…  metrics-…                          of its file
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use backon::BackoffBuilder as _;
use reqwest::Url;
use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use telemetron_otlp::via::Via;
use telemetron_otlp::wire::Encoding;

use super::lag::Meters;
use super::lane::Lane;
use super::target::{LONGEST_PAUSE, PAUSES, WrongTarget};
use crate::config::ForwardConfig;

/// A series of files in a folder.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) lane: Lane,
    series: Arc<Mutex<Series>>,
}

#[derive(Debug)]
struct Series {
    folder: PathBuf,
    signal: &'static str,
    most_bytes: u64,
    most_age: Duration,
    kept: usize,
    current: Option<Current>,
}

/// The file that is written.
#[derive(Debug)]
struct Current {
    file: File,
    bytes: u64,
    begun: Instant,
}

impl Files {
    /// The files of a lane, in the folder that a URL names. The folder is made when it is missing.
    pub(super) fn new(lane: Lane, url: &str, config: &ForwardConfig) -> Result<Self, WrongTarget> {
        let path = Url::parse(url).ok().and_then(|url| url.to_file_path().ok());
        let folder = path.ok_or_else(|| WrongTarget::Url(url.to_owned()))?;
        fs::create_dir_all(&folder).map_err(|error| WrongTarget::Folder {
            folder: folder.clone(),
            error,
        })?;
        let series = Series {
            folder,
            signal: lane.as_str(),
            most_bytes: config.forward_file_bytes,
            most_age: config.forward_file_age,
            kept: usize::try_from(config.forward_files_kept).unwrap_or(usize::MAX),
            current: None,
        };
        Ok(Self {
            lane,
            series: Arc::new(Mutex::new(series)),
        })
    }

    /// Writes records as one line that is on the disk when this returns; a disk that is full is
    /// tried again.
    pub(super) async fn send(&self, records: &[Record], meters: &Meters) {
        if records.is_empty() {
            return;
        }
        let mut line = self.lane.request(records, &Via::default(), Encoding::Json);
        line.push(b'\n');
        let line = Arc::new(line);
        let mut pauses = PAUSES.build();
        loop {
            let (series, line) = (Arc::clone(&self.series), Arc::clone(&line));
            let written = tokio::task::spawn_blocking(move || {
                let series = series.lock();
                series.unwrap_or_else(PoisonError::into_inner).write(&line)
            });
            let written = written.await;
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            match written.unwrap_or_else(|broken| Err(io::Error::other(broken))) {
                Ok(()) => return meters.sent(self.lane, records.len()),
                Err(error) => {
                    meters.put_off(self.lane);
                    tracing::warn!(%error, "files of what goes on cannot be written; trying again in {pause:?}");
                }
            }
            tokio::time::sleep(pause).await;
        }
    }
}

impl Series {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let bytes = u64::try_from(line.len()).unwrap_or(u64::MAX);
        // Taken out: after a failure the next line goes to a new file.
        let current = self.current.take().filter(|current| {
            let is_large = current.bytes + bytes > self.most_bytes;
            !is_large && current.begun.elapsed() < self.most_age
        });
        let mut current = current.map_or_else(|| self.begin(), Ok)?;
        current.file.write_all(line)?;
        current.file.sync_data()?;
        current.bytes += bytes;
        self.current = Some(current);
        Ok(())
    }

    /// Begins the next file and deletes the oldest.
    fn begin(&self) -> io::Result<Current> {
        let path = self.folder.join(self.name(Timestamp::now()));
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)?;
        self.tidy()?;
        Ok(Current {
            file,
            bytes: 0,
            begun: Instant::now(),
        })
    }

    /// Its name, which sorts by time.
    fn name(&self, time: Timestamp) -> String {
        let digits: String = time
            .to_string()
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '.')
            .collect();
        format!("{}-{digits}.jsonl", self.signal)
    }

    fn tidy(&self) -> io::Result<()> {
        let mut files = ours(&self.folder, self.signal)?;
        files.sort();
        let surplus = files.len().saturating_sub(self.kept);
        files
            .into_iter()
            .take(surplus)
            .try_for_each(fs::remove_file)
    }
}

/// The files of a signal, in no order.
fn ours(folder: &Path, signal: &str) -> io::Result<Vec<PathBuf>> {
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.and_then(|name| name.strip_prefix(signal)?.strip_suffix(".jsonl"));
        // Of all files in the folder, only what can be one of ours is ever deleted.
        name.is_some_and(|time| time.starts_with("-2") && time.ends_with('Z'))
    };
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let paths: io::Result<Vec<_>> = entries.collect();
    Ok(paths?.into_iter().filter(is_ours).collect())
}

#[cfg(test)]
mod tests {
    use telemetron_model::record::{Span, SpanKind, Status};
    use telemetron_model::{SpanId, TraceId};
    use telemetron_otlp::wire::decode_traces;

    use super::*;

    fn span(number: u8) -> Record {
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        let id = SpanId::from_slice(&[number; 8]).unwrap();
        let mut span = Span::started(trace, id, "s", SpanKind::Chain, Timestamp::from_nanos(1));
        span.status = Status::Completed;
        span.end_time = Some(Timestamp::from_nanos(2));
        span.into()
    }

    fn files(folder: &Path, most_bytes: u64, kept: usize) -> Files {
        let series = Series {
            folder: folder.to_owned(),
            signal: "traces",
            most_bytes,
            most_age: Duration::from_secs(3600),
            kept,
            current: None,
        };
        Files {
            lane: Lane::Traces,
            series: Arc::new(Mutex::new(series)),
        }
    }

    fn texts(folder: &Path) -> Vec<String> {
        let mut paths = ours(folder, "traces").unwrap();
        paths.sort();
        let texts = paths.iter().map(fs::read_to_string);
        texts.collect::<Result<_, _>>().unwrap()
    }

    #[tokio::test]
    async fn a_line_is_a_request_that_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path(), 1 << 20, 3);
        let meters = Meters::default();
        for records in [vec![span(1), span(2)], Vec::new(), vec![span(3)]] {
            files.send(&records, &meters).await;
        }
        let texts = texts(folder.path());
        assert_eq!(texts.len(), 1);
        let spans = texts[0].lines().map(|line| {
            let request = decode_traces(line.as_bytes(), Encoding::Json).unwrap();
            request.resource_spans[0].scope_spans[0].spans.len()
        });
        assert_eq!(spans.collect::<Vec<_>>(), [2, 1]);
    }

    #[tokio::test]
    async fn full_files_are_followed_by_others_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let (foreign, log) = (folder.path().join("traces-mine.jsonl"), "logs-20Z.jsonl");
        fs::write(&foreign, "mine").unwrap();
        fs::write(folder.path().join(log), "another signal").unwrap();
        let files = files(folder.path(), 1, 2);
        for number in 1..=5 {
            files.send(&[span(number)], &Meters::default()).await;
        }
        let texts = texts(folder.path());
        let ids = ["0404040404040404", "0505050505050505"];
        assert_eq!(texts.len(), ids.len());
        for (text, id) in texts.iter().zip(ids) {
            assert!(text.contains(id) && text.lines().count() == 1, "{text}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        assert_eq!(fs::read_to_string(foreign).unwrap(), "mine");
    }

    #[tokio::test]
    async fn after_a_start_a_new_file_is_begun() {
        let folder = tempfile::tempdir().unwrap();
        for number in 1..=2 {
            let files = files(folder.path(), 1 << 20, 9);
            files.send(&[span(number)], &Meters::default()).await;
        }
        assert_eq!(texts(folder.path()).len(), 2);
    }
}
