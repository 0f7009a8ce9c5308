//! What a coding agent is told: every tool on answers that are known, within its budget.

mod answers;
mod budgets;
mod canned;
mod protocol;
