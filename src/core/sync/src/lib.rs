//! The sync barrier: after each configuration change every service tells its peers what they must know, one
//! service after the other, before clients are served again.
//!
//! Counterpart: `exec/sync.c` (3.1.7); the messages are exchangeable with it. First every member names its
//! services; then for each service of any member: it sends, every member says that it is done (the barrier), it
//! takes the new state into use. [`Sync`] decides; the engine carries out its [`Step`]s, calls the services and
//! multicasts (in group `sync`).
//!
//! All steps are to be carried out before totem is asked for its next action: what follows a barrier in the
//! ring's order is read differently once sync is over.
#![forbid(unsafe_code)]

mod machine;
pub mod wire;

pub use machine::{Step, Sync};
