//! Virtual hosts, simulation, differential runner
#![forbid(unsafe_code)]

pub mod compile;
pub mod daemon;
pub mod differential;
pub mod host;
pub mod sim;
pub mod tools;
