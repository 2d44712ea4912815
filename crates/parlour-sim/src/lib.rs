//! Whole nodes in one thread, under a virtual clock: core, journal, hold and doors as
//! the server has them, with memory in place of sockets and of the disk.
//!
//! Development only. [`node`] is the node; [`script`] runs tests that are lines in and
//! lines out; [`random`] is chance from a seed.

pub mod node;
pub mod random;
pub mod script;
mod secrets;
mod settings;

pub use node::{Client, Node};
pub use random::Random;
