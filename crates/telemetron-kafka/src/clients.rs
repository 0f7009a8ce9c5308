//! What the Kafka clients of a process say of themselves: when each delivered last, how often it was
//! made anew, and what troubles it.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::error::RDKafkaErrorCode;
use telemetron_model::Timestamp;

/// The clients of a process. Clones, and those inside clones of a configuration, share them.
#[derive(Debug, Clone, Default)]
pub struct Clients(Arc<Mutex<BTreeMap<(&'static str, &'static str), Pulse>>>);

/// One client, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientReport {
    /// The role that it serves, such as `api`.
    pub role: &'static str,
    /// What it is for, such as `tail`.
    pub client: &'static str,
    /// When the cluster last answered it, acknowledged or gave it something; none before the first
    /// time.
    pub delivered: Option<Timestamp>,
    /// How often it was made anew, since it delivered nothing while the cluster answered others.
    pub renewed: u64,
    /// What librdkafka last complained of, if nothing was delivered since.
    pub trouble: Option<String>,
}

/// One client's line among [`Clients`]. It outlives the client: one that is made anew goes on with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulse(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Milliseconds since the epoch; zero before the first time.
    delivered: AtomicI64,
    renewed: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
    renewals: Mutex<Renewals>,
}

/// When the client may be made anew again.
#[derive(Debug, Default)]
struct Renewals {
    not_before: Option<Instant>,
    /// How many did not help, one after the other.
    in_vain: u32,
}

/// Between the first renewal and the second; it doubles while they do not help.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// Longest pause between two renewals.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What librdkafka complained of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Trouble {
    reason: String,
    /// Whether waiting does not help: the two sides do not agree on who talks, or how.
    refused: bool,
}

impl Clients {
    /// How every client is, by role and use.
    pub fn reports(&self) -> Vec<ClientReport> {
        let clients = lock(&self.0);
        let reports = clients.iter().map(|((role, client), pulse)| ClientReport {
            role,
            client,
            delivered: pulse.delivered_at(),
            renewed: pulse.0.renewed.load(Relaxed),
            trouble: pulse.trouble(),
        });
        reports.collect()
    }

    /// The line of a client.
    pub(crate) fn pulse(&self, role: &'static str, client: &'static str) -> Pulse {
        lock(&self.0).entry((role, client)).or_default().clone()
    }
}

impl Pulse {
    /// The cluster answered, acknowledged or gave something.
    pub(crate) fn delivered(&self) {
        let now = Timestamp::now().millis();
        // A second apart: a line that nobody writes is shared by all cores.
        if now - self.0.delivered.load(Relaxed) >= 1_000 {
            self.0.delivered.store(now, Relaxed);
            *lock(&self.0.trouble) = None;
        }
    }

    /// Whether the last renewal is long enough ago for another.
    pub(crate) fn may_renew(&self) -> bool {
        let renewals = lock(&self.0.renewals);
        renewals
            .not_before
            .is_none_or(|then| Instant::now() >= then)
    }

    /// The client is made anew; the next time will not come sooner than twice as late.
    pub(crate) fn renewed(&self) {
        self.0.renewed.fetch_add(1, Relaxed);
        let mut renewals = lock(&self.0.renewals);
        let pause = FIRST_PAUSE * 2_u32.saturating_pow(renewals.in_vain.min(10));
        renewals.not_before = Some(Instant::now() + pause.min(LONGEST_PAUSE));
        renewals.in_vain += 1;
    }

    /// The client has all that there is: the last renewal helped, if there was one.
    pub(crate) fn up_to_date(&self) {
        lock(&self.0.renewals).in_vain = 0;
    }

    /// librdkafka reports an error. What it says of one broker tells more than that all are down.
    pub(crate) fn errs(&self, code: Option<RDKafkaErrorCode>, reason: &str) {
        let mut trouble = lock(&self.0.trouble);
        if code == Some(RDKafkaErrorCode::AllBrokersDown) && trouble.is_some() {
            return;
        }
        let hint = if is_hung_up_at_once(reason) {
            "; is the port one for TLS, and KAFKA_SECURITY_PROTOCOL one without?"
        } else {
            ""
        };
        *trouble = Some(Trouble {
            refused: is_refusal(code, reason),
            reason: format!("{reason}{hint}"),
        });
    }

