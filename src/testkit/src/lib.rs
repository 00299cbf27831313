//! Virtual hosts, simulation, differential runner
