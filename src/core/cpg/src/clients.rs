//! The local clients and what they are told.

use crate::processes::Processes;
use crate::wire::ipc::{ConfchgEvent, TOTEM_CONFCHG_TAIL, TotemConfchgEvent, response};
use crate::wire::{Address, GroupName};
use core_service::Host;
use core_types::mar::ResponseHeader;
use core_types::{ConnId, NodeId, RingId};
use std::collections::BTreeMap;
use zerocopy::IntoBytes;

/// `CS_OK`, in an event's header.
pub(crate) const OK: i32 = 1;

/// Where a connection is with its group (`cpd_state`). A connection that left its group stays `Leaving`: the
/// reference never lets it join again, and goes on telling it of that group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Unjoined = 0,
    Leaving = 1,
    Joining = 2,
    Joined = 3,
}

/// A connection (`cpg_pd`).
pub(crate) struct Client {
    pub(crate) state: State,
    pub(crate) pid: u32,
    pub(crate) group: GroupName,
    /// It wants the ring's configuration after the first change of any group.
    pub(crate) wants_totem_conf: bool,
    /// It said that it will close its connection: it is told nothing more.
    pub(crate) finalized: bool,
    /// How many changes of its group it was told; `fragments_since` is that number at a large message's first part.
    pub(crate) changes: u64,
    pub(crate) fragments_since: u64,
}

impl Client {
    /// A connection that just came.
    pub(crate) fn new() -> Self {
        Client {
            state: State::Unjoined,
            pid: 0,
            group: GroupName { length: 0, pad: 0, value: [0; crate::wire::NAME_MAX] },
            wants_totem_conf: false,
            finalized: false,
            changes: 0,
            fragments_since: 0,
        }
    }

    /// Whether it gets what a group's members get.
    pub(crate) fn hears(&self, group: &GroupName) -> bool {
        matches!(self.state, State::Joined | State::Leaving) && !self.finalized && self.group.is(group)
    }

    /// Whether its process is in its group or about to be.
    pub(crate) fn is_member(&self) -> bool {
        matches!(self.state, State::Joining | State::Joined)
    }
}

/// All connections.
#[derive(Default)]
pub(crate) struct Clients {
    pub(crate) by_conn: BTreeMap<ConnId, Client>,
    /// Room for an event's lists, kept for the next one.
    lists: Vec<Address>,
}

/// The configuration that clients are told of: the one of the newest finished sync.
#[derive(Clone, Copy)]
pub(crate) struct Ring<'a> {
    pub(crate) id: RingId,
    pub(crate) members: &'a [NodeId],
}

impl Clients {
    /// Tells a group's local members who is in it now, who joined and who left; those whose own join this is are
    /// members from here on (`notify_lib_joinlist`).
    pub(crate) fn tell_change(
        &mut self,
        host: &mut dyn Host,
        processes: &Processes,
        ring: Ring<'_>,
        group: &GroupName,
        joined: &[Address],
        left: &[Address],
    ) {
        self.complete_joins(host.nodeid(), group, joined);
        self.lists.clear();
        self.lists.extend(processes.members(group).map(|process| process.address(0)));
        let members = self.lists.len();
        self.lists.extend_from_slice(left);
        self.lists.extend_from_slice(joined);
        let size = size_of::<ConfchgEvent>() + size_of_val(self.lists.as_slice());
        let event = ConfchgEvent {
            header: ResponseHeader::new(response::CONFCHG, size, OK),
            group: *group,
            members: members as u32,
            pad0: 0,
            joined: joined.len() as u32,
            pad1: 0,
            left: left.len() as u32,
            pad2: 0,
        };
        for (&conn, client) in self.by_conn.iter_mut().filter(|(_, client)| client.hears(group)) {
            host.event(conn, &[event.as_bytes(), self.lists.as_bytes()]);
            client.changes += 1;
        }
        self.tell_initial_totem(host, ring);
    }

    fn complete_joins(&mut self, local: NodeId, group: &GroupName, joined: &[Address]) {
        for address in joined.iter().filter(|address| address.nodeid == local.0) {
            for client in self.by_conn.values_mut() {
                if client.pid == address.pid && !client.finalized && client.group.is(group) {
                    client.state = State::Joined;
                }
            }
        }
    }

    fn tell_initial_totem(&mut self, host: &mut dyn Host, ring: Ring<'_>) {
        for (&conn, client) in &mut self.by_conn {
            if client.wants_totem_conf && !client.finalized {
                client.wants_totem_conf = false;
                tell_totem(host, conn, ring);
            }
        }
    }

    /// Tells every client of a new configuration of the ring.
    pub(crate) fn tell_totem_all(&self, host: &mut dyn Host, ring: Ring<'_>) {
        for (&conn, _) in self.by_conn.iter().filter(|(_, client)| !client.finalized) {
            tell_totem(host, conn, ring);
        }
    }
}

fn tell_totem(host: &mut dyn Host, conn: ConnId, ring: Ring<'_>) {
    let members: Vec<u32> = ring.members.iter().map(|node| node.0).collect();
    let size = size_of::<TotemConfchgEvent>() + members.as_bytes().len() + TOTEM_CONFCHG_TAIL;
    let event = TotemConfchgEvent {
        header: zerocopy::transmute!(ResponseHeader::new(response::TOTEM_CONFCHG, size, OK)),
        representative: ring.id.representative.0,
        pad: 0,
        seq: ring.id.seq,
        count: members.len() as u32,
    };
    host.event(conn, &[event.as_bytes(), members.as_bytes(), &[0; TOTEM_CONFCHG_TAIL]]);
}
