//! What clients ask for.

use crate::deliver::send_reconfigure;
use crate::nodes::Node;
use crate::service::{LOG, Votequorum};
use crate::votes::{self, TieBreaker};
use crate::wire::exec::{flags, param};
use crate::wire::ipc::{InfoReply, NameRequest, SetVotesRequest, TrackRequest, info, request, response, track};
use crate::wire::{QDEVICE_NODEID, name_field};
use core_service::{Host, log};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError, NodeId};
use zerocopy::{FromBytes, IntoBytes};

/// Bytes of a request with one number: a sender may leave out the padding.
const NUMBER_END: usize = 20;

pub(crate) fn reply(host: &mut dyn Host, conn: ConnId, result: Result<(), CsError>) {
    let header = ResponseHeader::new(response::STATUS, size_of::<ResponseHeader>(), CsError::code(result));
    host.respond(conn, &[header.as_bytes()]);
}

/// A request's structure; `InvalidParam` when the message is shorter.
fn read<T: FromBytes>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(request, _)| request).map_err(|_| CsError::InvalidParam)
}

/// The number after a request's header.
fn number(message: &[u8]) -> Result<u32, CsError> {
    read(message.get(NUMBER_END - 4..NUMBER_END).unwrap_or_default())
}

impl Votequorum {
    /// Handles a request and answers it, unless the ring must hear of it first.
    pub(crate) fn handle(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        let result = match id {
            request::GET_INFO => match number(message) {
                Ok(node) => return self.get_info(host, conn, node),
                Err(error) => Err(error),
            },
            request::SET_EXPECTED => number(message).and_then(|votes| self.set_expected(host, votes)),
            request::SET_VOTES => read(message).and_then(|request| self.set_votes(host, request)),
            request::TRACK_START => read(message).and_then(|request| self.track_start(host, conn, request)),
            request::TRACK_STOP => self.trackers.remove(&conn).map(drop).ok_or(CsError::NotExist),
            request::QDEVICE_REGISTER => match read::<NameRequest>(message) {
                Ok(request) if self.has_qdevice() => self.qdevice_reregister(host, &request.name),
                Ok(request) => match self.qdevice_register(host, conn, &request.name) {
                    None => return,
                    Some(error) => Err(error),
                },
                Err(error) => Err(error),
            },
            request::QDEVICE_UNREGISTER => {
                read::<NameRequest>(message).and_then(|request| self.qdevice_unregister(host, &request.name))
            }
            request::QDEVICE_UPDATE => read(message).and_then(|request| self.qdevice_update(host, &request)),
            request::QDEVICE_POLL => read(message).and_then(|request| self.qdevice_poll(host, &request)),
            request::QDEVICE_MASTER_WINS => read(message).and_then(|request| self.qdevice_master_wins(host, &request)),
            _ => Err(CsError::InvalidParam),
        };
        reply(host, conn, result);
    }

    fn get_info(&mut self, host: &mut dyn Host, conn: ConnId, node: u32) {
        log!(host, LOG, Debug, "got getinfo request on {} for node {node}", conn.0);
        let id = if node == QDEVICE_NODEID { host.nodeid() } else { NodeId(node) };
        let found = self.nodes.get(id);
        let error = CsError::code(found.map(drop).ok_or(CsError::NotExist));
        let header = ResponseHeader::new(response::GET_INFO, size_of::<InfoReply>(), error);
        let info = found.map_or(InfoReply::default(), |node| self.info(node));
        host.respond(conn, &[InfoReply { header, ..info }.as_bytes()]);
        log!(host, LOG, Debug, "getinfo response error: {error}");
    }

    fn info(&self, node: &Node) -> InfoReply {
        let device = self.qdevice.node.votes;
        InfoReply {
            nodeid: node.id.0,
            state: node.state as u32,
            votes: node.votes,
            expected_votes: node.expected_votes,
            highest_expected: self.nodes.highest_expected(),
            total_votes: self.nodes.votes().wrapping_add(node.casts(device).unwrap_or(0)),
            quorum: self.needed.into(),
            flags: self.info_flags(node),
            qdevice_votes: device,
            qdevice_name: name_field(&self.qdevice.name).unwrap_or([0; 255]),
            ..Default::default()
        }
    }

    fn info_flags(&self, node: &Node) -> u32 {
        let all = [
            (self.settings.two_node, info::TWONODE),
            (self.quorate, info::QUORATE),
            (self.settings.wait_for_all, info::WAIT_FOR_ALL),
            (self.settings.last_man_standing, info::LAST_MAN_STANDING),
            (self.settings.tie_breaker != TieBreaker::None, info::AUTO_TIE_BREAKER),
            (self.settings.allow_downscale, info::ALLOW_DOWNSCALE),
            (node.has(flags::QDEVICE_REGISTERED), info::QDEVICE_REGISTERED),
            (node.has(flags::QDEVICE_ALIVE), info::QDEVICE_ALIVE),
            (node.has(flags::QDEVICE_CAST_VOTE), info::QDEVICE_CAST_VOTE),
            (node.has(flags::QDEVICE_MASTER_WINS), info::QDEVICE_MASTER_WINS),
        ];
        all.into_iter().filter(|(on, _)| *on).fold(0, |flags, (_, flag)| flags | flag)
    }

    /// Fewer than there are make no sense, and a quorate partition must stay so.
    fn set_expected(&mut self, host: &mut dyn Host, expected: u32) -> Result<(), CsError> {
        let tally = votes::tally(&self.nodes, self.qdevice.node.votes);
        let rules = votes::Rules { allow_downscale: false, ..self.rules(true) };
        let needed = votes::needed(&self.nodes, tally, expected, rules);
        if expected < tally.votes || (self.quorate && needed > tally.votes) {
            return Err(CsError::InvalidParam);
        }
        self.nodes.expect(expected);
        send_reconfigure(host, param::EXPECTED_VOTES, self.nodes.us().id, expected).map_err(|_| CsError::NoResources)
    }

    fn set_votes(&mut self, host: &mut dyn Host, request: SetVotesRequest) -> Result<(), CsError> {
        let id = NodeId(request.nodeid);
        let node = self.node_mut(id).ok_or(CsError::NameNotFound)?;
        let before = std::mem::replace(&mut node.votes, request.votes);
        let tally = votes::tally(&self.nodes, self.qdevice.node.votes);
        let needed = votes::needed(&self.nodes, tally, 0, self.rules(true));
        if needed < tally.votes / 2 || needed > tally.votes {
            if let Some(node) = self.node_mut(id) {
                node.votes = before;
            }
            return Err(CsError::InvalidParam);
        }
        send_reconfigure(host, param::NODE_VOTES, id, request.votes).map_err(|_| CsError::NoResources)
    }

    fn track_start(&mut self, host: &mut dyn Host, conn: ConnId, request: TrackRequest) -> Result<(), CsError> {
        if request.flags & (track::CURRENT | track::CHANGES) != 0 {
            log!(host, LOG, Debug, "sending initial status to {}", conn.0);
            self.send_nodelist(host, conn, request.context);
            self.send_quorum(host, conn, request.context);
        }
        if self.trackers.contains_key(&conn) {
            return Err(CsError::Exist);
        }
        if request.flags & (track::CHANGES | track::CHANGES_ONLY) != 0 {
            self.trackers.insert(conn, request.context);
        }
        Ok(())
    }
}
