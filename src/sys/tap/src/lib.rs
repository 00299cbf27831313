//! TAP devices (Linux `Documentation/networking/tuntap.rst`): an Ethernet device whose cable ends in a file descriptor.

use nix::fcntl::{OFlag, open};
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::thread;

/// The device that makes others.
pub const DEVICE: &str = "/dev/net/tun";

nix::ioctl_write_ptr_bad!(
    /// Turns a descriptor into the far end of an interface.
    set_interface,
    libc::TUNSETIFF,
    libc::ifreq
);

/// The far end of a virtual host's network device. Dropping it takes the device away.
#[derive(Debug)]
pub struct Tap(File);

impl Tap {
    /// Makes the device `name` in a network namespace (an open `/proc/PID/ns/net`). Needs root.
    pub fn create(namespace: OwnedFd, name: &str) -> io::Result<Tap> {
        let name = name.to_owned();
        inside(namespace, move || {
            let request = request(&name)?;
            let file = open(DEVICE, OFlag::O_RDWR | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC, Mode::empty())?;
            // SAFETY: an open descriptor and the structure that this request reads, its name ended by a NUL
            unsafe { set_interface(file.as_raw_fd(), &request) }?;
            Ok(Tap(File::from(file)))
        })
    }

    /// Takes a frame that the host sent; `None` when there is none now. One longer than `buffer` is cut.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match (&self.0).read(buffer) {
            Ok(length) => Ok(Some(&buffer[..length])),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hands the host a frame.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        (&self.0).write(frame).map(drop)
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Does something in a network namespace, such as opening a socket, which stays there. Needs root.
pub fn inside<T: Send + 'static>(
    namespace: OwnedFd,
    action: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    // A thread's namespace is its own: one that ends afterwards has nothing to restore.
    let thread = thread::spawn(move || {
        setns(namespace, CloneFlags::CLONE_NEWNET)?;
        action()
    });
    thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread in another network namespace panicked")))
}

/// What `TUNSETIFF` takes: plain Ethernet frames, no header before them.
fn request(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: a C structure of integers and a union of such: all zeroes is a value of it
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.is_empty() || name.len() >= request.ifr_name.len() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{name:?} is no interface name")));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([from]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TAP | libc::IFF_NO_PI) as libc::c_short;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_too_long_for_the_kernel_is_refused() {
        assert!(request("e0").is_ok());
        assert!(request("0123456789abcdef").is_err());
        assert!(request("").is_err());
    }
}
