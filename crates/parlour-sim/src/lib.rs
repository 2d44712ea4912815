//! Simulation of whole nodes in one thread, under a virtual clock: core, journal, commit gate and
//! doors as in the server, and its store, with memory in place of sockets and disk.
//!
//! For tests only. [`node`] is the node; [`disk`] fails as it is told; [`faults`] are
//! random runs in which it does; [`script`] runs tests that consist of input and expected output; [`random`] is a seeded random generator.

pub mod disk;
pub mod faults;
pub mod journal;
mod journal_files;
pub mod node;
pub mod random;
pub mod script;
mod secrets;
mod settings;
mod store;
mod vfs;
mod wires;

pub use disk::Disk;
pub use node::Node;
pub use random::Random;
pub use wires::Client;
