//! GnuTLS's declarations, as bindgen reads them from its header.
#![allow(non_camel_case_types, non_upper_case_globals, missing_docs, dead_code, unreachable_pub)]
#![allow(missing_debug_implementations, clippy::all, clippy::undocumented_unsafe_blocks)]

include!(concat!(env!("OUT_DIR"), "/gnutls.rs"));
