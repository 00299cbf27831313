//! Users, groups, the node's name, names and addresses of machines.

use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use nix::sys::socket::SockaddrStorage;
use nix::sys::socket::{SockaddrIn, SockaddrIn6, SockaddrLike};
use nix::unistd::{Group, Uid, User};
use std::ffi::{CStr, CString};
use std::net::{IpAddr, SocketAddr};
use std::ptr;

/// Which addresses a name is to be resolved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
    /// Both.
    Any,
}

/// A user's id.
pub fn user_id(name: &str) -> Result<Option<u32>, Errno> {
    Ok(User::from_name(name)?.map(|user| user.uid.as_raw()))
}

/// A user's id, and that of its group.
pub fn user_ids(name: &str) -> Result<Option<(u32, u32)>, Errno> {
    Ok(User::from_name(name)?.map(|user| (user.uid.as_raw(), user.gid.as_raw())))
}

/// A group's id.
pub fn group_id(name: &str) -> Result<Option<u32>, Errno> {
    Ok(Group::from_name(name)?.map(|group| group.gid.as_raw()))
}

/// A user's name.
pub fn user_name(id: u32) -> Result<Option<String>, Errno> {
    Ok(User::from_uid(Uid::from_raw(id))?.map(|user| user.name))
}

/// Whether the group database lists a user as a member of a group. The group that it is in at login isn't looked at.
pub fn is_listed_in_group(user: &str, group: &str) -> bool {
    Group::from_name(group).ok().flatten().is_some_and(|group| group.mem.iter().any(|member| member == user))
}

/// The node's name (`uname -n`).
pub fn node_name() -> Option<String> {
    let name = nix::sys::utsname::uname().ok()?;
    name.nodename().to_str().map(str::to_owned)
}

/// The addresses of all interfaces, in the kernel's order.
pub fn local_addresses() -> Result<Vec<IpAddr>, Errno> {
    Ok(getifaddrs()?.filter_map(|interface| ip(&interface.address?)).collect())
}

/// An address of this host, with what its device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// Which of its bits are the network's.
    pub netmask: IpAddr,
    /// Whether the device is switched on.
    pub up: bool,
    /// The device's index.
    pub index: u32,
}

/// The addresses of all interfaces with their networks, in the system's order.
pub fn interface_addresses() -> Result<Vec<InterfaceAddress>, Errno> {
    let addresses = getifaddrs()?.filter_map(|interface| {
        Some(InterfaceAddress {
            address: ip(&interface.address?)?,
            netmask: ip(&interface.netmask?)?,
            up: interface.flags.contains(InterfaceFlags::IFF_UP),
            index: if_nametoindex(interface.interface_name.as_str()).unwrap_or(0),
        })
    });
    Ok(addresses.collect())
}

fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
}

/// The addresses of a name, or of an address as text, in the resolver's order, without repetition; empty when it has
/// none.
pub fn resolve(name: &str, family: Family) -> Vec<IpAddr> {
    let Ok(name) = CString::new(name) else { return Vec::new() };
    // SAFETY: addrinfo is plain data for which all zeros is the documented empty hint (getaddrinfo(3)).
    let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
    hints.ai_family = match family {
        Family::V4 => libc::AF_INET,
        Family::V6 => libc::AF_INET6,
        Family::Any => libc::AF_UNSPEC,
    };
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_protocol = libc::IPPROTO_UDP;
    let mut list = ptr::null_mut();
    // SAFETY: the name is NUL-terminated, the hints are initialised, `list` may be written; all outlive the call.
    if unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut list) } != 0 {
        return Vec::new();
    }
    let mut addresses = Vec::new();
    let mut entry = list;
    // SAFETY: getaddrinfo(3) gave a list of valid entries that ends with a null pointer; it is freed below.
    while let Some(found) = unsafe { entry.as_ref() } {
        // SAFETY: ai_addr points to ai_addrlen bytes of a socket address of its family (getaddrinfo(3)).
        let v4 = unsafe { SockaddrIn::from_raw(found.ai_addr, Some(found.ai_addrlen)) };
        // SAFETY: as above.
        let v6 = unsafe { SockaddrIn6::from_raw(found.ai_addr, Some(found.ai_addrlen)) };
        let address = v4.map(|v4| IpAddr::V4(v4.ip())).or(v6.map(|v6| IpAddr::V6(v6.ip())));
        addresses.extend(address.filter(|address| !addresses.contains(address)));
        entry = found.ai_next;
    }
    // SAFETY: the list came from getaddrinfo(3) and nothing refers to it any more.
    unsafe { libc::freeaddrinfo(list) };
    addresses
}

/// The name of an address, or the address as text where it has none.
pub fn name_of(address: IpAddr) -> Option<String> {
    let mut name = [0u8; libc::NI_MAXHOST as usize];
    let found = match SocketAddr::new(address, 0) {
        SocketAddr::V4(v4) => name_into(&SockaddrIn::from(v4), &mut name),
        SocketAddr::V6(v6) => name_into(&SockaddrIn6::from(v6), &mut name),
    };
    let name = CStr::from_bytes_until_nul(&name).ok().filter(|_| found)?;
    name.to_str().ok().map(str::to_owned)
}

fn name_into(address: &impl SockaddrLike, name: &mut [u8]) -> bool {
    let room = name.len() as libc::socklen_t;
    // SAFETY: the address is `len()` bytes long, the buffer `room` bytes; no service name is asked for.
    let result = unsafe {
        libc::getnameinfo(address.as_ptr(), address.len(), name.as_mut_ptr().cast(), room, ptr::null_mut(), 0, 0)
    };
    result == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_resolve_to_themselves() {
        assert_eq!(resolve("127.0.0.1", Family::Any), ["127.0.0.1".parse::<IpAddr>().unwrap()]);
        assert!(resolve("127.0.0.1", Family::V6).is_empty());
        assert!(resolve("a\0b", Family::Any).is_empty());
    }

    #[test]
    fn root_is_0() {
        assert_eq!((user_id("root"), group_id("root")), (Ok(Some(0)), Ok(Some(0))));
        assert_eq!(user_id("no such user"), Ok(None));
        assert_eq!((user_ids("root"), user_ids("no such user")), (Ok(Some((0, 0))), Ok(None)));
        assert_eq!(user_name(0), Ok(Some("root".to_owned())));
        assert!(!is_listed_in_group("root", "no such group"));
    }

    #[test]
    fn this_machine_has_a_name() {
        assert!(node_name().is_some_and(|name| !name.is_empty()));
        assert!(local_addresses().is_ok());
    }
}
