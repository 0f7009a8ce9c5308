//! How many payloads fit into one answer.

use telemetron_view::PayloadNote;

/// What was taken into an answer so far, and what had to stay out.
#[derive(Debug)]
pub(crate) struct Fitting(PayloadNote);

impl Fitting {
    /// An answer that holds so many bytes of payloads.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self(PayloadNote {
            limit_bytes,
            ..PayloadNote::default()
        })
    }

    /// Takes a payload if it fits.
    pub(crate) const fn takes(&mut self, bytes: usize) -> bool {
        let fits = self.0.included_bytes + bytes <= self.0.limit_bytes;
        if fits {
            self.0.included_bytes += bytes;
        } else {
            self.0.omitted_bytes += bytes;
        }
        fits
    }

    /// Takes the payloads of a span if they fit; a span without any needs no look.
    pub(crate) const fn takes_span(&mut self, bytes: usize) -> bool {
        let fits = self.takes(bytes);
        if !fits {
            self.0.omitted_spans += 1;
        }
        fits && bytes > 0
    }

    /// What became of the payloads.
    pub(crate) const fn note(self) -> PayloadNote {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_smaller_ones_still_fit() {
        let mut fitting = Fitting::new(100);
        assert!(fitting.takes(40));
        assert!(!fitting.takes_span(61));
        assert!(fitting.takes_span(60));
        assert!(!fitting.takes_span(0), "nothing to fetch");
        let note = fitting.note();
        assert_eq!(
            (note.included_bytes, note.omitted_bytes, note.omitted_spans),
            (100, 61, 1)
        );
    }
}
