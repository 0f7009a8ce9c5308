//! How often a member that the group refuses may join anew.
//!
//! A broker that was killed may forget a member or take it for an older one of the same name: a new
//! client joins without harm. Two living members of one name refuse each other for ever: that must
//! end, with the reason.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many times within [`WINDOW`].
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(60);

/// When this member joined anew of late.
#[derive(Debug, Default)]
pub(crate) struct Rejoins(VecDeque<Instant>);

impl Rejoins {
    /// Whether it may join anew now; counts it when it may.
    pub(crate) fn allow(&mut self) -> bool {
        self.allow_at(Instant::now())
    }

    fn allow_at(&mut self, now: Instant) -> bool {
        while self
            .0
            .front()
            .is_some_and(|first| now.duration_since(*first) > WINDOW)
        {
            self.0.pop_front();
        }
        let allowed = self.0.len() < MOST;
        if allowed {
            self.0.push_back(now);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_may_join_anew_five_times_a_minute() {
        let mut rejoins = Rejoins::default();
        let start = Instant::now();
        assert!((0..MOST).all(|_| rejoins.allow_at(start)));
        assert!(!rejoins.allow_at(start + WINDOW));
        assert!(rejoins.allow_at(start + WINDOW + Duration::from_millis(1)));
    }
}
