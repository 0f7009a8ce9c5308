//! The other endpoint: what it takes, what it wants later, and what it never takes.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use telemetron_model::record::Record;
use telemetron_otlp::via::Via;
use telemetron_otlp::wire::Encoding;

use super::lag::Meters;
use super::lane::Lane;
use crate::identity;

/// Longest the other endpoint may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The first pause after a failure; it doubles.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause, unless the other endpoint asks for a longer one.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pauses after failures: each twice the one before it.
pub(super) const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(SHORTEST_PAUSE)
    .with_max_delay(LONGEST_PAUSE)
    .without_max_times();

/// The longest pause that the other endpoint may ask for.
const LONGEST_WISH: Duration = Duration::from_secs(600);

/// Said for as long as it is so.
const OURSELVES: &str = "FORWARD_TO leads back to this very platform; name another endpoint";

/// Why nothing can be forwarded as it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum WrongTarget {
    /// The address is none.
    #[error(
        "FORWARD_TO `{0}` is neither the URL of an OTLP endpoint, like https://host:4318, nor that \
         of a folder, like file:///var/lib/telemetron/archive"
    )]
    Url(String),
    /// The folder cannot be made.
    #[error("FORWARD_TO names the folder `{}`, which cannot be made: {error}", folder.display())]
    Folder {
        /// The folder.
        folder: std::path::PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The address is our own.
    #[error("FORWARD_TO `{0}` is this very gateway; everything would go round and round")]
    Ourselves(String),
    /// A header is none. Its value is not said, since it may be a secret.
    #[error("a header in FORWARD_HEADERS is not of the form NAME=VALUE{0}")]
    Header(String),
    /// The client cannot be made.
    #[error("cannot forward: {0}")]
    Client(#[from] reqwest::Error),
}

/// The other endpoint, for one signal.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) lane: Lane,
    client: reqwest::Client,
    pub(super) url: Url,
    /// The platform at the other end, as it named itself last.
    platform: Mutex<Option<String>>,
}

/// What became of one attempt.
enum Answer {
    Taken,
    TooLarge,
    Later {
        why: String,
        after: Option<Duration>,
    },
    Never(String),
}

impl Answer {
    fn why(&self) -> &str {
        match self {
            Self::Taken => "taken",
            Self::TooLarge => "one alone is too large",
            Self::Later { why, .. } | Self::Never(why) => why,
        }
    }
}

impl Target {
    pub(super) fn new(
        lane: Lane,
        named: &str,
        headers: &[SecretString],
        own: &[SocketAddr],
    ) -> Result<Self, WrongTarget> {
        let url = url_of(named, lane).ok_or_else(|| WrongTarget::Url(named.to_owned()))?;
        if own.iter().any(|own| is_ourselves(&url, *own)) {
            return Err(WrongTarget::Ourselves(named.to_owned()));
        }
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .default_headers(headers_of(headers)?)
            .build()?;
        Ok(Self {
            lane,
            client,
            url,
            platform: Mutex::default(),
        })
    }

    /// Sends records until they are taken, or refused for good. What is too large goes in halves.
    pub(super) async fn send(&self, records: &[Record], via: &Via, meters: &Meters) {
        let mut waiting = vec![records];
        while let Some(records) = waiting.pop() {
            let items = records.len();
            if items == 0 {
                continue;
            }
            match self.insist(records, via, meters).await {
                Ok(()) => meters.sent(self.lane, items),
                Err(Answer::TooLarge) if items > 1 => {
                    let (first, second) = records.split_at(items / 2);
                    waiting.extend([second, first]);
                }
                Err(refused) => {
                    meters.refused(self.lane, items);
                    let (url, why) = (self.url.as_str(), refused.why());
                    tracing::error!(url, why, items, "what goes on was refused");
                }
            }
        }
    }

