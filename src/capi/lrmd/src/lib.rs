//! `liblrmd.so.28`: the executor of resource agents for C programs.
//!
//! Counterpart: `lib/lrmd` (2.1.5). Requests and notifications are `core_xml`'s documents; the local executor and a remote one
//! (pacemaker-remoted, over TLS) are reached through `capi_pcmk`. Pacemaker's other libraries bring what is theirs:
//! libcrmcommon connects sockets without waiting, and has relayed connections and the tools' output; libcrmservice and
//! libstonithd the agents of this host.
//!
//! As in the reference, a process uses the library from one thread at a time. A callback may delete the connection that it
//! is told of.

mod agents;
mod alerts;
mod connection;
mod events;
mod foreign;
mod key;
mod lists;
mod local;
mod metadata;
mod new;
mod operations;
mod output;
mod proxy;
mod remote;
mod requests;
mod resources;
mod tls;
mod types;
