//! The service itself.

use crate::view::{View, lines};
use crate::wire::{self, NodelistEvent, NumberReply, QuorumEvent, QuorumEventV1, model, request, response, track};
use core_service::{FlowControl, Host, Peer, Service, log};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError, NodeId, RingId, ServiceId};
use std::collections::BTreeMap;
use std::mem::size_of;
use zerocopy::{FromBytes, IntoBytes};

const LOG: &str = "QUORUM";

/// The provider that there is.
const VOTEQUORUM: &str = "corosync_votequorum";

/// Bytes of a request with one number: a sender may leave out the padding.
const NUMBER_END: usize = 20;

#[derive(Debug, Default)]
struct Client {
    model: u32,
    tracking: bool,
}

/// What the provider said last.
#[derive(Debug, Default)]
struct News {
    quorate: bool,
    members: Vec<NodeId>,
    ring: RingId,
}

/// The quorum service.
#[derive(Debug, Default)]
pub struct Quorum {
    has_provider: bool,
    news: News,
    view: View,
    clients: BTreeMap<ConnId, Client>,
}

impl Quorum {
    /// A service without clients.
    pub fn new() -> Self {
        Self::default()
    }

    fn handle(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) -> Result<(), CsError> {
        let provider = u32::from(self.has_provider);
        match id {
            request::GET_QUORATE => {
                number_reply(host, conn, response::GET_QUORATE, Ok(()), u32::from(self.news.quorate));
            }
            request::TRACK_START => {
                let result = self.track_start(host, conn, number(message)?);
                reply(host, conn, response::TRACK_START, result);
            }
            request::TRACK_STOP => {
                if let Some(client) = self.clients.get_mut(&conn) {
                    client.tracking = false;
                }
                // As in the reference, stopping what wasn't started is no error.
                reply(host, conn, response::TRACK_STOP, Ok(()));
            }
            request::GET_TYPE => number_reply(host, conn, response::GET_TYPE, Ok(()), provider),
            request::MODEL_GET_TYPE => {
                let result = self.set_model(host, conn, number(message)?);
                number_reply(host, conn, response::MODEL_GET_TYPE, result, provider);
            }
            _ => return Err(CsError::InvalidParam),
        }
        Ok(())
    }

    fn set_model(&mut self, host: &mut dyn Host, conn: ConnId, wanted: u32) -> Result<(), CsError> {
        if !matches!(wanted, model::V0 | model::V1) {
            log!(host, LOG, Error, "quorum_model_type request for unsupported model {wanted}");
            return Err(CsError::InvalidParam);
        }
        if let Some(client) = self.clients.get_mut(&conn) {
            client.model = wanted;
        }
        Ok(())
    }

    fn track_start(&mut self, host: &mut dyn Host, conn: ConnId, flags: u32) -> Result<(), CsError> {
        let client = self.clients.get(&conn).ok_or(CsError::BadHandle)?;
        if flags & (track::CURRENT | track::CHANGES) != 0 {
            if client.model == model::V1 {
                host.event(conn, &[&self.nodelist_event(false)]);
            }
            host.event(conn, &[&self.quorum_event(client.model)]);
        }
        if client.tracking {
            return Err(CsError::Exist);
        }
        if flags & (track::CHANGES | track::CHANGES_ONLY) != 0 {
            self.clients.entry(conn).or_default().tracking = true;
        }
        Ok(())
    }

    fn quorum_event(&self, model: u32) -> Vec<u8> {
        let News { quorate, members, ring } = &self.news;
        let (quorate, count) = (i32::from(*quorate), members.len());
        if model == model::V0 {
            let header = event_header::<QuorumEvent>(response::NOTIFICATION, count);
            let head = QuorumEvent { header, quorate, ring_seq: ring.seq, members: count as u32, ..Default::default() };
            return wire::event(&head, members);
        }
        let header = event_header::<QuorumEventV1>(response::QUORUM_V1, count);
        let ring = (*ring).into();
        let head = QuorumEventV1 { header, quorate, ring, members: count as u32, ..Default::default() };
        wire::event(&head, members)
    }

    /// Who joined and left is told of changes only.
    fn nodelist_event(&self, change: bool) -> Vec<u8> {
        let View { ring, members, joined, left, .. } = &self.view;
        let (joined, left) = if change { (&joined[..], &left[..]) } else { (&[][..], &[][..]) };
        let nodes = [members, joined, left].concat();
        let head = NodelistEvent {
            header: event_header::<NodelistEvent>(response::NODELIST_V1, nodes.len()),
            ring: (*ring).into(),
            members: members.len() as u32,
            joined: joined.len() as u32,
            left: left.len() as u32,
            ..Default::default()
        };
        wire::event(&head, &nodes)
    }

