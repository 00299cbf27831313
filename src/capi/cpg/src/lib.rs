//! `libcpg.so.4`: closed process groups for C programs.
//!
//! Counterpart: `lib/cpg.c` (3.1.7), man pages `cpg_*(3)`. Each function checks, converts, and calls
//! [`sys_client::cpg`]. Where the reference crashes on a null pointer, this gives CS_ERR_INVALID_PARAM.

mod buffers;
mod dispatch;
mod handle;
mod iterate;
mod member;
mod types;
