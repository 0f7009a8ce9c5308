//! Durations in fixed logarithmic buckets, so that percentiles add up over any range of time.
//!
//! Four buckets to each doubling, from one microsecond (1,024 ns) to about six days: a percentile
//! read from the middle of its bucket is at most 11 % off. Bucket edges are part of the stored
//! form: never move them.

/// Number of buckets.
pub const BUCKETS: usize = 160;

/// Counts of durations per bucket; counts may be negative in a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<i64>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
        }
    }
}

/// The bucket of a duration in nanoseconds.
pub fn bucket_of(duration_ns: i64) -> usize {
    let micros = duration_ns.max(0).unsigned_abs() >> 10;
    let Some(doublings) = micros.checked_ilog2() else {
        return 0;
    };
    let quarter = if doublings >= 2 {
        micros >> (doublings - 2)
    } else {
        micros << (2 - doublings)
    } & 3;
    let index = doublings as usize * 4 + usize::try_from(quarter).unwrap_or(0);
    index.min(BUCKETS - 1)
}

/// The lower edge of a bucket, in nanoseconds.
fn lower_edge_ns(bucket: usize) -> f64 {
    if bucket == 0 {
        return 0.0;
    }
    let (doublings, quarter) = (bucket / 4, bucket % 4);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "both are below 160"
    )]
    let micros = 2_f64.powi(doublings as i32) * (1.0 + quarter as f64 / 4.0);
    micros * 1024.0
}

impl Histogram {
    /// A histogram of stored counts; missing buckets are empty.
    pub fn from_counts(mut counts: Vec<i64>) -> Self {
        counts.resize(BUCKETS, 0);
        Self { counts }
    }

    /// The counts, bucket by bucket.
    pub fn counts(&self) -> &[i64] {
        &self.counts
    }

    /// Adds `count` durations; a negative count takes them away.
    pub fn add(&mut self, duration_ns: i64, count: i64) {
        if let Some(slot) = self.counts.get_mut(bucket_of(duration_ns)) {
            *slot += count;
        }
    }

    /// Adds all of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// The duration in nanoseconds below which a share `q` (0 to 1) of all lies; none when empty.
    pub fn quantile_ns(&self, q: f64) -> Option<f64> {
        let total: i64 = self.counts.iter().map(|count| count.max(&0)).sum();
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let wanted = q.clamp(0.0, 1.0) * total as f64;
        let mut seen = 0.0;
        for (bucket, count) in self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
        {
            #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
            let count = *count as f64;
            if seen + count >= wanted {
                let (low, high) = (lower_edge_ns(bucket), lower_edge_ns(bucket + 1));
                return Some(low + (high - low) * ((wanted - seen) / count).clamp(0.0, 1.0));
            }
            seen += count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_histogram_has_no_percentile() {
        assert_eq!(Histogram::default().quantile_ns(0.5), None);
    }

    proptest! {
        #[test]
        fn a_duration_lies_in_its_bucket(duration in 0_i64..400_000_000_000_000) {
            let bucket = bucket_of(duration);
            #[expect(clippy::cast_precision_loss, reason = "precise enough to compare with edges")]
            let exact = duration as f64;
            prop_assert!(lower_edge_ns(bucket) <= exact);
            prop_assert!(exact < lower_edge_ns(bucket + 1), "{bucket}");
        }

        #[test]
        fn a_percentile_is_within_a_quarter_of_the_true_one(
            mut durations in prop::collection::vec(2_048_i64..1_000_000_000_000, 1..200), q in 0.0..1.0_f64
        ) {
            let mut histogram = Histogram::default();
            durations.iter().for_each(|duration| histogram.add(*duration, 1));
            durations.sort_unstable();
            #[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "small numbers")]
            let exact = durations[((q * durations.len() as f64).ceil() as usize).clamp(1, durations.len()) - 1] as f64;
            let read = histogram.quantile_ns(q).unwrap();
            prop_assert!((read / exact - 1.0).abs() <= 0.25 + 1e-9, "{read} {exact}");
        }
    }
}
