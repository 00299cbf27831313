//! Virtual hosts, simulation, differential runner, a client that breaks the rules
#![forbid(unsafe_code)]

pub mod cluster;
pub mod compile;
pub mod daemon;
pub mod differential;
pub mod host;
pub mod lan;
pub mod library;
pub mod pacemaker;
pub mod random;
pub mod rogue;
pub mod service;
#[cfg(feature = "sim")]
pub mod sim;
pub mod stack;
pub mod switch;
pub mod tools;
pub mod weather;
