//! The addresses of the API, one file a noun.

pub(crate) mod compare;
pub(crate) mod dead_letters;
pub(crate) mod debug;
pub(crate) mod diagnosis;
pub(crate) mod graph;
pub(crate) mod home;
pub(crate) mod ingest;
pub(crate) mod metrics;
pub(crate) mod notes;
pub(crate) mod oracle;
pub(crate) mod recent;
pub(crate) mod sessions;
pub(crate) mod spans;
pub(crate) mod stream;
pub(crate) mod timeline;
pub(crate) mod trace_detail;
pub(crate) mod traces;
pub(crate) mod ws;
