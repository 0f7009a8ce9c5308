#![doc = include_str!("../README.md")]

pub mod full;
pub mod pods;
pub mod team;
