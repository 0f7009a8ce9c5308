//! Whether one failure repeats the words of another.

use telemetron_model::record::ErrorInfo;

/// Words of each message that are compared: what repeats another does so near its beginning.
const MOST: usize = 80;

/// So many words in a row are no accident, if they are half of the shorter message.
const RUN: usize = 4;

/// Whether both say the same: one holds all the words of the other, or they share so many in a row
/// that only their wrapping differs.
pub(super) fn is_echo(one: Option<&ErrorInfo>, other: Option<&ErrorInfo>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    let (one, other) = (tokens(&one.message), tokens(&other.message));
    let shorter = one.len().min(other.len());
    let run = longest_run(&one, &other);
    shorter > 0 && (run == shorter || run >= RUN && run * 2 >= shorter)
}

fn tokens(message: &str) -> Vec<String> {
    let words = message.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).take(MOST);
    words.map(str::to_lowercase).collect()
}

/// How many words in a row stand in both.
fn longest_run(one: &[String], other: &[String]) -> usize {
    let mut longest = 0;
    let mut before = vec![0; other.len() + 1];
    for word in one {
        let mut runs = vec![0; other.len() + 1];
        for (place, same) in other.iter().enumerate() {
            if word == same {
                runs[place + 1] = before[place] + 1;
                longest = longest.max(runs[place + 1]);
            }
        }
        before = runs;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(message: &str) -> ErrorInfo {
        ErrorInfo {
            error_type: "E".to_owned(),
            message: message.to_owned(),
            stack: None,
            category: None,
            severity: None,
            retryable: None,
        }
    }

    fn echoes(one: &str, other: &str) -> bool {
        is_echo(Some(&error(one)), Some(&error(other)))
    }

    #[test]
    fn wrapped_words_are_the_same_and_like_ones_are_not() {
        assert!(echoes(
            "Failed after 2 attempts. Last error: not now",
            "not now"
        ));
        let agent = "Error in agent run: {'error': 'Error code: 429 - Rate limit reached'}";
        let call = "Error getting response: {'error': 'Error code: 429 - Rate limit reached'}";
        assert!(echoes(agent, call) && echoes(call, agent));
        assert!(!echoes("payment desk is closed", "card declined: no funds"));
        assert!(!echoes("connection lost", "connection refused"));
        assert!(!echoes("", "not now") && !is_echo(None, Some(&error("not now"))));
    }
}