    /// librdkafka writes a line. Why a connection was closed by the other side it writes alone, without
    /// an error.
    pub(crate) fn logs(&self, facility: &str, message: &str) {
        if facility == "FAIL" {
            let (_thread, reason) = message.split_once("]: ").unwrap_or(("", message));
            self.errs(None, reason);
        }
    }

    /// What librdkafka last complained of, if nothing was delivered since.
    pub(crate) fn trouble(&self) -> Option<String> {
        let trouble = lock(&self.0.trouble);
        trouble.as_ref().map(|trouble| trouble.reason.clone())
    }

    /// The same, where waiting does not help.
    pub(crate) fn refusal(&self) -> Option<String> {
        let trouble = lock(&self.0.trouble);
        let refused = trouble.as_ref().filter(|trouble| trouble.refused);
        refused.map(|trouble| trouble.reason.clone())
    }

    fn delivered_at(&self) -> Option<Timestamp> {
        let millis = self.0.delivered.load(Relaxed);
        (millis > 0).then(|| Timestamp::from_millis(millis))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an error says that the two sides do not agree on who talks, or how: a password, an
/// authority, a mechanism, or plain text to a port for TLS, which has no code of its own.
fn is_refusal(code: Option<RDKafkaErrorCode>, reason: &str) -> bool {
    use RDKafkaErrorCode::{
        Authentication, IllegalSASLState, SSL, SaslAuthenticationFailed, UnsupportedSASLMechanism,
    };
    let refused = matches!(
        code,
        Some(
            Authentication
                | IllegalSASLState
                | SSL
                | SaslAuthenticationFailed
                | UnsupportedSASLMechanism
        )
    );
    let told = ["security.protocol", "SSL handshake failed"];
    refused || told.iter().any(|words| reason.contains(words)) || is_hung_up_at_once(reason)
}

/// Whether the other side closed the connection at the first word: a port for TLS does on plain text.
fn is_hung_up_at_once(reason: &str) -> bool {
    reason.contains("Disconnected") && reason.contains("in state APIVERSION_QUERY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_broker_says_stands_until_something_is_delivered() {
        let clients = Clients::default();
        let pulse = clients.pulse("api", "tail");
        let reason = "broker:9093: SASL authentication error: Invalid username or password";
        pulse.errs(Some(RDKafkaErrorCode::Authentication), reason);
        pulse.errs(
            Some(RDKafkaErrorCode::AllBrokersDown),
            "1/1 brokers are down",
        );
        assert_eq!(pulse.refusal().as_deref(), Some(reason));

        pulse.delivered();
        let [report] = &clients.reports()[..] else {
            panic!("one client")
        };
        assert_eq!((report.role, report.client), ("api", "tail"));
        assert!(report.trouble.is_none() && report.delivered.is_some());
    }

    #[test]
    fn the_next_renewal_takes_longer_each_time_until_one_helps() {
        let pulse = Pulse::default();
        let pause = || {
            pulse.renewed();
            let until = lock(&pulse.0.renewals).not_before.unwrap();
            until.duration_since(Instant::now()).as_secs() + 1
        };
        assert!(pulse.may_renew());
        assert_eq!([pause(), pause(), pause()], [5, 10, 20]);
        assert!(!pulse.may_renew());
        pulse.up_to_date();
        assert_eq!(pause(), 5);
    }

    #[test]
    fn plain_text_to_a_port_for_tls_is_a_refusal_and_an_absent_broker_is_not() {
        let code = Some(RDKafkaErrorCode::BrokerTransportFailure);
        let pulse = Pulse::default();
        pulse.logs(
            "FAIL",
            "[thrd:b:9093/bootstrap]: b:9093/bootstrap: Disconnected: verify that \
                            security.protocol is correctly configured",
        );
        assert!(
            pulse
                .refusal()
                .unwrap()
                .starts_with("b:9093/bootstrap: Disconnected")
        );
        let plain = "Disconnected: connection closed by peer: receive 0 after POLLIN (after 1ms in \
                     state APIVERSION_QUERY)";
        pulse.errs(code, plain);
        assert!(pulse.refusal().unwrap().contains("KAFKA_SECURITY_PROTOCOL"));
        assert!(!is_refusal(
            code,
            "Connect to ipv4#127.0.0.1:9092 failed: Connection refused"
        ));
    }
}
