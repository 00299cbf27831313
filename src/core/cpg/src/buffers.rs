//! Zero-copy buffers: files that a client maps and the daemon reads.

use crate::wire::ipc::{McastRequest, ZC_PATH_MAX, ZcHeader};
use core_service::Host;
use core_types::{ConnId, CsError, MESSAGE_SIZE_MAX};
use std::collections::BTreeMap;
use std::mem::offset_of;
use zerocopy::{FromBytes, IntoBytes};

/// Most buffers of one connection, and of all connections: each holds a descriptor.
const BUFFERS_MAX: usize = 64;
const BUFFERS_TOTAL_MAX: usize = 256;

/// All buffers, by the number under which both sides know them; and room for a message from one.
#[derive(Default)]
pub(crate) struct Buffers {
    owners: BTreeMap<u64, ConnId>,
    last: u64,
    message: Vec<u8>,
}

impl Buffers {
    /// Takes a client's file over and writes the buffer's number into it.
    pub(crate) fn alloc(
        &mut self,
        host: &mut dyn Host,
        conn: ConnId,
        path: &[u8; ZC_PATH_MAX],
        size: u64,
    ) -> Result<(), CsError> {
        let length = path.iter().position(|&byte| byte == 0).ok_or(CsError::InvalidParam)?;
        let size = usize::try_from(size).map_err(|_| CsError::InvalidParam)?;
        let own = self.owners.values().filter(|&&owner| owner == conn).count();
        if own >= BUFFERS_MAX || self.owners.len() >= BUFFERS_TOTAL_MAX {
            return Err(CsError::NoResources);
        }
        let buffer = self.last + 1;
        host.buffer_open(conn, buffer, &path[..length], size)?;
        self.last = buffer;
        if let Err(error) = host.buffer_write(buffer, offset_of!(ZcHeader, server_address), buffer.as_bytes()) {
            host.buffer_close(buffer);
            return Err(error);
        }
        self.owners.insert(buffer, conn);
        Ok(())
    }

    /// The message in a buffer, copied out: its owner may change the buffer at any time.
    pub(crate) fn message(&mut self, host: &mut dyn Host, conn: ConnId, buffer: u64) -> Result<&[u8], CsError> {
        if self.owners.get(&buffer) != Some(&conn) {
            return Err(CsError::InvalidParam);
        }
        let mut head = [0; size_of::<McastRequest>()];
        host.buffer_read(buffer, size_of::<ZcHeader>(), &mut head)?;
        let head = McastRequest::read_from_bytes(&head).map_err(|_| CsError::InvalidParam)?;
        let length = head.msglen as usize;
        if length > MESSAGE_SIZE_MAX {
            return Err(CsError::TooBig);
        }
        self.message.resize(length, 0);
        host.buffer_read(buffer, size_of::<ZcHeader>() + size_of::<McastRequest>(), &mut self.message)?;
        Ok(&self.message)
    }

    /// Forgets a buffer of a connection.
    pub(crate) fn free(&mut self, host: &mut dyn Host, conn: ConnId, buffer: u64) {
        if self.owners.get(&buffer) == Some(&conn) {
            self.owners.remove(&buffer);
            host.buffer_close(buffer);
        }
    }

    /// Forgets all buffers of a connection.
    pub(crate) fn forget(&mut self, host: &mut dyn Host, conn: ConnId) {
        self.owners.retain(|&buffer, &mut owner| {
            if owner == conn {
                host.buffer_close(buffer);
            }
            owner != conn
        });
    }
}