    /// Tries until there is an answer that stays.
    async fn insist(&self, records: &[Record], via: &Via, meters: &Meters) -> Result<(), Answer> {
        let body = pack(&self.lane.request(records, via, Encoding::Protobuf));
        let mut pauses = PAUSES.build();
        loop {
            let answer = self.attempt(body.clone()).await;
            let (why, after) = match self.unless_it_is_us(answer, via) {
                Answer::Taken => return Ok(()),
                Answer::Later { why, after } => (why, after),
                for_good => return Err(for_good),
            };
            meters.put_off(self.lane);
            let pause = pauses.next().unwrap_or(LONGEST_PAUSE);
            let wait = after.map_or(pause, |after| after.clamp(SHORTEST_PAUSE, LONGEST_WISH));
            let url = self.url.as_str();
            tracing::warn!(url, why, "forwarding waits for {wait:?}");
            tokio::time::sleep(wait).await;
        }
    }

    /// Whether the other end is known to be one of these platforms.
    pub(super) fn is_on(&self, via: &Via) -> bool {
        self.platform().is_some_and(|platform| via.has(&platform))
    }

    fn platform(&self) -> Option<String> {
        let platform = self.platform.lock();
        platform.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The answer; from this very platform, whatever it is called there, none is good. It has not
    /// taken what it knows, and whoever puts the name right finds everything still to be sent.
    fn unless_it_is_us(&self, answer: Answer, via: &Via) -> Answer {
        match answer {
            Answer::Taken if self.platform().as_deref() == via.last() => Answer::Later {
                why: OURSELVES.to_owned(),
                after: Some(LONGEST_PAUSE),
            },
            answer => answer,
        }
    }

    async fn attempt(&self, body: Bytes) -> Answer {
        let request = self.client.post(self.url.clone()).body(body);
        let request = request.header("content-type", "application/x-protobuf");
        match request.header("content-encoding", "gzip").send().await {
            Ok(response) => {
                let platform = response.headers().get(identity::HEADER);
                if let Some(platform) = platform.and_then(|named| named.to_str().ok()) {
                    let mut known = self.platform.lock().unwrap_or_else(PoisonError::into_inner);
                    *known = Some(platform.to_owned());
                }
                judge(&response)
            }
            Err(error) => Answer::Later {
                why: error.without_url().to_string(),
                after: None,
            },
        }
    }
}

fn judge(response: &Response) -> Answer {
    match response.status() {
        status if status.is_success() => Answer::Taken,
        StatusCode::PAYLOAD_TOO_LARGE => Answer::TooLarge,
        // Someone may still put these right: a key, a path, a proxy.
        status @ (StatusCode::TOO_MANY_REQUESTS
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND) => later(status, response),
        status if status.is_server_error() => later(status, response),
        status => Answer::Never(status.to_string()),
    }
}

fn later(status: StatusCode, response: &Response) -> Answer {
    let after = response.headers().get(RETRY_AFTER);
    let seconds = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
    Answer::Later {
        why: status.to_string(),
        after: seconds.map(Duration::from_secs),
    }
}

fn pack(message: &[u8]) -> Bytes {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let written = packed.write_all(message).and_then(|()| packed.finish());
    written.unwrap_or_default().into()
}

/// The address of a signal: what is named, with its path behind it; whoever names the path of spans
/// means that of the others too.
fn url_of(named: &str, lane: Lane) -> Option<Url> {
    let mut url = Url::parse(named).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let base = url.path().trim_end_matches('/');
    let base = base.strip_suffix("/v1/traces").unwrap_or(base);
    url.set_path(&format!("{base}/v1/{}", lane.as_str()));
    Some(url)
}

fn is_ourselves(url: &Url, own: SocketAddr) -> bool {
    let host = url.host_str().unwrap_or_default();
    let is_here =
        matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host == own.ip().to_string();
    is_here && own.port() != 0 && url.port_or_known_default() == Some(own.port())
}

fn headers_of(named: &[SecretString]) -> Result<HeaderMap, WrongTarget> {
    let mut headers = HeaderMap::new();
    for header in named.iter().map(|header| header.expose_secret().trim()) {
        let Some((name, value)) = header.split_once('=') else {
            return Err(WrongTarget::Header(String::new()));
        };
        let wrong = || WrongTarget::Header(format!(": `{}`", name.trim()));
        let parsed = HeaderName::try_from(name.trim()).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value.trim()).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}
