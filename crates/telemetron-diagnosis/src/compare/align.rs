//! Which step of one trace stands beside which step of the other (Needleman and Wunsch).
//!
//! What is equal at both ends is paired at once. The middle is aligned in windows: of each, the
//! first half is kept and the next window begins there, so that work grows with the length of the
//! traces and not with its square.

use super::steps::Step;

/// Steps in a window.
const WINDOW: usize = 1_000;

/// What stands side by side: places in both, or in one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    /// Place in the first.
    pub(super) a: Option<usize>,
    /// Place in the second.
    pub(super) b: Option<usize>,
}

const SAME: i32 = 4;
const SAME_INPUT: i32 = 2;
const GAP: i32 = -1;

/// How much two steps want to stand side by side; none when they may not.
fn affinity(a: &Step<'_>, b: &Step<'_>) -> Option<i32> {
    let bonus = if a.has_same_input(b) { SAME_INPUT } else { 0 };
    a.is_same_work(b).then_some(SAME + bonus)
}

/// The alignment, in order.
pub(super) fn align(a: &[Step<'_>], b: &[Step<'_>]) -> Vec<Pair> {
    let same = |(a, b): &(&Step<'_>, &Step<'_>)| a.is_same_work(b) && a.has_same_input(b);
    let head = a.iter().zip(b).take_while(same).count();
    let (rest_a, rest_b) = (a.len() - head, b.len() - head);
    let backwards = a.iter().rev().zip(b.iter().rev());
    let tail = backwards.take(rest_a.min(rest_b)).take_while(same).count();
    let mut pairs: Vec<Pair> = (0..head).map(|at| both(at, at)).collect();
    let (end_a, end_b) = (a.len() - tail, b.len() - tail);
    let (mut at_a, mut at_b) = (head, head);
    while at_a < end_a || at_b < end_b {
        let (until_a, until_b) = ((at_a + WINDOW).min(end_a), (at_b + WINDOW).min(end_b));
        let is_last = until_a == end_a && until_b == end_b;
        let window = window(
            a.get(at_a..until_a).unwrap_or_default(),
            b.get(at_b..until_b).unwrap_or_default(),
        );
        let (from_a, from_b) = (at_a, at_b);
        for pair in window {
            let is_enough = at_a - from_a >= WINDOW / 2 || at_b - from_b >= WINDOW / 2;
            if !is_last && is_enough {
                break;
            }
            at_a += usize::from(pair.a.is_some());
            at_b += usize::from(pair.b.is_some());
            pairs.push(Pair {
                a: pair.a.map(|place| place + from_a),
                b: pair.b.map(|place| place + from_b),
            });
        }
    }
    pairs.extend((0..tail).map(|at| both(end_a + at, end_b + at)));
    pairs
}

const fn both(a: usize, b: usize) -> Pair {
    Pair {
        a: Some(a),
        b: Some(b),
    }
}

/// Where the best way to a cell comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Both,
    A,
    B,
}

/// Aligns two short lists. Cells are kept row by row; a row is as long as `b`, and one.
fn window(a: &[Step<'_>], b: &[Step<'_>]) -> Vec<Pair> {
    let width = b.len() + 1;
    let mut ways = vec![From::B; (a.len() + 1) * width];
    let mut above: Vec<i32> = (0..width).map(gaps).collect();
    for (row, step_a) in a.iter().enumerate() {
        let mut current = Vec::with_capacity(width);
        current.push(gaps(row + 1));
        set(&mut ways, (row + 1) * width, From::A);
        for (column, step_b) in b.iter().enumerate() {
            let diagonal = above.get(column).copied().unwrap_or_default();
            let up = above.get(column + 1).copied().unwrap_or_default() + GAP;
            let left = current.last().copied().unwrap_or_default() + GAP;
            let side_by_side = affinity(step_a, step_b).map(|gain| diagonal + gain);
            let (score, way) = best(side_by_side, up, left);
            current.push(score);
            set(&mut ways, (row + 1) * width + column + 1, way);
        }
        above = current;
    }
    walk_back(&ways, width, a.len(), b.len())
}

fn best(side_by_side: Option<i32>, up: i32, left: i32) -> (i32, From) {
    match side_by_side {
        Some(score) if score >= up && score >= left => (score, From::Both),
        // Steps of the first come before steps of the second.
        _ if left >= up => (left, From::B),
        _ => (up, From::A),
    }
}

fn walk_back(ways: &[From], width: usize, mut row: usize, mut column: usize) -> Vec<Pair> {
    let mut pairs = Vec::with_capacity(row.max(column));
    while row > 0 || column > 0 {
        let way = ways.get(row * width + column).copied();
        let way = match way {
            _ if row == 0 => From::B,
            _ if column == 0 => From::A,
            Some(way) => way,
            None => From::A,
        };
        row -= usize::from(way != From::B);
        column -= usize::from(way != From::A);
        pairs.push(Pair {
            a: (way != From::B).then_some(row),
            b: (way != From::A).then_some(column),
        });
    }
    pairs.reverse();
    pairs
}

fn set(ways: &mut [From], at: usize, way: From) {
    if let Some(cell) = ways.get_mut(at) {
        *cell = way;
    }
}

fn gaps(count: usize) -> i32 {
    i32::try_from(count)
        .unwrap_or(i32::MAX / 2)
        .saturating_mul(GAP)
}
