//! The handle: nodes, links, crypto, compression, and the descriptor that frames go through.

use crate::ffi;
use crate::log::LogReader;
use core_types::NodeId;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::socket::SockaddrStorage;
use std::collections::BTreeSet;
use std::ffi::{c_int, c_uchar, c_void};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How frames are spread over a node's links (`link_mode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The usable link of the highest priority.
    Passive,
    /// All of them at once.
    Active,
    /// All of them in turn.
    RoundRobin,
}

/// What carries a link's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// UDP.
    Udp,
    /// SCTP, where the kernel has it.
    Sctp,
}

/// A link's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// What carries its packets.
    pub protocol: Protocol,
    /// The local end.
    pub local: SocketAddr,
    /// The node's end.
    pub remote: SocketAddr,
}

/// How a link is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pings {
    /// Milliseconds between pings.
    pub interval: u32,
    /// Milliseconds without an answer until the link counts as down.
    pub timeout: u32,
    /// How many samples the average latency covers.
    pub precision: u32,
}

/// A link's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkStatus {
    /// Configured and switched on.
    pub enabled: bool,
    /// The other end answers.
    pub connected: bool,
    /// Its remote address was learnt.
    pub dynamic: bool,
    /// Usable payload, in bytes.
    pub mtu: u32,
}

/// What frames are encrypted and signed with.
#[derive(Clone, Debug)]
pub struct Crypto<'a> {
    /// `nss` or `openssl`.
    pub model: &'a str,
    /// E.g. `aes256`, or `none`.
    pub cipher: &'a str,
    /// E.g. `sha256`, or `none`.
    pub hash: &'a str,
    /// The shared key, 128 to 4096 bytes.
    pub key: &'a [u8],
}

/// What frames are compressed with.
#[derive(Clone, Debug)]
pub struct Compression<'a> {
    /// E.g. `zlib`.
    pub model: &'a str,
    /// As the model understands it.
    pub level: i32,
    /// Smaller frames aren't compressed; 0 is libknet's default.
    pub threshold: u32,
}

/// An open libknet handle. Dropping it removes its links and ends its threads.
#[derive(Debug)]
pub struct Handle {
    raw: NonNull<ffi::knet_handle>,
    data: RawFd,
    nodes: BTreeSet<NodeId>,
    links: BTreeSet<(NodeId, u8)>,
}

/// Where frames have their target: the filter runs in libknet's threads, and a process has one handle.
static TARGET_OFFSET: AtomicUsize = AtomicUsize::new(usize::MAX);

pub(crate) fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

impl Handle {
    /// Opens libknet as node `local`. `target_offset` is where a frame has its target node (a `u32` in memory order,
    /// 0 for all). `fallback` tries again without privileged socket buffers where those are refused.
    pub fn new(local: NodeId, target_offset: usize, fallback: bool) -> io::Result<(Handle, LogReader)> {
        TARGET_OFFSET.store(target_offset, Ordering::Relaxed);
        let id = node_id(local)?;
        let (log, log_in) = nix::unistd::pipe2(OFlag::O_NONBLOCK | OFlag::O_CLOEXEC)?;
        let raw = open(id, &log_in, fallback)?;
        let mut handle = Handle { raw, data: 0, nodes: BTreeSet::new(), links: BTreeSet::new() };
        // libknet writes to the pipe as long as the process lives
        let _kept_open = log_in.into_raw_fd();
        handle.connect()?;
        Ok((handle, LogReader(log)))
    }

    fn connect(&mut self) -> io::Result<()> {
        let (raw, mut channel) = (self.raw.as_ptr(), 0i8);
        // SAFETY: knet_handle_enable_filter(3): a live handle; the function stays for ever and needs no private data
        check(unsafe { ffi::knet_handle_enable_filter(raw, std::ptr::null_mut(), Some(route)) })?;
        // SAFETY: knet_handle_enable_sock_notify(3): likewise
        check(unsafe { ffi::knet_handle_enable_sock_notify(raw, std::ptr::null_mut(), Some(socket_error)) })?;
        // SAFETY: knet_handle_add_datafd(3): both results are writable; 0 asks libknet to make the descriptor
        check(unsafe { ffi::knet_handle_add_datafd(raw, &mut self.data, &mut channel) })
    }

    /// Lets frames flow, or not.
    pub fn set_forwarding(&self, on: bool) -> io::Result<()> {
        // SAFETY: knet_handle_setfwd(3): a live handle
        check(unsafe { ffi::knet_handle_setfwd(self.raw.as_ptr(), on.into()) })
    }

