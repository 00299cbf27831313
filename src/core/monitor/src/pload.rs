//! The load generator: floods the ring when a key says so in so many words, and ends the daemon with the figures.

use core_icmap::Change;
use core_service::{Guarantee, Host, Request, Service, log};
use core_types::mar::RequestHeader;
use core_types::{MESSAGE_SIZE_MAX, MILLIS, Nanos, NodeId, ServiceId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

const LOG: &str = "PLOAD";

/// What `pload.start` has to be.
const START: &str = "i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit";
/// Messages that each node sends, unless `pload.count` says otherwise.
const COUNT_DEFAULT: u32 = 1_500_000;
/// Bytes of each message, unless `pload.size` says otherwise.
const SIZE_DEFAULT: u32 = 300;
/// The daemon's exit status after a run (`COROSYNC_DONE_PLOAD`).
const EXIT_DONE: i32 = 99;
/// How long to wait for totem's room, in nanoseconds.
const AGAIN_AFTER: Nanos = MILLIS;
/// Most messages sent in a row, so that other work gets its turn.
const BURST_MAX: u32 = 1000;

/// The message that starts every node (`MESSAGE_REQ_EXEC_PLOAD_START`).
const EXEC_START: u16 = 0;
/// A message that only loads.
const EXEC_LOAD: u16 = 1;

/// What follows the header of [`EXEC_START`] (`req_exec_pload_start`).
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct StartMessage {
    count: u32,
    size: u32,
}

/// The pload service.
#[derive(Debug, Default)]
pub struct Pload {
    run: Option<Run>,
    delivered: u32,
    first_delivery: Nanos,
}

#[derive(Debug)]
struct Run {
    wanted: u32,
    /// Bytes of each message, its header included.
    size: u32,
    sent: u32,
    /// What follows the header.
    body: Vec<u8>,
}

impl Pload {
    /// A service that does nothing until it is told to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends as much as totem takes, and comes back for the rest.
    fn send(&mut self, host: &mut dyn Host) {
        let Some(run) = &mut self.run else { return };
        for _ in 0..BURST_MAX {
            if run.sent >= run.wanted {
                return;
            }
            if host.multicast(ServiceId::Pload, EXEC_LOAD, Guarantee::Agreed, &[&run.body]).is_err() {
                break;
            }
            run.sent += 1;
        }
        host.arm(ServiceId::Pload, 0, AGAIN_AFTER);
    }

    fn count(&mut self, host: &mut dyn Host) {
        if self.delivered == 0 {
            self.first_delivery = host.now();
        }
        self.delivered = self.delivered.saturating_add(1);
        let Some(run) = &self.run else { return };
        if self.delivered == run.wanted {
            let seconds = (host.now() - self.first_delivery) as f64 / 1e9;
            let (count, size) = (self.delivered, run.size);
            let rate = f64::from(count) / seconds;
            let megabytes = rate * f64::from(size) / (1024.0 * 1024.0);
            log!(
                host,
                LOG,
                Notice,
                "{count:5} Writes {size} bytes per write {seconds:7.3} seconds runtime, {rate:9.3} TP/S, {megabytes:9.3} MB/S."
            );
            log!(host, LOG, Warning, "Stopping corosync the hard way");
            host.request(Request::Exit(EXIT_DONE));
        }
    }
}

impl Service for Pload {
    fn id(&self) -> ServiceId {
        ServiceId::Pload
    }

    fn description(&self) -> &'static str {
        "corosync profile loading service"
    }

    fn messages(&self) -> u16 {
        2
    }

    fn deliver(&mut self, host: &mut dyn Host, id: u16, message: &[u8], _from: NodeId, swapped: bool) {
        match id {
            EXEC_START if self.run.is_none() => {
                let body = message.get(size_of::<RequestHeader>()..).unwrap_or_default();
                let Ok((start, _)) = StartMessage::read_from_prefix(body) else { return };
                let turn = |number: u32| if swapped { number.swap_bytes() } else { number };
                let size = turn(start.size).min(MESSAGE_SIZE_MAX as u32);
                let body = vec![0; (size as usize).saturating_sub(size_of::<RequestHeader>())];
                self.run = Some(Run { wanted: turn(start.count), size, sent: 0, body });
                self.send(host);
            }
            EXEC_LOAD => self.count(host),
            _ => {}
        }
    }

    fn timer(&mut self, host: &mut dyn Host, _key: u32) {
        self.send(host);
    }

    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        if !change.key.starts_with("pload.") {
            return;
        }
        let count = host.map().u32("pload.count").unwrap_or(COUNT_DEFAULT);
        let mut size = host.map().u32("pload.size").unwrap_or(SIZE_DEFAULT);
        if size as usize > MESSAGE_SIZE_MAX {
            size = MESSAGE_SIZE_MAX as u32;
            log!(host, LOG, Warning, "pload size limited to {size}");
        }
        if self.run.is_none() && host.map().text("pload.start") == Some(START) {
            log!(host, LOG, Warning, "Starting pload!");
            let message = StartMessage { count, size };
            if host.multicast(ServiceId::Pload, EXEC_START, Guarantee::Agreed, &[message.as_bytes()]).is_err() {
                log!(host, LOG, Warning, "The ring is full: set a pload key again to start");
            }
        }
    }
}
