//! What a multicast's sender asks of its delivery.

/// When totem may hand a multicast on (`TOTEM_AGREED`, `TOTEM_SAFE`). It travels with the message; the reference
/// delivers both alike, and so do we.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(i32)]
pub enum Guarantee {
    /// Once its place in the order is known.
    #[default]
    Agreed = 0,
    /// Once every member is known to have it.
    Safe = 1,
}
