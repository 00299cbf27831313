//! The contract between a corosync service (cpg, cfg, ...) and the host that it runs in.
//!
//! Counterpart: `coroapi.h` (`corosync_service_engine`, `corosync_api_v1`), without globals: a [`Service`] is
//! called with a [`Host`] and answers through it. Nothing a service does through its host calls back into any
//! service before the call returns: multicasts are queued, map changes are told afterwards.
#![forbid(unsafe_code)]

mod machine;
mod transport;

pub use core_types::Guarantee;
pub use machine::{Machine, Watchdog};
pub use transport::{Link, NodeStatus, Transport};

use core_icmap::{Change, Map};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::fmt;

/// A client process, as the kernel tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its process id.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
    /// Its effective group.
    pub gid: u32,
}

/// Whether a request may be handled while totem can take no message (`cs_lib_flow_control`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowControl {
    /// It multicasts: answer CS_ERR_TRY_AGAIN unless totem has room and no sync is going on.
    Required,
    /// It is answered from local state.
    NotRequired,
    /// It multicasts and its sender waits for no answer (our own library's, negotiated): it stays with the
    /// client, and so do the requests behind it, until totem has room.
    Patient,
}

/// A new configuration of the ring.
#[derive(Clone, Copy, Debug)]
pub struct Configuration<'a> {
    /// Which ring: the new one, in a transitional configuration too.
    pub ring: RingId,
    /// Its members, ascending.
    pub members: &'a [NodeId],
    /// Those that were in the configuration before and aren't in this one.
    pub left: &'a [NodeId],
    /// Those that are new in this one.
    pub joined: &'a [NodeId],
    /// Transitional: the members of the old ring that move on together.
    pub transitional: bool,
}

/// Whether a service has more to send in this sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncStep {
    /// Everything is sent; the barrier may be passed.
    Done,
    /// Totem was full: call again at the next token.
    Again,
}

/// What only the daemon around the services can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Read corosync.conf again and put what it says in the map; answered by [`Service::reloaded`].
    Reload,
    /// Leave the ring in order, stop all services and exit 0.
    Shutdown,
    /// Exit at once with that status (`corosync_exit_error`), after logging why.
    Exit(i32),
    /// Restart the machine at once (the watchdog's `recovery: reboot`).
    Reboot,
    /// Log the state of every service (SIGUSR2, blackbox `corosync-blackbox`).
    DumpState,
    /// Send with the crypto keys that the last reload loaded (`totempg_crypto_reconfigure_phase`, activate).
    CryptoReconfig,
    /// Forget the crypto keys from before (the same, cleanup).
    CryptoCleanup,
    /// Turn the machine off at once (the watchdog's `recovery: shutdown`).
    PowerOff,
    /// Set a statistic to zero (`corosync-cfgtool`'s clear; `stats.clear.*`).
    ClearStats(&'static str),
}

/// What a service may ask of the host that it runs in.
pub trait Host: Machine {
    /// Monotonic time.
    fn now(&self) -> Nanos;
    /// Nanoseconds since 1970, for the time stamps in the map; never for decisions.
    fn wall_clock(&self) -> u64;
    /// The local node.
    fn nodeid(&self) -> NodeId;
    /// The ring in force, as of the newest regular configuration.
    fn ring(&self) -> RingId;
    /// Its members, ascending.
    fn members(&self) -> &[NodeId];
    /// Whether this partition has quorum; true where no provider is configured.
    fn is_quorate(&self) -> bool;
    /// Whether the services still agree on the newest ring: what is multicast now overtakes what was before it.
    fn is_syncing(&self) -> bool {
        false
    }
    /// Tells that quorum was gained or lost, and by whom it is now made up. Only the quorum provider does.
    /// Every service's [`Service::quorum_changed`] follows.
    fn set_quorum(&mut self, quorate: bool, members: &[NodeId], ring: RingId);
    /// The configuration map.
    fn map(&mut self) -> &mut Map;
    /// Links, addresses and statistics of totem and IPC.
    fn transport(&self) -> &dyn Transport;

    /// Answers the request in hand. The parts are one message, starting with its `ResponseHeader`.
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]);
    /// Sends a client something that it did not ask for, in order with other events; queued when it is slow.
    /// A client whose backlog grows past its bound is disconnected.
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]);
    /// Ends a client's connection; [`Service::disconnected`] follows.
    fn disconnect(&mut self, conn: ConnId);

    /// Queues a message for every member, this one included. `id` is the service's own message number
    /// (`exec_engine` index), `parts` what follows the `RequestHeader` that the host puts before them.
    /// `TryAgain` when totem has no room: nothing was queued.
    fn multicast(&mut self, service: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError>;
    /// Takes over the file that a client shares as a zero-copy buffer (`cpg_zcb_alloc(3)`), under a number of the
    /// service's choice, and removes its name. `path` comes from the client and is unchecked: the host sees that
    /// it is that client's own regular file of at least `size` bytes in a place for such files. The host reads
    /// and writes the file; it never maps what a client can truncate.
    fn buffer_open(&mut self, _conn: ConnId, _buffer: u64, _path: &[u8], _size: usize) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    /// Reads from a zero-copy buffer; `InvalidParam` when it is shorter than that (now) or unknown.
    fn buffer_read(&mut self, _buffer: u64, _offset: usize, _into: &mut [u8]) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    /// Writes to a zero-copy buffer; errors as when reading.
    fn buffer_write(&mut self, _buffer: u64, _offset: usize, _from: &[u8]) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    /// Forgets a zero-copy buffer.
    fn buffer_close(&mut self, _buffer: u64) {}
    /// Reads a small file of the state directory. `NotExist` when there is none.
    fn state_load(&mut self, _name: &'static str) -> Result<Vec<u8>, CsError> {
        Err(CsError::NotSupported)
    }
    /// Writes a small file of the state directory (mode 0700, as the reference has it); whole and durable on return,
    /// or the old one.
    fn state_save(&mut self, _name: &'static str, _content: &[u8]) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    /// Opens the log files again, for log rotation. One that can't be opened is logged and stays the old one; the
    /// error is the last such file's.
    fn reopen_logs(&mut self) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    /// Asks for [`Service::timer`] with this key in `after`; an armed timer of that key is moved.
    fn arm(&mut self, service: ServiceId, key: u32, after: Nanos);
    /// Forgets a timer.
    fn disarm(&mut self, service: ServiceId, key: u32);
    /// Asks the daemon for something.
    fn request(&mut self, request: Request);
    /// Logs a line under a subsystem (`CPG`, `QUORUM`, `VOTEQ`, ...). Use [`log!`].
    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>);
}

