//! Words that tell something of a step, found in one pass.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What a word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    /// Something went wrong.
    Error,
    /// Something is assumed or made up.
    Assumption,
    /// An earlier step was wrong.
    Correction,
    /// There is no progress, or another way is tried.
    Stall,
    /// The work is called done.
    Done,
    /// A website, a limit or a policy kept it out.
    Blocked,
    /// Code is written.
    Code,
}

/// How many senses there are.
const SENSES: usize = 7;

const ERRORS: &[&str] = &[
    "error",
    "exception",
    "traceback",
    "(execution failed)",
    "exit code: 1",
    "exit code was: 1",
    "not found",
    "timed out",
    "timeout",
    "denied",
    "forbidden",
    "status code 4",
    "status code 5",
    "unknown language",
    "no results",
    "failed to",
    "\"ok\": false",
];
const ASSUMPTIONS: &[&str] = &[
    "assum",
    "hypothe",
    "simulat",
    "placeholder",
    "mock",
    "suppose",
    "for the sake of",
    "sample data",
    "example data",
    "estimat",
    "likely",
    "probably",
    "based on my knowledge",
    "from my knowledge",
    "known to be",
    "commonly",
    "typically",
    "manually",
];
const CORRECTIONS: &[&str] = &[
    "mistake",
    "incorrect",
    "is wrong",
    "correction",
    "misunderst",
    "instead of",
    "should have",
    "let's correct",
    "to fix",
    "re-evaluate",
    "rejected",
    "discrepan",
    "inaccura",
];
const STALLS: &[&str] = &[
    "stalled",
    "in a loop",
    "repeating",
    "repeated",
    "progress has not",
    "no progress",
    "not yet",
    "not made progress",
    "without success",
    "replan",
    "try again",
    "retry",
    "another approach",
    "alternative",
    "different approach",
    "still need",
    "did not yield",
    "didn't yield",
    "not provide",
    "have not been",
];
const DONE: &[&str] = &[
    "final answer",
    "terminate",
    "task complete",
    "task is complete",
    "satisfied",
    "finished",
    "completed",
];
const BLOCKED: &[&str] = &[
    "captcha",
    "cloudflare",
    "not a robot",
    "are human",
    "just a moment",
    "access denied",
    "responsible ai",
    "content filter",
    "content_filter",
    "content management policy",
    "policy violation",
    "jailbreak",
    "security check",
    "unusual traffic",
    "too many requests",
    "rate limit",
    "403 forbidden",
    "403 client error",
    "sign in to",
    "log in to",
    "login required",
    "paywall",
];
const CODE: &[&str] = &["```python", "```sh", "```bash", "import ", "def "];

/// Words of a sense, in order of [`Sense`].
const WORDS: [&[&str]; SENSES] = [
    ERRORS,
    ASSUMPTIONS,
    CORRECTIONS,
    STALLS,
    DONE,
    BLOCKED,
    CODE,
];

struct Lexicon {
    finder: Option<AhoCorasick>,
    senses: Vec<usize>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let words = WORDS.iter().enumerate();
    let words = words.flat_map(|(sense, words)| words.iter().map(move |word| (sense, *word)));
    let (senses, words): (Vec<_>, Vec<_>) = words.unzip();
    let finder = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words);
    Lexicon {
        finder: finder.ok(),
        senses,
    }
});

/// How often each sense occurs in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally([u32; SENSES]);

impl Tally {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let mut tally = Self::default();
        let Some(finder) = &LEXICON.finder else {
            return tally;
        };
        // Overlapping, since a word of one sense may stand in one of another.
        for found in finder.find_overlapping_iter(text) {
            let sense = LEXICON.senses.get(found.pattern().as_usize());
            if let Some(count) = sense.and_then(|sense| tally.0.get_mut(*sense)) {
                *count += 1;
            }
        }
        tally
    }

    /// How strongly a sense shows, from 0 to 1: once is much, often is hardly more.
    pub(super) fn strength(&self, sense: Sense) -> f64 {
        let count = self.0.get(sense as usize).copied().unwrap_or_default();
        let count = f64::from(count);
        count / (count + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case_and_often_is_little_more_than_once() {
        let tally = Tally::of("I APOLOGIZE, the file was Not Found: FileNotFoundError");
        assert!(Tally::of("Not completed yet: no progress").strength(Sense::Stall) > 0.4);
        assert!(tally.strength(Sense::Error) > 0.6);
        assert_eq!(tally.strength(Sense::Done).to_bits(), 0.0_f64.to_bits());
        assert!(Tally::of(&"error ".repeat(1_000)).strength(Sense::Error) < 1.0);
    }
}
