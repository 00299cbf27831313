//! Readiness for systemd (`sd_notify(3)`), without its library.

use std::env;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Tells the service manager, if there is one, that the daemon is ready. Nobody can do anything about a failure.
pub fn notify_ready() {
    if let Some(name) = env::var_os("NOTIFY_SOCKET") {
        let _nobody_cares = send(name.as_bytes());
    }
}

fn send(name: &[u8]) -> std::io::Result<usize> {
    let address = match name {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        name => SocketAddr::from_pathname(std::ffi::OsStr::from_bytes(name))?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(b"READY=1", &address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reaches_an_abstract_socket() {
        let name = format!("@systole-ready-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name.as_bytes()[1..]).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        send(name.as_bytes()).unwrap();
        let mut text = [0; 16];
        let length = socket.recv(&mut text).unwrap();
        assert_eq!(&text[..length], b"READY=1");
    }
}