    /// Drops packets of unknown origin, or not.
    pub fn set_access_lists(&self, on: bool) -> io::Result<()> {
        // SAFETY: knet_handle_enable_access_lists(3): a live handle
        check(unsafe { ffi::knet_handle_enable_access_lists(self.raw.as_ptr(), on.into()) })
    }

    /// Seconds between path MTU discoveries.
    pub fn set_mtu_interval(&self, interval: u32) -> io::Result<()> {
        // SAFETY: knet_handle_pmtud_setfreq(3): a live handle
        check(unsafe { ffi::knet_handle_pmtud_setfreq(self.raw.as_ptr(), interval) })
    }

    /// The MTU to use instead of discovering it; 0: discover.
    pub fn set_mtu(&self, mtu: u32) -> io::Result<()> {
        // SAFETY: knet_handle_pmtud_set(3): a live handle
        check(unsafe { ffi::knet_handle_pmtud_set(self.raw.as_ptr(), mtu) })
    }

    /// Loads this under configuration `index` (1 or 2): frames that fit it are understood from now on. With cipher and
    /// hash `none` the configuration is forgotten.
    pub fn set_crypto(&self, crypto: &Crypto<'_>, index: u8) -> io::Result<()> {
        // SAFETY: a plain structure of byte arrays and a length, for which all zero is a value
        let mut config: ffi::knet_handle_crypto_cfg = unsafe { std::mem::zeroed() };
        fill(&mut config.crypto_model, crypto.model)?;
        fill(&mut config.crypto_cipher_type, crypto.cipher)?;
        fill(&mut config.crypto_hash_type, crypto.hash)?;
        let key = config.private_key.get_mut(..crypto.key.len()).ok_or(io::ErrorKind::InvalidInput)?;
        key.copy_from_slice(crypto.key);
        config.private_key_len = crypto.key.len() as u32;
        // SAFETY: knet_handle_crypto_set_config(3): a live handle and a filled structure, which is copied
        let result = check(unsafe { ffi::knet_handle_crypto_set_config(self.raw.as_ptr(), &mut config, index) });
        config.private_key.fill(0);
        std::hint::black_box(&config);
        result
    }

    /// Encrypts and signs what is sent with configuration `index`; 0 sends in clear.
    pub fn use_crypto(&self, index: u8) -> io::Result<()> {
        // SAFETY: knet_handle_crypto_use_config(3): a live handle
        check(unsafe { ffi::knet_handle_crypto_use_config(self.raw.as_ptr(), index) })
    }

    /// Takes clear frames, or drops them.
    pub fn allow_clear(&self, allow: bool) -> io::Result<()> {
        let (yes, no) = (ffi::KNET_CRYPTO_RX_ALLOW_CLEAR_TRAFFIC, ffi::KNET_CRYPTO_RX_DISALLOW_CLEAR_TRAFFIC);
        // SAFETY: knet_handle_crypto_rx_clear_traffic(3): a live handle
        check(unsafe {
            ffi::knet_handle_crypto_rx_clear_traffic(self.raw.as_ptr(), if allow { yes } else { no } as u8)
        })
    }

    /// Compresses frames with this.
    pub fn set_compression(&self, compression: &Compression<'_>) -> io::Result<()> {
        // SAFETY: a plain structure of a byte array and numbers, for which all zero is a value
        let mut config: ffi::knet_handle_compress_cfg = unsafe { std::mem::zeroed() };
        fill(&mut config.compress_model, compression.model)?;
        config.compress_level = compression.level;
        config.compress_threshold = compression.threshold;
        // SAFETY: knet_handle_compress(3): a live handle and a filled structure, which is copied
        check(unsafe { ffi::knet_handle_compress(self.raw.as_ptr(), &mut config) })
    }

    /// Whether a node was added.
    pub fn has_node(&self, node: NodeId) -> bool {
        self.nodes.contains(&node)
    }

    /// Adds a node.
    pub fn add_node(&mut self, node: NodeId) -> io::Result<()> {
        // SAFETY: knet_host_add(3): a live handle
        check(unsafe { ffi::knet_host_add(self.raw.as_ptr(), node_id(node)?) })?;
        self.nodes.insert(node);
        Ok(())
    }

