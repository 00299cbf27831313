//! Totem SRP and PG: membership, ordering, packing
#![forbid(unsafe_code)]
