//! Requests of local clients.

use crate::clients::{Client, OK, State};
use crate::service::Cpg;
use crate::wire::exec::{Mcast, PartialMcast, message};
use crate::wire::ipc::*;
use crate::wire::{Address, GroupName, partial, reason};
use core_service::{Guarantee, Host, log};
use core_types::mar::{MessageSource, ResponseHeader};
use core_types::{ConnId, CsError, ServiceId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most local members of groups: what the joinlists of one sync have room for comfortably.
const LOCAL_MAX: usize = 16_384;

/// A request's fixed part and what follows it.
fn read<T: FromBytes + Immutable + KnownLayout>(message: &[u8]) -> Result<(T, &[u8]), CsError> {
    T::read_from_prefix(message).map_err(|_| CsError::InvalidParam)
}

/// Answers with a result only.
fn answer(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<(), CsError>) {
    let header = ResponseHeader::new(id, size_of::<ResponseHeader>(), CsError::code(result));
    host.respond(conn, &[header.as_bytes()]);
}

impl Cpg {
    /// Handles a request and answers it, unless it is a message, which nothing answers.
    pub(crate) fn handle_request(&mut self, host: &mut dyn Host, conn: ConnId, id: i32, message: &[u8]) {
        if let Err(error) = self.try_request(host, conn, id, message) {
            match id {
                request::MCAST => log!(host, "CPG", Info, "invalid message of {} bytes dropped", message.len()),
                _ => answer(host, conn, 0, Err(error)),
            }
        }
    }

    /// Handles a request; an error is one that its own reply has no place for.
    fn try_request(&mut self, host: &mut dyn Host, conn: ConnId, id: i32, message: &[u8]) -> Result<(), CsError> {
        match id {
            request::JOIN => {
                let (join, _) = read(message)?;
                let result = self.join(host, conn, &join);
                answer(host, conn, response::JOIN, result);
            }
            request::LEAVE => {
                let _: (LeaveRequest, _) = read(message)?;
                let result = self.leave(host, conn);
                answer(host, conn, response::LEAVE, result);
            }
            request::MCAST => self.mcast(host, conn, message)?,
            request::PARTIAL_MCAST => self.partial_mcast(host, conn, message)?,
            request::MEMBERSHIP => self.membership(host, conn, message)?,
            request::LOCAL_GET => local_get(host, conn),
            request::ITERATION_INITIALIZE => self.iteration_initialize(host, conn, message)?,
            request::ITERATION_NEXT => self.iteration_next(host, conn, message)?,
            request::ITERATION_FINALIZE => {
                let (finalize, _): (IterationRequest, _) = read(message)?;
                let result = self.iterations.finish(conn, finalize.handle);
                answer(host, conn, response::ITERATION_FINALIZE, result);
            }
            request::FINALIZE => {
                log!(host, "CPG", Debug, "cpg finalize for conn={}", conn.0);
                self.client(conn)?.finalized = true;
                answer(host, conn, response::FINALIZE, Ok(()));
            }
            request::ZC_ALLOC => {
                let (alloc, _): (ZcAllocRequest, _) = read(message)?;
                let result = self.buffers.alloc(host, conn, &alloc.path, alloc.map_size);
                answer(host, conn, 0, result);
            }
            request::ZC_FREE => {
                let (free, _): (ZcFreeRequest, _) = read(message)?;
                self.buffers.free(host, conn, free.server_address);
                answer(host, conn, 0, Ok(()));
            }
            request::ZC_EXECUTE => {
                let (execute, _): (ZcExecuteRequest, _) = read(message)?;
                let result = self.execute(host, conn, execute.server_address);
                answer(host, conn, response::MCAST, result);
            }
            _ => return Err(CsError::InvalidParam),
        }
        Ok(())
    }

    fn client(&mut self, conn: ConnId) -> Result<&mut Client, CsError> {
        self.clients.by_conn.get_mut(&conn).ok_or(CsError::Library)
    }

    fn join(&mut self, host: &mut dyn Host, conn: ConnId, join: &JoinRequest) -> Result<(), CsError> {
        let mut others = self.clients.by_conn.values().filter(|client| !client.finalized);
        if others.any(|client| client.pid == join.pid && client.group.is(&join.group)) {
            return Err(CsError::Exist);
        }
        // a process of that number ended and its leave is still on its way
        if self.processes.has(host.nodeid(), join.pid, &join.group) {
            return Err(CsError::TryAgain);
        }
        join.group.get().ok_or(CsError::NameTooLong)?;
        let members = self.clients.by_conn.values().filter(|client| client.is_member()).count();
        let client = self.client(conn)?;
        match client.state {
            State::Leaving => return Err(CsError::Busy),
            State::Joining | State::Joined => return Err(CsError::Exist),
            State::Unjoined if members >= LOCAL_MAX => return Err(CsError::NoResources),
            State::Unjoined => {}
        }
        Cpg::announce(host, message::PROCJOIN, join.pid, &join.group, reason::JOIN)?;
        client.state = State::Joining;
        client.pid = join.pid;
        client.group = join.group;
        client.wants_totem_conf = join.flags & FLAG_INITIAL_TOTEM_CONF != 0;
        Ok(())
    }

    fn leave(&mut self, host: &mut dyn Host, conn: ConnId) -> Result<(), CsError> {
        log!(host, "CPG", Debug, "got leave request on {}", conn.0);
        let client = self.client(conn)?;
        match client.state {
            State::Unjoined | State::Leaving => return Err(CsError::NotExist),
            State::Joining => return Err(CsError::Busy),
            State::Joined => {}
        }
        Cpg::announce(host, message::PROCLEAVE, client.pid, &client.group, reason::LEAVE)?;
        client.state = State::Leaving;
        Ok(())
    }

    fn mcast(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let (mcast, rest): (McastRequest, _) = read(message)?;
        let payload = rest.get(..mcast.msglen as usize).ok_or(CsError::InvalidParam)?;
        let client = self.client(conn)?;
        if !client.is_member() {
            complain(host, conn, client, CsError::NotExist);
        } else if send(host, conn, client, payload).is_err() {
            // its sender was told that it is on its way: better no connection than a silent gap
            log!(host, "CPG", Error, "no room for a message of {} bytes, connection {} closed", payload.len(), conn.0);
            host.disconnect(conn);
        }
        Ok(())
    }

    fn partial_mcast(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let (request, rest): (PartialMcastRequest, _) = read(message)?;
        let payload = rest.get(..request.fraglen as usize).ok_or(CsError::InvalidParam)?;
        let client = self.client(conn)?;
        if request.part == partial::FIRST {
            client.fragments_since = client.changes;
        }
        let result = if client.changes != client.fragments_since {
            Err(CsError::Interrupt)
        } else if client.is_member() {
            send_part(host, conn, client, &request, payload)
        } else {
            Err(CsError::NotExist)
        };
        if let Err(error @ (CsError::Interrupt | CsError::NotExist)) = result {
            complain(host, conn, client, error);
        }
        answer(host, conn, response::PARTIAL_SEND, result);
        Ok(())
    }

    fn execute(&mut self, host: &mut dyn Host, conn: ConnId, buffer: u64) -> Result<(), CsError> {
        let client = self.clients.by_conn.get(&conn).filter(|client| client.is_member()).ok_or(CsError::NotExist)?;
        let payload = self.buffers.message(host, conn, buffer)?;
        send(host, conn, client, payload)
    }

    fn membership(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let (request, _): (MembershipRequest, _) = read(message)?;
        let mut reply = MembershipResponse {
            header: ResponseHeader::new(response::MEMBERSHIP, size_of::<MembershipResponse>(), OK),
            count: 0,
            pad: 0,
            members: [Address::default(); MEMBERSHIP_MAX],
        };
        for (place, process) in reply.members.iter_mut().zip(self.processes.members(&request.group)) {
            *place = process.address(0);
            reply.count += 1;
        }
        host.respond(conn, &[reply.as_bytes()]);
        Ok(())
    }

    fn iteration_initialize(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        log!(host, "CPG", Debug, "cpg iteration initialize");
        let (request, _): (IterationInitializeRequest, _) = read(message)?;
        let handle = self.iterations.start(conn, &self.processes, request.kind, &request.group);
        let size = size_of::<IterationInitializeResponse>();
        let header = ResponseHeader::new(response::ITERATION_INITIALIZE, size, CsError::code(handle));
        let reply = IterationInitializeResponse { header, handle: handle.unwrap_or(0) };
        host.respond(conn, &[reply.as_bytes()]);
        Ok(())
    }

    fn iteration_next(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        log!(host, "CPG", Debug, "cpg iteration next");
        let (request, _): (IterationRequest, _) = read(message)?;
        let item = self.iterations.next(conn, request.handle);
        let size = size_of::<IterationNextResponse>();
        let header = ResponseHeader::new(response::ITERATION_NEXT, size, CsError::code(item));
        let reply = match item {
            Ok(item) => IterationNextResponse { header, group: item.group, nodeid: item.node.0, pid: item.pid },
            Err(_) => IterationNextResponse {
                header,
                group: GroupName { length: 0, pad: 0, value: [0; crate::wire::NAME_MAX] },
                nodeid: 0,
                pid: 0,
            },
        };
        host.respond(conn, &[reply.as_bytes()]);
        Ok(())
    }
}

fn complain(host: &mut dyn Host, conn: ConnId, client: &Client, error: CsError) {
    let (group, state, error) = (client.group, client.state as u8, error as i32);
    log!(host, "CPG", Error, "*** {} can't mcast to group {group} state:{state}, error:{error}", conn.0);
}

fn local_get(host: &mut dyn Host, conn: ConnId) {
    let header = ResponseHeader::new(response::LOCAL_GET, size_of::<LocalGetResponse>(), OK);
    let reply = LocalGetResponse { header, nodeid: host.nodeid().0, pad: 0 };
    host.respond(conn, &[reply.as_bytes()]);
}

/// Multicasts a message of a client to its group.
fn send(host: &mut dyn Host, conn: ConnId, client: &Client, payload: &[u8]) -> Result<(), CsError> {
    let mcast = Mcast {
        group: client.group,
        msglen: payload.len() as u32,
        pad0: 0,
        pid: client.pid,
        pad1: 0,
        source: MessageSource { nodeid: host.nodeid().0, pad: 0, conn: conn.0 },
    };
    host.multicast(ServiceId::Cpg, message::MCAST, Guarantee::Agreed, &[mcast.as_bytes(), payload])
}

fn send_part(
    host: &mut dyn Host,
    conn: ConnId,
    client: &Client,
    request: &PartialMcastRequest,
    payload: &[u8],
) -> Result<(), CsError> {
    let mcast = PartialMcast {
        group: client.group,
        msglen: request.msglen,
        pad0: 0,
        fraglen: request.fraglen,
        pad1: 0,
        pid: client.pid,
        pad2: 0,
        part: request.part,
        pad3: 0,
        source: MessageSource { nodeid: host.nodeid().0, pad: 0, conn: conn.0 },
    };
    host.multicast(ServiceId::Cpg, message::PARTIAL_MCAST, Guarantee::Agreed, &[mcast.as_bytes(), payload])
}
