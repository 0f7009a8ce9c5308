//! Figures as lines that can be read and searched.

/// The middle of some figures.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value below which a share of the figures lies.
pub(crate) fn percentile(sorted: &[f64], share: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "small"
    )]
    let place = (sorted.len() as f64 * share) as usize;
    sorted
        .get(place.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// Prints one figure.
pub(crate) fn line(what: &str, figure: f64, unit: &str) {
    println!("{what:<58} {figure:>12.3} {unit}");
}

/// Prints how some latencies in milliseconds are spread, and returns the p99.
pub(crate) fn spread(what: &str, mut millis: Vec<f64>) -> f64 {
    millis.sort_by(f64::total_cmp);
    let at = |share| percentile(&millis, share);
    let (p50, p95, p99, most) = (at(0.5), at(0.95), at(0.99), at(1.0));
    println!(
        "{what:<46} p50 {p50:>8.2}  p95 {p95:>8.2}  p99 {p99:>8.2}  max {most:>8.2} ms  n {}",
        millis.len()
    );
    p99
}

/// Prints whether a figure stays below its target.
pub(crate) fn target(what: &str, figure: f64, below: f64, unit: &str) {
    let verdict = if figure < below { "met" } else { "MISSED" };
    println!("target {verdict}: {what} {figure:.2} {unit}, below {below:.2} {unit} wanted");
}

/// A count as a figure.
pub(crate) fn figure(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let figure = count as f64;
    figure
}
