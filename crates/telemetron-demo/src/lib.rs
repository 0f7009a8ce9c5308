#![doc = include_str!("../README.md")]

mod delivery;
pub mod full;
pub mod pods;
pub mod team;
