//! A team whose agents are processes of their own: they take tasks from queues in Kafka, and hand
//! over through them.

mod agent;
mod front_desk;
mod kill;
mod queue;
mod role;
#[cfg(test)]
mod tests;
mod work;

pub use agent::serve;
pub use front_desk::{Desk, open};
pub use kill::kill;
pub use role::Role;
