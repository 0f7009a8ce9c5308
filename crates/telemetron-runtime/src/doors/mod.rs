//! The doors of a process: every port on which it is asked over HTTP, served in one way.
//!
//! ```text
//!  accept ─▶ Crowd (a bounded number of connections) ─▶ HTTP/1 or HTTP/2 ─▶ guard ─▶ the routes
//!              └ full: who has asked for nothing for longest goes      └ 421 a foreign name
//!                                                                       └ 403 a foreign page
//! ```
//!
//! Each door has connections of its own, so that a flood at one leaves the others answering, and all
//! of them together leave descriptors for Kafka and Postgres ([`raise_file_limit`]). A connection
//! that asks for nothing is closed after a while, and so is one whose peer neither sends the rest of
//! a body nor takes its answer. What a door lets in is decided by the names it is asked under
//! ([`Hosts`]) and by the pages that ask ([`Origins`]).

mod args;
mod authority;
mod body;
mod crowd;
mod files;
mod guard;
mod hosts;
mod meters;
mod origins;
mod refusal;
mod serve;

pub use args::DoorArgs;
pub use files::raise_file_limit;
pub use guard::guarded;
pub use hosts::Hosts;
pub use meters::DoorMeters;
pub use origins::Origins;
pub use serve::Door;
