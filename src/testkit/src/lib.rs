//! Virtual hosts, simulation, differential runner
#![forbid(unsafe_code)]

pub mod sim;
