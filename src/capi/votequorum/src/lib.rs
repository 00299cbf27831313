//! `libvotequorum.so.8`: corosync's votes for C programs.
//!
//! Counterpart: `lib/votequorum.c` (3.1.7), `corosync/votequorum.h`. Each function checks, converts, and calls
//! [`sys_client::votequorum`]. Where the reference crashes on a null pointer, this gives CS_ERR_INVALID_PARAM.

mod dispatch;
mod handle;
mod qdevice;
mod votes;
