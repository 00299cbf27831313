//! What every C face shares: how a C function is exported, its panic boundary, handles and raw pointers.
//!
//! A C entry does three things: check its arguments, convert them, call a safe function of `sys-client`.

mod attached;
mod entry;
mod handles;
mod pointers;
mod ring;

pub use attached::Attached;
pub use entry::guard;
pub use handles::Handles;
pub use pointers::{bytes, c_str, give, input, output, set};
pub use ring::CRingId;
