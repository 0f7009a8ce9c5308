//! The router, asked in process; streams over a real socket.

mod answers;
mod dashboard;
mod diagnosis;
mod documents;
mod errors;
mod named;
mod oracle;
mod runs;
mod streams;
pub(crate) mod support;
