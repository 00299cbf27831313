//! `libcfg.so.7`: corosync's configuration service for C programs.
//!
//! Counterpart: `lib/cfg.c` (3.1.7), `corosync/cfg.h`. Each function checks, converts, and calls
//! [`sys_client::cfg`]. Where the reference crashes on a null pointer, this gives CS_ERR_INVALID_PARAM.

mod addresses;
mod control;
mod handle;
mod status;
