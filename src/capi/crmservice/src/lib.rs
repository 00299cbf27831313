//! `libcrmservice.so.28`: actions of agents for C programs, and which agents there are.
//!
//! Counterpart: `lib/services` (2.1.5). A caller has an action (`svc_action_t`) run at once and waits for it, or has it run
//! beside the GLib main loop and is called when it ended: once, or again and again until it is cancelled. Of actions on a
//! resource one runs at a time.
//!
//! libcrmcommon isn't needed: children are watched by pidfds in the main loop of GLib that the program runs anyway.
//! As in the reference, a process uses the library from one thread at a time.

mod agents;
mod metadata;
mod new;
mod results;
mod run;
mod turns;
mod types;
mod units;