    /// How frames are spread over a node's links.
    pub fn set_policy(&self, node: NodeId, policy: Policy) -> io::Result<()> {
        let policy = match policy {
            Policy::Passive => ffi::KNET_LINK_POLICY_PASSIVE,
            Policy::Active => ffi::KNET_LINK_POLICY_ACTIVE,
            Policy::RoundRobin => ffi::KNET_LINK_POLICY_RR,
        };
        // SAFETY: knet_host_set_policy(3): a live handle
        check(unsafe { ffi::knet_host_set_policy(self.raw.as_ptr(), node_id(node)?, policy as u8) })
    }

    /// Removes a node that has no links.
    pub fn remove_node(&mut self, node: NodeId) -> io::Result<()> {
        // SAFETY: knet_host_remove(3): a live handle
        check(unsafe { ffi::knet_host_remove(self.raw.as_ptr(), node_id(node)?) })?;
        self.nodes.remove(&node);
        Ok(())
    }

    /// Adds a link to a node, switched off.
    pub fn add_link(&mut self, node: NodeId, link: u8, ends: &Ends) -> io::Result<()> {
        let (mut local, mut remote) = (storage(ends.local), storage(ends.remote));
        let transport = match ends.protocol {
            Protocol::Udp => ffi::KNET_TRANSPORT_UDP,
            Protocol::Sctp => ffi::KNET_TRANSPORT_SCTP,
        } as u8;
        let (raw, id, flags) = (self.raw.as_ptr(), node_id(node)?, u64::from(ffi::KNET_LINK_FLAG_TRAFFICHIPRIO));
        // SAFETY: knet_link_set_config(3): a live handle and two addresses, which are copied
        check(unsafe { ffi::knet_link_set_config(raw, id, link, transport, &mut local, &mut remote, flags) })?;
        self.links.insert((node, link));
        Ok(())
    }

    /// Higher is preferred by [`Policy::Passive`].
    pub fn set_priority(&self, node: NodeId, link: u8, priority: u8) -> io::Result<()> {
        // SAFETY: knet_link_set_priority(3): a live handle
        check(unsafe { ffi::knet_link_set_priority(self.raw.as_ptr(), node_id(node)?, link, priority) })
    }

    /// How a link is watched.
    pub fn set_pings(&self, node: NodeId, link: u8, pings: Pings) -> io::Result<()> {
        let (raw, id) = (self.raw.as_ptr(), node_id(node)?);
        let (interval, timeout) = (pings.interval.into(), pings.timeout.into());
        // SAFETY: knet_link_set_ping_timers(3): a live handle
        check(unsafe { ffi::knet_link_set_ping_timers(raw, id, link, interval, timeout, pings.precision) })
    }

    /// Answers in a row until a link counts as up.
    pub fn set_pong_count(&self, node: NodeId, link: u8, count: u8) -> io::Result<()> {
        // SAFETY: knet_link_set_pong_count(3): a live handle
        check(unsafe { ffi::knet_link_set_pong_count(self.raw.as_ptr(), node_id(node)?, link, count) })
    }

    /// Switches a link on or off.
    pub fn enable_link(&self, node: NodeId, link: u8, on: bool) -> io::Result<()> {
        // SAFETY: knet_link_set_enable(3): a live handle
        check(unsafe { ffi::knet_link_set_enable(self.raw.as_ptr(), node_id(node)?, link, on.into()) })
    }

    /// Removes a link that is switched off.
    pub fn remove_link(&mut self, node: NodeId, link: u8) -> io::Result<()> {
        // SAFETY: knet_link_clear_config(3): a live handle
        check(unsafe { ffi::knet_link_clear_config(self.raw.as_ptr(), node_id(node)?, link) })?;
        self.links.remove(&(node, link));
        Ok(())
    }

