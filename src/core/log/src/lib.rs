//! Logging: subsystems, levels, formats and targets as corosync.conf(5) has them
#![forbid(unsafe_code)]