    fn trackers(&self) -> impl Iterator<Item = (ConnId, u32)> {
        self.clients.iter().filter(|(_, client)| client.tracking).map(|(&conn, client)| (conn, client.model))
    }
}

impl Service for Quorum {
    fn id(&self) -> ServiceId {
        ServiceId::Quorum
    }

    fn description(&self) -> &'static str {
        "corosync cluster quorum service v0.1"
    }

    fn requests(&self) -> &'static [FlowControl] {
        &[FlowControl::NotRequired; 5]
    }

    fn start(&mut self, host: &mut dyn Host) -> Result<(), String> {
        if let Some(provider) = host.map().text("quorum.provider").map(str::to_owned) {
            log!(host, LOG, Notice, "Using quorum provider {provider}");
            if provider != VOTEQUORUM {
                log!(host, LOG, Critical, "Quorum provider: {provider} failed to initialize.");
                return Err("Invalid quorum provider".into());
            }
            self.has_provider = true;
        }
        self.news.quorate = !self.has_provider;
        Ok(())
    }

    fn connected(&mut self, _host: &mut dyn Host, conn: ConnId, _peer: Peer) {
        self.clients.insert(conn, Client::default());
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        if let Err(error) = self.handle(host, conn, id, message) {
            reply(host, conn, id as i32, Err(error));
        }
    }

    fn disconnected(&mut self, _host: &mut dyn Host, conn: ConnId) {
        self.clients.remove(&conn);
    }

    fn syncs(&self) -> bool {
        true
    }

    fn sync_start(&mut self, host: &mut dyn Host, transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        self.view.start(transitional, members, ring);
        log_nodes(host, "Sync members", &self.view.members);
        for (what, nodes) in [("Sync joined", &self.view.joined), ("Sync left", &self.view.left)] {
            if !nodes.is_empty() {
                log_nodes(host, what, nodes);
            }
        }
    }

    fn sync_activate(&mut self, host: &mut dyn Host) {
        self.view.activate();
        let event = self.nodelist_event(true);
        for (conn, _) in self.trackers().filter(|&(_, model)| model == model::V1) {
            host.event(conn, &[&event]);
        }
    }

    fn quorum_changed(&mut self, host: &mut dyn Host, quorate: bool, members: &[NodeId], ring: RingId) {
        let was = std::mem::replace(&mut self.news, News { quorate, members: members.to_vec(), ring });
        match (was.quorate, quorate) {
            (false, true) => {
                log!(host, LOG, Notice, "This node is within the primary component and will provide service.");
            }
            (true, false) => {
                let line = "This node is within the non-primary component and will NOT provide any services.";
                log!(host, LOG, Notice, "{line}");
            }
            _ => {}
        }
        log_nodes(host, "Members", members);
        let events = [model::V0, model::V1].map(|model| self.quorum_event(model));
        for (conn, model) in self.trackers() {
            host.event(conn, &[&events[usize::from(model == model::V1)]]);
        }
    }
}

fn log_nodes(host: &mut dyn Host, what: &str, nodes: &[NodeId]) {
    for line in lines(what, nodes) {
        log!(host, LOG, Notice, "{line}");
    }
}

fn event_header<T>(id: i32, nodes: usize) -> ResponseHeader {
    ResponseHeader::new(id, size_of::<T>() + nodes * size_of::<u32>(), CsError::code(Ok(())))
}

fn reply(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<(), CsError>) {
    let header = ResponseHeader::new(id, size_of::<ResponseHeader>(), CsError::code(result));
    host.respond(conn, &[header.as_bytes()]);
}

fn number_reply(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<(), CsError>, number: u32) {
    let header = ResponseHeader::new(id, size_of::<NumberReply>(), CsError::code(result));
    host.respond(conn, &[NumberReply { header, number, pad: 0 }.as_bytes()]);
}

/// The number after a request's header.
fn number(message: &[u8]) -> Result<u32, CsError> {
    message
        .get(NUMBER_END - 4..NUMBER_END)
        .and_then(|bytes| u32::read_from_bytes(bytes).ok())
        .ok_or(CsError::InvalidParam)
}