    /// Every link to another node, by node.
    pub fn links(&self) -> impl Iterator<Item = (NodeId, u8)> + '_ {
        self.links.iter().copied()
    }

    pub(crate) fn raw(&self) -> *mut ffi::knet_handle {
        self.raw.as_ptr()
    }

    pub(crate) fn raw_link_status(&self, node: u16, link: u8) -> io::Result<ffi::knet_link_status> {
        // SAFETY: a plain structure of numbers and byte arrays, for which all zero is a value
        let mut status: ffi::knet_link_status = unsafe { std::mem::zeroed() };
        let size = size_of_val(&status);
        // SAFETY: knet_link_get_status(3): a live handle and a writable structure of that size
        check(unsafe { ffi::knet_link_get_status(self.raw.as_ptr(), node, link, &mut status, size) })?;
        Ok(status)
    }

    /// A link's state.
    pub fn link_status(&self, node: NodeId, link: u8) -> io::Result<LinkStatus> {
        let status = self.raw_link_status(node_id(node)?, link)?;
        Ok(LinkStatus {
            enabled: status.enabled != 0,
            connected: status.connected != 0,
            dynamic: status.dynconnected != 0,
            mtu: status.mtu,
        })
    }

    /// Whether a node answers on any link.
    pub fn is_reachable(&self, node: NodeId) -> io::Result<bool> {
        // SAFETY: a plain structure of numbers, for which all zero is a value
        let mut status: ffi::knet_host_status = unsafe { std::mem::zeroed() };
        // SAFETY: knet_host_get_status(3): a live handle and a writable structure
        check(unsafe { ffi::knet_host_get_status(self.raw.as_ptr(), node_id(node)?, &mut status) })?;
        Ok(status.reachable != 0)
    }

    /// Sends a frame to whom its header names; `WouldBlock` when libknet is behind.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        Ok(nix::sys::socket::send(self.data, frame, nix::sys::socket::MsgFlags::MSG_DONTWAIT).map(|_| ())?)
    }

    /// Receives a frame into `buffer` (at least [`crate::FRAME_MAX`] bytes); `None` when there is none.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match nix::sys::socket::recv(self.data, buffer, nix::sys::socket::MsgFlags::MSG_DONTWAIT) {
            Ok(length) => Ok(Some(&buffer[..length])),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: libknet keeps the descriptor open as long as the handle lives
        unsafe { BorrowedFd::borrow_raw(self.data) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // errors of a link that is already gone don't matter at the end
        let _ = self.set_forwarding(false);
        for (node, link) in std::mem::take(&mut self.links) {
            let _ = self.enable_link(node, link, false);
            let _ = self.remove_link(node, link);
        }
        for node in std::mem::take(&mut self.nodes) {
            let _ = self.remove_node(node);
        }
        let raw = self.raw.as_ptr();
        // SAFETY: knet_handle_remove_datafd(3), knet_handle_free(3): a live handle, not used after this
        unsafe {
            ffi::knet_handle_remove_datafd(raw, self.data);
            ffi::knet_handle_free(raw);
        }
    }
}

fn open(id: u16, log: &OwnedFd, fallback: bool) -> io::Result<NonNull<ffi::knet_handle>> {
    let level = ffi::KNET_LOG_DEBUG as u8;
    let flags = u64::from(ffi::KNET_HANDLE_FLAG_PRIVILEGED);
    // SAFETY: knet_handle_new(3): an open descriptor to log to
    let mut raw = unsafe { ffi::knet_handle_new_ex(id, log.as_raw_fd(), level, flags) };
    if raw.is_null() && fallback && Errno::last() == Errno::ENAMETOOLONG {
        // SAFETY: likewise
        raw = unsafe { ffi::knet_handle_new_ex(id, log.as_raw_fd(), level, 0) };
    }
    NonNull::new(raw).ok_or_else(io::Error::last_os_error)
}

pub(crate) fn node_id(node: NodeId) -> io::Result<u16> {
    u16::try_from(node.0).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "knet's node ids end at 65535"))
}

fn fill(field: &mut [std::ffi::c_char; 16], text: &str) -> io::Result<()> {
    let place = field.get_mut(..text.len()).filter(|_| text.len() < 16).ok_or(io::ErrorKind::InvalidInput)?;
    place.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte as std::ffi::c_char);
    Ok(())
}

fn storage(address: SocketAddr) -> libc::sockaddr_storage {
    let address = SockaddrStorage::from(address);
    // SAFETY: nix's SockaddrStorage is a union of which sockaddr_storage is the widest member
    unsafe { std::mem::transmute_copy(&address) }
}

/// libknet asks for each frame whom it is for.
unsafe extern "C" fn route(
    _private: *mut c_void,
    frame: *const c_uchar,
    length: isize,
    _direction: u8,
    _local: u16,
    _source: u16,
    _channel: *mut i8,
    nodes: *mut u16,
    count: *mut usize,
) -> c_int {
    const DROP: c_int = -1;
    const UNICAST: c_int = 0;
    const MULTICAST: c_int = 1;
    let length = usize::try_from(length).unwrap_or(0);
    // SAFETY: knet_handle_enable_filter(3): the frame is `length` readable bytes
    let frame = unsafe { std::slice::from_raw_parts(frame, length) };
    let at = TARGET_OFFSET.load(Ordering::Relaxed);
    let Some(target) = at.checked_add(4).and_then(|end| frame.get(at..end)) else { return DROP };
    let target = u32::from_ne_bytes([target[0], target[1], target[2], target[3]]);
    // SAFETY: knet_handle_enable_filter(3): room for the nodes and their count
    unsafe {
        match u16::try_from(target) {
            Ok(0) => *count = 0,
            Ok(node) => {
                *nodes = node;
                *count = 1;
            }
            Err(_) => return DROP,
        }
    }
    if target == 0 { MULTICAST } else { UNICAST }
}

