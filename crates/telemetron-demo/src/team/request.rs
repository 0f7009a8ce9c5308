//! The requests that users make.

use telemetron_sdk::Priority;

use super::Plot;
use super::dice::Dice;

/// Who asks: user and conversation.
const USERS: [(&str, &str); 3] = [
    ("ada", "session-ada-1"),
    ("grace", "session-grace-1"),
    ("linus", "session-linus-1"),
];

/// What is asked: the request, what it is about, the file it ends in.
const WISHES: [(&str, &str, &str); 6] = [
    (
        "Add retries with backoff to the payment client",
        "retry backoff",
        "src/payment/client.rs",
    ),
    (
        "Make the CSV import skip broken rows and report them",
        "csv errors",
        "src/import/csv.rs",
    ),
    (
        "Cache the product search for five minutes",
        "cache expiry",
        "src/search/cache.rs",
    ),
    (
        "Show the order history page by page",
        "keyset pagination",
        "src/orders/list.rs",
    ),
    (
        "Reject uploads larger than 20 MB with a clear message",
        "body limits",
        "src/upload.rs",
    ),
    (
        "Send the invoice again when the mail server was away",
        "mail queue",
        "src/invoice/mail.rs",
    ),
];

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its number, from 0.
    pub(crate) number: u64,
    /// What goes wrong in it.
    pub(crate) plot: Plot,
    /// Who asks.
    pub(crate) user: &'static str,
    /// In which conversation.
    pub(crate) session: &'static str,
    /// What is asked.
    pub(crate) wish: &'static str,
    /// What it is about.
    pub(crate) topic: &'static str,
    /// The file it ends in.
    pub(crate) file: &'static str,
}

impl Request {
    /// The request with this number.
    pub(crate) fn new(number: u64, plot: Plot) -> Self {
        let place = |count: usize| usize::try_from(number).unwrap_or_default() % count;
        let (user, session) = USERS[place(USERS.len())];
        let (wish, topic, file) = WISHES[place(WISHES.len())];
        Self {
            number,
            plot,
            user,
            session,
            wish,
            topic,
            file,
        }
    }

    /// How urgent it is.
    pub(crate) const fn priority(&self) -> Priority {
        match self.number % 4 {
            3 => Priority::High,
            _ => Priority::Normal,
        }
    }

    /// Chance for one of the agents in it.
    pub(crate) const fn dice(&self, agent: u64) -> Dice {
        Dice::new(self.number * 16 + agent)
    }
}
