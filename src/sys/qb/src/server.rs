//! A listening service.

use crate::address;
use crate::handshake::Handshake;
use core_qb::TransportType;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, accept4, bind, listen, setsockopt, socket, sockopt,
};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;

/// A service's socket. Dropping it ends the service for new clients.
#[derive(Debug)]
pub struct Server {
    service: String,
    transport: TransportType,
    socket: OwnedFd,
    file: Option<String>,
}

impl Server {
    /// Listens as the service of that name; its clients' messages travel that way. `AddrInUse` when somebody else
    /// listens.
    pub fn bind(service: &str, transport: TransportType) -> io::Result<Server> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        let file = address::uses_files().then(|| address::file(service));
        if let Some(file) = &file {
            let _gone = std::fs::remove_file(file);
        }
        bind(socket.as_raw_fd(), &address::of_service(service)?)?;
        if let Some(file) = &file {
            // who may connect is decided by credentials
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o777))?;
        }
        setsockopt(&socket, sockopt::PassCred, &true)?;
        listen(&socket, Backlog::MAXCONN)?;
        Ok(Server { service: service.to_owned(), transport, socket, file })
    }

    /// Readable when somebody connects.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// The next one who connects; `None` when nobody does.
    pub fn accept(&self) -> io::Result<Option<Handshake>> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        match accept4(self.socket.as_raw_fd(), flags) {
            Ok(fd) => {
                // SAFETY: a descriptor that accept4(2) just made and nobody else has
                let socket = unsafe { OwnedFd::from_raw_fd(fd) };
                Ok(Some(Handshake::new(&self.service, self.transport, socket)?))
            }
            Err(Errno::EAGAIN | Errno::EINTR | Errno::ECONNABORTED) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            let _gone = std::fs::remove_file(file);
        }
    }
}
