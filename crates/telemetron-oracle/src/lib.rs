//! The Oracle: state of the whole system, what is wrong with it, and why a trace failed.
