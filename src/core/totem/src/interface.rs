//! The network interface below UDP: which one it is, and what happens when it goes down and up again.
//!
//! Counterparts: `totemip_iface_check` (`totemip.c`), `timer_function_netif_check_timeout` (`totemudp.c`), 3.1.7. A host
//! whose interface is down binds to the loopback address, so that it forms a ring of its own, and comes back.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The address.
    pub address: IpAddr,
    /// Which of its bits are the network's.
    pub netmask: IpAddr,
    /// Whether its device is switched on.
    pub up: bool,
    /// The device's index.
    pub index: u32,
}

/// Sockets are to be made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebind {
    /// Where to bind.
    pub to: Interface,
    /// What to log at level notice when the interface's state changed; the ring forms anew then.
    pub news: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Nowhere,
    Regular,
    Loopback,
}

/// Watches the interface of a network.
#[derive(Clone, Debug)]
pub struct Watch {
    network: IpAddr,
    bound: Bound,
    told_up: bool,
    told_down: bool,
}

impl Watch {
    /// Watches the interface with this address, or else the first one in its network.
    pub fn new(network: IpAddr) -> Watch {
        Watch { network, bound: Bound::Nowhere, told_up: false, told_down: false }
    }

    /// Whether the sockets are bound to the network.
    pub fn is_regular(&self) -> bool {
        self.bound == Bound::Regular
    }

    /// Every `downcheck` milliseconds. A ring of several is left in peace: lost tokens tell of its interface.
    pub fn tick(&mut self, interfaces: &[Interface], alone: bool) -> Option<Rebind> {
        if self.bound == Bound::Regular && !alone { None } else { self.check(interfaces, alone) }
    }

    /// The token was lost. `alone` is whether the ring has this node only.
    pub fn check(&mut self, interfaces: &[Interface], alone: bool) -> Option<Rebind> {
        let found = find(interfaces, self.network).filter(|interface| interface.up);
        match (self.bound, found) {
            (Bound::Loopback, None) => return None,
            (Bound::Regular, Some(_)) if alone => return None,
            _ => {}
        }
        let Some(&to) = found else {
            let to = *find(interfaces, loopback(self.network))?;
            self.bound = Bound::Loopback;
            self.told_up = false;
            let first = !std::mem::replace(&mut self.told_down, true);
            return Some(Rebind { to, news: first.then(|| "The network interface is down.".to_owned()) });
        };
        self.bound = Bound::Regular;
        self.told_down = false;
        let first = !std::mem::replace(&mut self.told_up, true);
        let news = first.then(|| format!("The network interface [{}] is now up.", to.address));
        Some(Rebind { to, news })
    }

    /// The sockets could not be made: the next tick tries again.
    pub fn failed(&mut self) {
        self.bound = Bound::Nowhere;
    }
}

fn loopback(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() }
}

/// The interface with that address, or else the first one in its network.
fn find(interfaces: &[Interface], network: IpAddr) -> Option<&Interface> {
    let same_network = |interface: &&Interface| match (network, interface.address, interface.netmask) {
        (IpAddr::V4(one), IpAddr::V4(two), IpAddr::V4(mask)) => one & mask == two & mask,
        (IpAddr::V6(one), IpAddr::V6(two), IpAddr::V6(mask)) => one & mask == two & mask,
        _ => false,
    };
    let exact = interfaces.iter().find(|interface| interface.address == network);
    exact.or_else(|| interfaces.iter().find(same_network))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(address: &str, netmask: &str, up: bool, index: u32) -> Interface {
        Interface { address: address.parse().unwrap(), netmask: netmask.parse().unwrap(), up, index }
    }

    fn host(up: bool) -> [Interface; 4] {
        [
            interface("127.0.0.1", "255.0.0.0", true, 1),
            interface("10.1.0.7", "255.255.255.0", true, 2),
            interface("10.2.0.7", "255.255.255.0", up, 3),
            interface("10.2.0.8", "255.255.255.0", up, 3),
        ]
    }

    #[test]
    fn an_address_or_its_network_is_found() {
        let host = host(true);
        let found = |network: &str| find(&host, network.parse().unwrap()).map(|found| found.address.to_string());
        assert_eq!(found("10.2.0.8").as_deref(), Some("10.2.0.8"));
        assert_eq!(found("10.2.0.0").as_deref(), Some("10.2.0.7"));
        assert_eq!((found("10.3.0.0"), found("fe80::1")), (None, None));
    }

    #[test]
    fn down_and_up_are_told_once_each() {
        let mut watch = Watch::new("10.2.0.0".parse().unwrap());
        let bound = |rebind: Option<Rebind>| rebind.map(|rebind| (rebind.to.index, rebind.news));
        let up = || Some("The network interface [10.2.0.7] is now up.".to_owned());
        assert_eq!(bound(watch.check(&host(true), true)), Some((3, up())));
        assert_eq!(watch.tick(&host(true), true), None);
        let down = Some("The network interface is down.".to_owned());
        assert_eq!(bound(watch.tick(&host(false), true)), Some((1, down)));
        assert!(!watch.is_regular());
        assert_eq!(watch.tick(&host(false), true), None);
        assert_eq!(bound(watch.tick(&host(true), true)), Some((3, up())));
    }

    #[test]
    fn a_ring_of_several_binds_again_when_the_token_is_lost() {
        let mut watch = Watch::new("10.2.0.0".parse().unwrap());
        watch.check(&host(true), true);
        assert_eq!(watch.tick(&host(false), false), None);
        assert_eq!(watch.check(&host(true), false), Some(Rebind { to: host(true)[2], news: None }));
        watch.failed();
        assert!(watch.tick(&host(true), false).is_some());
    }
}
