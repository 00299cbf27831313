//! Closed process groups: messages and service.
//!
//! Counterparts (3.1.7): `ipc_cpg.h` and `exec/cpg.c`. A process joins at most one group by each connection. Joins,
//! leaves and messages are multicasts, so every node sees them in one order and tells its clients in that order.
//! When rings merge or break, sync exchanges who is in which group, and clients are told of it in one change
//! for each group.
//!
//! # Sending without waiting
//! A client's [`wire::ipc::request::MCAST`] is never answered, not by the reference either: its library gives the
//! caller CS_OK as soon as the request is in the ring. The reference's daemon drops such a request with a warning
//! when totem is full or a sync is going on. Ours leaves it in the client's ring ([`FlowControl::Patient`]) and
//! all requests of that client behind it, so that nothing that a caller was told CS_OK for is lost, and a full ring
//! is the CS_ERR_TRY_AGAIN that a caller sees. No negotiation is needed: that holds for the reference's library on
//! our daemon as well. What a caller sees stays the same: sending to a group that it isn't in is CS_OK and lost.
//!
//! # Differences to the reference
//! - A leave is for the group and process that the connection joined with, whatever the request names.
//! - A process that joined a group with an empty name leaves it when it ends.
//! - A leave that totem has no room for is sent later, not lost. The leave of a process that ends during a sync is
//!   sent after it: the reference's overtakes the process's join and messages from before, so that it may stay a
//!   member for ever.
//! - A node that was lost and came back between two finished syncs is told of as gone and come: messages of it may be
//!   missing. The reference only looks at the last configuration.
//! - Groups whose names differ only behind a NUL are told of separately after a ring change.
//!
//! [`FlowControl::Patient`]: core_service::FlowControl::Patient
#![forbid(unsafe_code)]

mod buffers;
mod clients;
mod deliver;
mod iteration;
mod processes;
mod requests;
mod service;
mod sync;
pub mod wire;

pub use service::Cpg;
