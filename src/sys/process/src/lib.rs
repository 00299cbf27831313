//! Children that run agents: each leads a process group, has nothing of its parent but environment, folder and umask, is
//! watched by a pidfd, and can be killed with its group. What it prints is kept up to a bound.
//!
//! Counterparts (2.1.5): `lib/services/services_linux.c`, `mainloop_child_*()` of `lib/common/mainloop.c`. When to kill is
//! decided elsewhere.

mod capture;
mod child;

pub use capture::OUTPUT_MAX;
pub use child::{Child, Exit, Input, Program, SpawnError, Spawner, Stream};
