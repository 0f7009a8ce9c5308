//! What a memory says of a failure, and what it is held to be the cause of.

mod context;
mod memory;
mod scenes;
