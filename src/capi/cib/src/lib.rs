//! `libcib.so.27`: the cluster's configuration and status for C programs.
//!
//! Counterpart: `lib/cib` (2.1.5). Callers have nodes of libxml2 and types of GLib; inside, a CIB is `core_xml`'s
//! document, and what requests do to it is `core_cib`'s. libcrmcommon isn't needed: what a process has one of (the log,
//! the output objects of its tools, the nodes' private data) is found in libqb, in the objects that callers pass, and
//! through libxml2's own registrations.
//!
//! As in the reference, a process uses the library from one thread at a time.

mod attributes;
mod border;
mod callbacks;
mod disk;
mod file;
mod native;
mod new;
mod nodes;
mod options;
mod perform;
mod place;
mod process;
mod remote;
mod requests;
mod schemas;
mod types;
mod util;
mod watch;
