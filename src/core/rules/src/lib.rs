//! Rules, by which parts of a configuration count at some times only.
//!
//! Counterparts (2.1.5): `lib/pengine/rules.c`, and of `lib/common/iso8601.c` what rules need. A rule is held against the
//! time alone: what asks for a node, a role, a resource or an operation never holds, as in the reference where it has none.
#![forbid(unsafe_code)]

mod date;
mod expression;
mod rule;
mod spec;

pub use date::DateTime;
pub use rule::{referenced, rules_hold};
