//! Which client requests are handled now (`corosync_sending_allowed`, `cs_ipcs_msg_process`).

use crate::{Engine, Shell};
use core_service::{FlowControl, log};
use core_totem::Refused;
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, ServiceId};
use zerocopy::{FromBytes, IntoBytes};

/// What became of a client's request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It was handled or answered; the next one may come.
    Handled,
    /// It must be given again, before any other of this client, once [`Engine::has_room`] says so.
    Later,
}

/// How much longer a service's multicast may be than the client's request for it, in bytes.
const MULTICAST_MARGIN: usize = 256;

enum Verdict {
    Handle,
    Refuse(CsError),
    /// Refuse without a word: its sender waits for none, and would take one for the answer to its next request.
    Drop(CsError),
    Later,
}

impl Engine {
    /// A client's request, as it came out of its ring. Call [`Engine::run`] after a batch of them.
    pub fn client_request(&mut self, shell: &mut dyn Shell, conn: ConnId, message: &[u8]) -> Admission {
        let Some(&service) = self.state.connections.get(&conn) else { return Admission::Handled };
        let Some(header) = well_formed(message) else {
            refuse(shell, conn, CsError::InvalidParam);
            return Admission::Handled;
        };
        match self.verdict(shell, conn, service, header.id, message.len()) {
            Verdict::Later => return Admission::Later,
            Verdict::Refuse(error) => refuse(shell, conn, error),
            Verdict::Drop(error) => {
                shell.refused(conn, error);
                let (id, size) = (header.id, message.len());
                log!(shell, "MAIN", Info, "*** invalid message! service:{} id:{id} size:{size}", service.name());
            }
            Verdict::Handle => {
                if service == ServiceId::Cmap {
                    self.state.counters.publish(&mut self.state.map);
                }
                self.with(shell, service, |service, local| service.request(local, conn, header.id as u32, message));
                self.settle(shell);
            }
        }
        Admission::Handled
    }

    /// Whether a request that was put off could be handled now.
    pub fn has_room(&self) -> bool {
        !self.state.syncing && self.state.totem.room(core_types::MESSAGE_SIZE_MAX + MULTICAST_MARGIN)
    }

    fn verdict(&mut self, shell: &dyn Shell, conn: ConnId, id: ServiceId, request: i32, size: usize) -> Verdict {
        let Some(service) = &self.services[id as usize] else { return Verdict::Refuse(CsError::NotExist) };
        let kind = usize::try_from(request).ok().and_then(|request| service.requests().get(request));
        let Some(&flow_control) = kind else { return Verdict::Refuse(CsError::InvalidParam) };
        let reserved = self.state.totem.reserve(size + MULTICAST_MARGIN);
        match (&reserved, flow_control) {
            (Ok(frames), _) => self.state.totem.release(*frames),
            (Err(Refused::TooBig), FlowControl::Patient) => return Verdict::Drop(CsError::InvalidParam),
            (Err(Refused::TooBig), _) => return Verdict::Refuse(CsError::InvalidParam),
            (Err(Refused::TryAgain), _) => {}
        }
        if !self.state.quorate && !service.serves_inquorate() {
            return Verdict::Refuse(CsError::TryAgain);
        }
        let room = !self.state.syncing && reserved.is_ok();
        match flow_control {
            FlowControl::NotRequired => Verdict::Handle,
            FlowControl::Patient if shell.is_behind(conn) => Verdict::Later,
            _ if room => Verdict::Handle,
            FlowControl::Required => Verdict::Refuse(CsError::TryAgain),
            FlowControl::Patient => Verdict::Later,
        }
    }
}

fn well_formed(message: &[u8]) -> Option<RequestHeader> {
    let (header, _) = RequestHeader::read_from_prefix(message).ok()?;
    (usize::try_from(header.size).ok()? == message.len()).then_some(header)
}

fn refuse(shell: &mut dyn Shell, conn: ConnId, error: CsError) {
    shell.refused(conn, error);
    let header = ResponseHeader::new(0, size_of::<ResponseHeader>(), error as i32);
    shell.respond(conn, &[header.as_bytes()]);
}
