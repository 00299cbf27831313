//! Questions about nodes and their links.

use crate::service::LOG;
use crate::wire::{self, LinkStatusV1, NodeStatusReply, NodeStatusRequest, NodeStatusV1, RingStatusReply, response};
use core_service::{Host, Link, NodeStatus, log};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError, NodeId};
use std::mem::size_of;
use std::net::IpAddr;
use zerocopy::{FromZeros, IntoBytes};

/// The local node's links (`corosync_cfg_ring_status_get`).
pub(crate) fn ring(host: &mut dyn Host, conn: ConnId) {
    let links = host.transport().links(host.nodeid()).unwrap_or_default();
    let mut answer = RingStatusReply::new_zeroed();
    let result = fill_ring(host, &links, &mut answer);
    answer.header = ResponseHeader::new(response::RING_STATUS, size_of::<RingStatusReply>(), CsError::code(result));
    host.respond(conn, &[answer.as_bytes()]);
}

fn fill_ring(host: &mut dyn Host, links: &[Link], answer: &mut RingStatusReply) -> Result<(), CsError> {
    let links = &links[..links.len().min(wire::INTERFACES_MAX)];
    answer.count = links.len() as u32;
    for (at, link) in links.iter().enumerate() {
        answer.names[at] =
            wire::text_field(&format!("{} {}", link.number, link.address)).ok_or(CsError::NameTooLong)?;
        let Some(status) = wire::text_field(&link.status) else {
            log!(host, LOG, Error, "Status string for interface {at} is too long");
            return Err(CsError::NameTooLong);
        };
        answer.statuses[at] = status;
    }
    Ok(())
}

/// A node's links as the transport sees them (`corosync_cfg_node_status_get`).
pub(crate) fn node(host: &mut dyn Host, conn: ConnId, request: &NodeStatusRequest) {
    let result = host.transport().node_status(NodeId(request.nodeid)).map_err(|_| CsError::FailedOperation);
    let status = match result {
        Ok(status) if request.version == wire::NODE_STATUS_V1 => status,
        Ok(_) => return without_status(host, conn, CsError::NotSupported),
        Err(error) => return without_status(host, conn, error),
    };
    let header = ResponseHeader::new(response::NODE_STATUS, size_of::<NodeStatusReply>(), CsError::code(Ok(())));
    let answer = NodeStatusReply { header, status: status_v1(request.nodeid, &status) };
    host.respond(conn, &[answer.as_bytes()]);
}

/// The short form of the reply: a header and no version (`res_lib_cfg_nodestatusget_version`).
fn without_status(host: &mut dyn Host, conn: ConnId, error: CsError) {
    let header =
        ResponseHeader::new(response::NODE_STATUS, size_of::<wire::NumberReply>(), CsError::code::<()>(Err(error)));
    host.respond(conn, &[wire::NumberReply { header, number: 0, pad: 0 }.as_bytes()]);
}

fn status_v1(nodeid: u32, status: &NodeStatus) -> NodeStatusV1 {
    let mut v1 = NodeStatusV1::new_zeroed();
    (v1.version, v1.nodeid) = (wire::NODE_STATUS_V1, nodeid);
    (v1.reachable, v1.remote, v1.external) = (status.reachable.into(), status.remote.into(), status.external.into());
    (v1.onwire_min, v1.onwire_max, v1.onwire_version) = status.onwire;
    for link in &status.links {
        if let Some(place) = v1.links.get_mut(usize::from(link.number)) {
            *place = LinkStatusV1 {
                enabled: link.enabled.into(),
                connected: link.connected.into(),
                dynconnected: link.dynamic.into(),
                pad: 0,
                mtu: link.mtu,
                source: wire::text_field(&link.source).unwrap_or([0; wire::HOST_MAX]),
                destination: wire::text_field(&link.destination).unwrap_or([0; wire::HOST_MAX]),
            };
        }
    }
    v1
}

/// A node's addresses (`corosync_cfg_get_node_addrs`); node 0 is the local one.
pub(crate) fn addresses(host: &mut dyn Host, conn: ConnId, node: NodeId) {
    let node = if node == NodeId(0) { host.nodeid() } else { node };
    let links = host.transport().links(node).unwrap_or_default();
    let Some(first) = links.first() else {
        return no_addresses(host, conn);
    };
    let family = if first.address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let links = &links[..links.len().min(core_types::INTERFACE_MAX)];
    let mut bytes = Vec::with_capacity(links.len() * wire::ADDRESS_LEN);
    let mut count = 0;
    for address in links.iter().map(|link| padded(link.address)) {
        // the reference takes an address that starts with two zero bytes (::1 does) for none
        if address[..2] != [0, 0] {
            bytes.extend_from_slice(&address);
            count += 1;
        }
    }
    bytes.resize(links.len() * wire::ADDRESS_LEN, 0);
    let size = size_of::<wire::AddressesReply>() + bytes.len();
    let header = ResponseHeader::new(response::NODE_ADDRESSES, size, CsError::code(Ok(())));
    let answer = wire::AddressesReply { header, family: family as u32, count };
    host.respond(conn, &[answer.as_bytes(), &bytes]);
}

fn no_addresses(host: &mut dyn Host, conn: ConnId) {
    let error = CsError::code::<()>(Err(CsError::NotExist));
    let header = ResponseHeader::new(response::NODE_ADDRESSES, size_of::<wire::AddressesReply>(), error);
    host.respond(conn, &[wire::AddressesReply { header, family: 0, count: 0 }.as_bytes()]);
}

fn padded(address: IpAddr) -> [u8; wire::ADDRESS_LEN] {
    let mut bytes = [0; wire::ADDRESS_LEN];
    match address {
        IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => bytes.copy_from_slice(&v6.octets()),
    }
    bytes
}
