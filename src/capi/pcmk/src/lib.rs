//! What pacemaker's C libraries share: the process's log, the output objects of its tools, connections to its daemons,
//! here and on other hosts, result codes, and how a C function is exported.
//!
//! Counterparts: parts of `lib/common` (2.1.5). What a process has one of, as the log, is found where the reference's
//! libraries find it: in libqb.

mod border;
mod entry;
mod ipc;
mod log;
mod mainloop;
mod output;
mod remote;
pub mod results;
mod watch;

pub use border::{c_text, give_bytes, give_text, put, text};
pub use core_pcmk_ipc::HEADER_SIZE;
pub use entry::guarded;
pub use ipc::{Ipc, take_events};
pub use log::line;
pub use mainloop::{Priority, Source};
pub use output::{Output, OutputObject};
pub use remote::{Refused, Remote};
pub use watch::{Watch, Watched};
