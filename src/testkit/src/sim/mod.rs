//! A cluster in one thread: real totem cores, a virtual clock, a network that loses, delays, reorders, copies and
//! cuts, processes that pause, die and come back. One seed decides everything; the same seed runs the same way.
//!
//! A run has two phases. In the first, faults; in the second, none: then one ring must form in bounded time and
//! all that was accepted must arrive. [`check`](Check) watches both from outside: it sees what was sent and
//! delivered, nothing of totem's state.

mod check;
mod cluster;
mod network;
mod random;

pub use check::{Broken, Check, Id};
pub use cluster::{Cluster, Plan, run};
pub use network::Weather;
pub use random::Random;
