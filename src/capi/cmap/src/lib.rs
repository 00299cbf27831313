//! `libcmap.so.4`: corosync's configuration map for C programs.
//!
//! Counterpart: `lib/cmap.c` (3.1.7), man pages `cmap_*(3)`. Each function checks, converts, and calls
//! [`sys_client::cmap`]. Where the reference crashes on a null pointer, this gives CS_ERR_INVALID_PARAM.

mod dispatch;
mod get;
mod handle;
mod iterate;
mod set;
mod track;
