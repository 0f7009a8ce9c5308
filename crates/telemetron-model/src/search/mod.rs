//! Text search: what a person sees of a record, the marks by which it is found, and the pattern
//! that is looked for.
//!
//! A set of marks ([`Marks`]) says of a text that it is not there, or that it may be (a Bloom
//! filter): it costs a record ten bits for each different word and no index that would have to be
//! kept in order. What may be there is looked at ([`Pattern::is_in`]).
//!
//! A text is found by how its words begin; scripts that put no spaces between words are found by any
//! two letters in a row.

mod marks;
mod pattern;
mod seen;
mod words;

pub use marks::{Marks, Probe, once};
pub use pattern::Pattern;
pub use seen::each_text;
pub use words::{each_word, plain};
