//! A cluster in one thread: whole engines, a virtual clock, a network that loses, delays, reorders, copies and cuts,
//! processes that pause, die and come back with their disks or without. One seed decides everything; the same seed
//! runs the same way.
//!
//! A run has two phases. In the first, faults; in the second, none: then one configuration must form in bounded time
//! and all that was accepted must arrive. The checkers ([`check`]) watch both from outside: they see what crosses the
//! hosts' borders ([`tape`]), nothing of the cores' state. A [`mutation`] puts a protocol bug at one of these borders,
//! to show that a checker catches what it is for.

pub mod check;
pub mod cluster;
pub mod faults;
pub mod figures;
pub mod host;
mod message;
pub mod mutation;
mod network;
mod plan;
mod report;
mod run;
pub mod tape;

pub use crate::random::Random;
pub use crate::weather::Weather;
pub use message::Id;
pub use mutation::Mutation;
pub use plan::{Plan, SECOND};
pub use report::{History, Moment, Violation};
pub use run::{Outcome, run, run_twice};