/// libknet tells of an error of the data descriptor; its end shows when reading.
unsafe extern "C" fn socket_error(
    _private: *mut c_void,
    _data: c_int,
    _channel: i8,
    _direction: u8,
    _error: c_int,
    _errno: c_int,
) {
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, UdpSocket};
    use std::time::{Duration, Instant};

    fn ends(from: u8, to: u8, port: u16) -> Ends {
        let address = |last| SocketAddr::new(Ipv4Addr::new(127, 0, 0, last).into(), port);
        Ends { protocol: Protocol::Udp, local: address(from), remote: address(to) }
    }

    fn join(handle: &mut Handle, other: NodeId, ends: &Ends) {
        handle.add_node(other).unwrap();
        handle.set_policy(other, Policy::Passive).unwrap();
        handle.add_link(other, 0, ends).unwrap();
        handle.set_pings(other, 0, Pings { interval: 50, timeout: 500, precision: 2048 }).unwrap();
        handle.set_pong_count(other, 0, 1).unwrap();
        handle.enable_link(other, 0, true).unwrap();
    }

    fn receive(handle: &Handle) -> Vec<u8> {
        let (mut buffer, start) = (vec![0; crate::FRAME_MAX], Instant::now());
        while start.elapsed() < Duration::from_secs(10) {
            if let Some(frame) = handle.receive(&mut buffer).unwrap() {
                return frame.to_vec();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no frame in ten seconds");
    }

    #[test]
    fn encrypted_frames_reach_the_node_that_they_name() {
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let key = [7; 128];
        let mut handles = Vec::new();
        for (own, other) in [(1, 2), (2, 1)] {
            let (mut handle, _log) = Handle::new(NodeId(own.into()), 4, true).unwrap();
            let crypto = Crypto { model: "openssl", cipher: "aes256", hash: "sha256", key: &key };
            handle.set_crypto(&crypto, 1).unwrap();
            handle.use_crypto(1).unwrap();
            handle.allow_clear(false).unwrap();
            join(&mut handle, NodeId(other.into()), &ends(own, other, port));
            handle.set_forwarding(true).unwrap();
            handles.push(handle);
        }
        let start = Instant::now();
        while !handles.iter().zip([2, 1]).all(|(handle, other)| handle.is_reachable(NodeId(other)).unwrap()) {
            assert!(start.elapsed() < Duration::from_secs(10), "the nodes don't see each other");
            std::thread::sleep(Duration::from_millis(10));
        }
        handles[0].send(&[b"head".as_slice(), &0u32.to_ne_bytes(), b"to all"].concat()).unwrap();
        assert!(receive(&handles[1]).ends_with(b"to all"));
        handles[1].send(&[b"head".as_slice(), &1u32.to_ne_bytes(), b"to one"].concat()).unwrap();
        assert!(receive(&handles[0]).ends_with(b"to one"));
        assert!(handles[0].link_status(NodeId(2), 0).unwrap().connected);
        let new = Crypto { model: "openssl", cipher: "aes128", hash: "sha1", key: &[9; 200] };
        handles.iter().for_each(|handle| handle.set_crypto(&new, 2).unwrap());
        handles[0].use_crypto(2).unwrap();
        handles[1].send(&[b"head".as_slice(), &1u32.to_ne_bytes(), b"old key"].concat()).unwrap();
        assert!(receive(&handles[0]).ends_with(b"old key"));
        handles[0].send(&[b"head".as_slice(), &2u32.to_ne_bytes(), b"new key"].concat()).unwrap();
        assert!(receive(&handles[1]).ends_with(b"new key"));
        let none = Crypto { model: "none", cipher: "none", hash: "none", key: &[] };
        handles[1].use_crypto(2).unwrap();
        handles[1].set_crypto(&none, 1).unwrap();
        handles[1].enable_link(NodeId(1), 0, false).unwrap();
        handles[1].remove_link(NodeId(1), 0).unwrap();
        handles[1].remove_node(NodeId(1)).unwrap();
        assert!(!handles[1].has_node(NodeId(1)) && handles[1].links().next().is_none());
    }
}
