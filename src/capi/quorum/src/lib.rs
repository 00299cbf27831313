//! `libquorum.so.5`: corosync's quorum service for C programs.
//!
//! Counterpart: `lib/quorum.c` (3.1.7), `corosync/quorum.h`. Each function checks, converts, and calls
//! [`sys_client::quorum`]. Where the reference crashes on a null pointer, this gives CS_ERR_INVALID_PARAM.

mod dispatch;
mod handle;
mod track;
