//! A service of the simulation's own: it shows what totem and the sync barrier tell services, and sends.
//!
//! Its client's request carries an [`Id`] and a length; the answer says whether totem took the message.

use crate::sim::message::Id;
use crate::sim::tape::{Seen, SharedTape};
use core_service::{Configuration, FlowControl, Guarantee, Host, Service, SyncStep};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, NodeId, RingId, ServiceId};
use zerocopy::{FromBytes, IntoBytes};

/// The place among services that it takes.
pub const SERVICE: ServiceId = ServiceId::Mon;
/// Its client's message.
const MESSAGE: u16 = 0;
/// What each host tells the others in a sync: the ring.
const STATE: u16 = 1;

/// The probe.
pub(super) struct Probe {
    tape: SharedTape,
    ring: RingId,
    heard: Vec<NodeId>,
}

impl Probe {
    /// A probe that notes on `tape`.
    pub(super) fn new(tape: SharedTape) -> Probe {
        Probe { tape, ring: RingId::default(), heard: Vec::new() }
    }

    fn note(&self, seen: impl FnOnce() -> Seen) {
        self.tape.borrow_mut().note(seen);
    }
}

/// The request to send a message.
pub(super) fn request(id: Id, length: usize) -> Vec<u8> {
    let body = id.message(length);
    let header = RequestHeader::new(0, size_of::<RequestHeader>() + body.len());
    [header.as_bytes(), &body].concat()
}

fn ring_bytes(ring: RingId) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&ring.representative.0.to_ne_bytes());
    bytes[4..].copy_from_slice(&ring.seq.to_ne_bytes());
    bytes
}

impl Service for Probe {
    fn id(&self) -> ServiceId {
        SERVICE
    }

    fn description(&self) -> &'static str {
        "probe"
    }

    fn requests(&self) -> &'static [FlowControl] {
        &[FlowControl::Required]
    }

    fn messages(&self) -> u16 {
        2
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, _id: u32, message: &[u8]) {
        let body = &message[size_of::<RequestHeader>()..];
        let result = host.multicast(SERVICE, MESSAGE, Guarantee::Agreed, &[body]);
        let header = ResponseHeader::new(0, size_of::<ResponseHeader>(), CsError::code(result));
        host.respond(conn, &[header.as_bytes()]);
    }

    fn deliver(&mut self, _host: &mut dyn Host, id: u16, message: &[u8], from: NodeId, _swapped: bool) {
        let Ok((_, body)) = RequestHeader::read_from_prefix(message) else { return };
        match id {
            MESSAGE => self.note(|| Seen::Delivered { from, message: body.to_vec() }),
            _ if body == ring_bytes(self.ring) => self.heard.push(from),
            _ => {}
        }
    }

    fn configured(&mut self, _host: &mut dyn Host, configuration: &Configuration<'_>) {
        let Configuration { ring, members, transitional, .. } = *configuration;
        self.note(|| Seen::Configured { ring, members: members.to_vec(), transitional });
    }

    fn syncs(&self) -> bool {
        true
    }

    fn sync_start(&mut self, _host: &mut dyn Host, _transitional: &[NodeId], _members: &[NodeId], ring: RingId) {
        self.ring = ring;
        self.heard.clear();
    }

    fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        match host.multicast(SERVICE, STATE, Guarantee::Agreed, &[&ring_bytes(self.ring)]) {
            Ok(()) => SyncStep::Done,
            Err(_) => SyncStep::Again,
        }
    }

    fn sync_activate(&mut self, _host: &mut dyn Host) {
        self.note(|| Seen::Activated { heard: self.heard.clone() });
    }

    fn quorum_changed(&mut self, _host: &mut dyn Host, quorate: bool, members: &[NodeId], ring: RingId) {
        self.note(|| Seen::Quorum { quorate, members: members.to_vec(), ring });
    }
}
