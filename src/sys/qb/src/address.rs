//! Where services listen: abstract sockets, or files where the administrator wants that.

use nix::sys::socket::UnixAddr;
use std::path::Path;

/// Where this file exists, libqb uses sockets in the file system (its build-time `FORCESOCKETSFILE`).
const FORCE_FILES: &str = "/etc/libqb/force-filesystem-sockets";
/// Where they are then (`SOCKETDIR`, as Debian builds libqb).
const SOCKET_DIR: &str = "/tmp";
/// Bytes of a socket address's path; libqb binds abstract names at this length, filled up with NULs.
const PATH_LEN: usize = 108;

/// Whether sockets are files here.
pub(crate) fn uses_files() -> bool {
    Path::new(FORCE_FILES).exists()
}

/// The path of a service's socket when it is a file.
pub(crate) fn file(service: &str) -> String {
    format!("{SOCKET_DIR}/{service}")
}

/// The address of a service's socket.
pub(crate) fn of_service(service: &str) -> nix::Result<UnixAddr> {
    if uses_files() { UnixAddr::new(file(service).as_str()) } else { abstract_name(service) }
}

/// The address of a datagram socket: always abstract, as its name is a path already.
pub(crate) fn of_datagrams(base: &str, name: &str) -> nix::Result<UnixAddr> {
    abstract_name(&format!("{base}-{name}"))
}

fn abstract_name(name: &str) -> nix::Result<UnixAddr> {
    let mut padded = [0; PATH_LEN - 1];
    let room = padded.get_mut(..name.len()).ok_or(nix::errno::Errno::ENAMETOOLONG)?;
    room.copy_from_slice(name.as_bytes());
    UnixAddr::new_abstract(&padded)
}
