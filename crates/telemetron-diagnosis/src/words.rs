//! Figures and texts as sentences carry them.

use telemetron_model::record::ErrorInfo;

pub(crate) use telemetron_view::figures::counted;

/// A text on one line, at most so many characters; what was cut shows as `…`.
pub(crate) fn short(text: &str, most: usize) -> String {
    let mut flat = String::new();
    let mut count = 0;
    for word in text.split_whitespace() {
        let gap = usize::from(!flat.is_empty());
        let length = word.chars().count();
        if count + gap + length > most {
            let room = most.saturating_sub(count + gap + 1);
            if gap == 1 {
                flat.push(' ');
            }
            flat.extend(word.chars().filter(|c| !c.is_control()).take(room));
            flat.push('…');
            return flat;
        }
        if gap == 1 {
            flat.push(' ');
        }
        flat.extend(word.chars().filter(|c| !c.is_control()));
        count += gap + length;
    }
    flat
}

/// A duration in nanoseconds, in the unit that reads best.
pub(crate) fn duration(nanos: i64) -> String {
    telemetron_view::figures::duration(telemetron_view::millis_of(nanos.max(0)))
}

/// A part of a whole, from 0 to 1: `62 %`; something is never told as nothing.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        return "less than 1 %".to_owned();
    }
    format!("{:.0} %", share * 100.0)
}

/// A part of a whole, from 0 to 1; nothing of nothing is nothing.
pub(crate) fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = part as f64 / whole as f64;
    share.clamp(0.0, 1.0)
}

/// `twice`, `5 times`.
pub(crate) fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// An error in short: its type and what it says.
pub(crate) fn error(error: &ErrorInfo) -> String {
    let kind = if error.error_type == "_OTHER" {
        "error"
    } else {
        &error.error_type
    };
    let message = without_type(&error.error_type, &error.message);
    if message.is_empty() {
        return short(kind, 200);
    }
    short(&format!("{kind}: {message}"), 200)
}

/// A message without its type at the front, which many repeat: `ValueError: no such city`.
fn without_type<'a>(kind: &str, message: &'a str) -> &'a str {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let mut rest = message.trim();
    while let Some((front, after)) = rest.split_once(':') {
        if last(front.trim()) != last(kind) {
            break;
        }
        rest = after.trim();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_its_room_and_stays_on_one_line() {
        assert_eq!(short("one\n two", 20), "one two");
        assert_eq!(short("one two three", 9), "one two …");
        assert_eq!(short(&"x".repeat(50), 5), "xxxx…");
        assert_eq!(short("", 5), "");
    }

    #[test]
    fn an_error_does_not_say_its_type_twice() {
        let told = |kind: &str, message: &str| {
            error(&ErrorInfo {
                error_type: kind.to_owned(),
                message: message.to_owned(),
                stack: None,
                category: None,
                severity: None,
                retryable: None,
            })
        };
        assert_eq!(told("Error", "Error: 400 not now"), "Error: 400 not now");
        let kind = "llm.exceptions.AuthError";
        let message = "llm.AuthError: AuthError: bad: key";
        assert_eq!(told(kind, message), "llm.exceptions.AuthError: bad: key");
        assert_eq!(told("a.RetryError", "RetryError: "), "a.RetryError");
        assert_eq!(told("_OTHER", "timed out"), "error: timed out");
    }

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(duration(3_690_000_000_000), "1 h 02 min");
        assert_eq!(percent(share(1, 3)), "33 %");
        assert_eq!(percent(share(1, 0)), "0 %");
        assert_eq!(percent(share(1, 1_000)), "less than 1 %");
        assert_eq!(counted(1, "span") + ", " + &times(2), "1 span, twice");
    }
}