/// Logs through a host: `log!(host, "CPG", Notice, "left group {name}")`.
#[macro_export]
macro_rules! log {
    ($host:expr, $subsystem:expr, $level:ident, $($line:tt)+) => {
        $host.log($subsystem, ::core_types::Level::$level, format_args!($($line)+))
    };
}

/// A corosync service: a state machine that clients' requests and the ring's messages drive. Every method has
/// the default "nothing to do" where most services need none.
pub trait Service {
    /// Which one it is.
    fn id(&self) -> ServiceId;
    /// What it logs when it is loaded, e.g. `corosync cluster closed process group service v1.01`.
    fn description(&self) -> &'static str;
    /// Each client request it knows, by number; empty when it takes no clients.
    fn requests(&self) -> &'static [FlowControl] {
        &[]
    }
    /// How many kinds of messages it multicasts to itself (`exec_engine_count`); others are dropped and each
    /// kind is counted in `runtime.services.*`.
    fn messages(&self) -> u16 {
        0
    }
    /// Whether its clients are served without quorum.
    fn serves_inquorate(&self) -> bool {
        true
    }
    /// Called once, when the map holds the configuration and before any client or message. The error is
    /// logged and the daemon exits.
    fn start(&mut self, _host: &mut dyn Host) -> Result<(), String> {
        Ok(())
    }
    /// Called once before exit.
    fn stop(&mut self, _host: &mut dyn Host) {}
    /// Logs the service's state (`exec_dump_fn`).
    fn dump(&mut self, _host: &mut dyn Host) {}

    /// An authorised client connected.
    fn connected(&mut self, _host: &mut dyn Host, _conn: ConnId, _peer: Peer) {}
    /// A client's request: `id` is in range of [`Service::requests`], `message` starts with the `RequestHeader`
    /// and is exactly as long as that says; everything else in it is unchecked. Exactly one
    /// [`Host::respond`] is owed, now or later, unless the protocol says otherwise.
    fn request(&mut self, _host: &mut dyn Host, _conn: ConnId, _id: u32, _message: &[u8]) {}
    /// A client is gone, for whatever reason. Its connection's number is not used again.
    fn disconnected(&mut self, _host: &mut dyn Host, _conn: ConnId) {}

    /// A client of any service came or is gone, and with it keys of the statistics map.
    fn clients_changed(&mut self, _host: &mut dyn Host) {}

    /// A multicast of this service, in the ring's order. `message` starts with its `RequestHeader`; `swapped`
    /// says that its sender has the other byte order. Everything in it is unchecked.
    fn deliver(&mut self, _host: &mut dyn Host, _id: u16, _message: &[u8], _from: NodeId, _swapped: bool) {}
    /// The ring changed (`confchg_fn`): a transitional configuration, then a regular one.
    fn configured(&mut self, _host: &mut dyn Host, _configuration: &Configuration<'_>) {}
    /// Whether it takes part in sync.
    fn syncs(&self) -> bool {
        false
    }
    /// A sync starts: `transitional` are those who come from the same ring as this node.
    fn sync_start(&mut self, _host: &mut dyn Host, _transitional: &[NodeId], _members: &[NodeId], _ring: RingId) {}
    /// Send what the others must know.
    fn sync_process(&mut self, _host: &mut dyn Host) -> SyncStep {
        SyncStep::Done
    }
    /// Every member has sent: use the new state.
    fn sync_activate(&mut self, _host: &mut dyn Host) {}
    /// The ring changed before the sync was over: forget it.
    fn sync_abort(&mut self, _host: &mut dyn Host) {}

    /// A timer of this service ran out.
    fn timer(&mut self, _host: &mut dyn Host, _key: u32) {}
    /// A key changed; every service is told of every change.
    fn map_changed(&mut self, _host: &mut dyn Host, _change: &Change) {}
    /// The provider told of quorum ([`Host::set_quorum`]).
    fn quorum_changed(&mut self, _host: &mut dyn Host, _quorate: bool, _members: &[NodeId], _ring: RingId) {}
    /// A reload (over next) loaded new crypto keys: they are used once every node has them.
    fn crypto_loaded(&mut self, _host: &mut dyn Host) {}
    /// A reload of corosync.conf that some service asked for is over.
    fn reloaded(&mut self, _host: &mut dyn Host, _result: Result<(), CsError>) {}
}
