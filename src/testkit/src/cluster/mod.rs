//! Clusters of real daemons, the reference's and ours in one ring, on virtual hosts: faults, traffic and a judge.

pub mod check;
pub mod conf;
pub mod faults;
pub mod log;
pub mod measure;
pub mod ring;
pub mod trials;
