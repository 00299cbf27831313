//! corosync.conf: language, checks, and what it sets in the map
#![forbid(unsafe_code)]
