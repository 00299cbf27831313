//! `totem.config_version`: every node tells its own, at each sync and when it changes; a node that joins a cluster
//! with another one leaves again.

use crate::wire::{Item, MULTICAST, Multicast, number_in, reason};
use core_icmap::Map;
use core_service::{Guarantee, Host, Request, SyncStep, log};
use core_types::mar::{MarName, RequestHeader};
use core_types::{CsError, NodeId, ServiceId};
use zerocopy::IntoBytes;

pub(crate) const KEY: &str = "totem.config_version";

/// What this node knows of the others' versions.
#[derive(Debug, Default)]
pub(crate) struct ConfigVersion {
    mine: u64,
    highest: u64,
    /// How many nodes came from the same ring, this one included; 0 in a first ring of one.
    transitional: usize,
    synced_before: bool,
}

impl ConfigVersion {
    /// The key changed.
    pub(crate) fn changed(&mut self, host: &mut dyn Host) {
        self.mine = own(host.map());
        if multicast(host, reason::NEW_CONFIG_VERSION).is_err() {
            log!(host, "CMAP", Error, "Can't inform other nodes about new config version");
        }
    }

    pub(crate) fn sync_start(&mut self, host: &mut dyn Host, transitional: usize) {
        self.transitional = transitional;
        self.mine = own(host.map());
        self.highest = self.mine;
    }

    pub(crate) fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        match multicast(host, reason::SYNC) {
            Ok(()) => SyncStep::Done,
            Err(_) => SyncStep::Again,
        }
    }

    pub(crate) fn sync_activate(&mut self, host: &mut dyn Host) {
        if self.transitional == 0 {
            log!(host, "CMAP", Debug, "Single node sync -> no action");
        } else if std::mem::replace(&mut self.synced_before, true) {
            log!(host, "CMAP", Debug, "Not first sync -> no action");
        } else if self.mine == 0 {
            log!(host, "CMAP", Debug, "My config version is 0 -> no action");
        } else if self.highest != self.mine {
            let (received, mine) = (self.highest, self.mine);
            log!(
                host,
                "CMAP",
                Error,
                "Received config version ({received}) is different than my config version ({mine})! Exiting"
            );
            host.request(Request::Shutdown);
        }
    }

    /// A node tells its version.
    pub(crate) fn deliver(&mut self, host: &mut dyn Host, message: &[u8], from: NodeId, swapped: bool) {
        let Some(body) = message.get(size_of::<RequestHeader>()..) else { return };
        if !matches!(body.first(), Some(&(reason::SYNC | reason::NEW_CONFIG_VERSION))) {
            return;
        }
        let version = number_in(body, KEY, swapped).unwrap_or(0);
        if from != host.nodeid() && version > self.highest {
            self.highest = version;
        }
        // fails for no name that this makes
        let _set = host.map().set(&format!("runtime.members.{from}.config_version"), version);
    }
}

fn own(map: &Map) -> u64 {
    map.u64(KEY).unwrap_or(0)
}

fn multicast(host: &mut dyn Host, reason: u8) -> Result<(), CsError> {
    let (kind, value) = match host.map().get(KEY) {
        Some(value) => {
            let mut bytes = value.with_bytes(<[u8]>::to_vec);
            bytes.resize(value.client_len(), 0);
            (value.kind() as u8, bytes)
        }
        None => (0, Vec::new()),
    };
    let key = MarName::new(KEY.as_bytes()).ok_or(CsError::NameTooLong)?;
    let item = Item { key, kind, pad: [0; 7], value_len: value.len() as u64 };
    let filling = &[0u8; 7][..value.len().next_multiple_of(8) - value.len()];
    let head = Multicast { reason, items: 1, ..Default::default() };
    let parts = [head.as_bytes(), item.as_bytes(), &value, filling];
    host.multicast(ServiceId::Cmap, MULTICAST, Guarantee::Agreed, &parts)
}
