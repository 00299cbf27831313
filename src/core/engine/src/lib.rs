//! One corosync host as a state machine: totem, sync and the services together
#![forbid(unsafe_code)]
