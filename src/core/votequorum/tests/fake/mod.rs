//! Several hosts with nothing but votequorum on them, and the rings they form.

use core_icmap::Map;
use core_service::{Guarantee, Service, SyncStep};
use core_types::{NodeId, RingId, ServiceId};
use core_votequorum::Votequorum;
use std::collections::BTreeMap;
use test_doubles::FakeHost;

/// A host and its service.
pub(crate) struct Node {
    pub(crate) host: FakeHost,
    pub(crate) service: Votequorum,
    pub(crate) partition: u32,
}

impl Node {
    /// Hands out the changes of the map until there are none.
    pub(crate) fn settle(&mut self) {
        self.host.tell(&mut self.service);
    }

    /// A client's request: its number, and what follows the header. Gives the error of the reply, if there is one.
    pub(crate) fn ask(&mut self, conn: u64, id: u32, body: &[u8]) -> Option<i32> {
        self.host.ask(&mut self.service, conn, id as i32, body);
        self.settle();
        self.reply().map(|(to, error)| {
            assert_eq!(to, conn);
            error
        })
    }

    /// The oldest reply that nobody looked at: who got it, and its error.
    pub(crate) fn reply(&mut self) -> Option<(u64, i32)> {
        self.host.reply().map(|(conn, _, error)| (conn, error))
    }

    /// What the service told last: quorate, and the members.
    pub(crate) fn told(&self) -> Option<(bool, Vec<u32>)> {
        let (quorate, members, _) = self.host.quorum_news.back()?;
        Some((*quorate, members.iter().map(|node| node.0).collect()))
    }

    /// Runs an armed timer out.
    pub(crate) fn expire(&mut self, key: u32) {
        if self.host.timers.remove(&key).is_some() {
            self.service.timer(&mut self.host, key);
            self.settle();
        }
    }
}

/// `corosync.conf`, as far as votes go.
#[derive(Clone, Copy)]
pub(crate) struct Config {
    /// Each node and its votes.
    pub(crate) nodes: &'static [(u32, u32)],
    /// What the quorum section says.
    pub(crate) quorum: &'static [(&'static str, &'static str)],
}

impl Config {
    /// The map of one node.
    pub(crate) fn map(&self, local: u32) -> Map {
        let mut map = Map::new();
        map.set("quorum.provider", "corosync_votequorum").unwrap();
        let position = self.nodes.iter().position(|&(id, _)| id == local).expect("a configured node");
        map.set("nodelist.local_node_pos", position as u32).unwrap();
        for (position, &(id, votes)) in self.nodes.iter().enumerate() {
            map.set(&format!("nodelist.node.{position}.nodeid"), id).unwrap();
            map.set(&format!("nodelist.node.{position}.quorum_votes"), votes).unwrap();
        }
        for (key, value) in self.quorum {
            let name = format!("quorum.{key}");
            match *key {
                "auto_tie_breaker_node" | "device.model" => map.set(&name, *value),
                "expected_votes" | "last_man_standing_window" | "device.votes" | "device.timeout" => {
                    map.set(&name, value.parse::<u32>().unwrap())
                }
                _ => map.set(&name, value.parse::<u8>().unwrap()),
            }
            .unwrap();
        }
        map.discard_changes();
        map
    }

    /// A node's service, and what became of its start.
    pub(crate) fn start(&self, id: u32) -> (Node, Result<(), String>) {
        let host = FakeHost::new(ServiceId::Votequorum, &[Guarantee::Agreed]);
        let host = FakeHost { node: NodeId(id), map: self.map(id), quorate: false, ..host };
        let mut node = Node { host, service: Votequorum::new(), partition: 0 };
        let result = node.service.start(&mut node.host);
        node.settle();
        (node, result)
    }
}

/// Hosts in partitions; each partition is a ring.
pub(crate) struct Cluster {
    pub(crate) config: Config,
    pub(crate) nodes: BTreeMap<u32, Node>,
    seq: u64,
    /// Whether a sync ends only when its messages were delivered, as on a real ring; not so in `corosync-vqsim`.
    barrier: bool,
}

impl Cluster {
    /// All configured nodes, started one after the other, in one ring.
    pub(crate) fn new(config: Config, barrier: bool) -> Cluster {
        let mut cluster = Cluster { config, nodes: BTreeMap::new(), seq: 0, barrier };
        for &(id, _) in config.nodes {
            cluster.up(id, 0);
        }
        cluster
    }

    pub(crate) fn node(&mut self, id: u32) -> &mut Node {
        self.nodes.get_mut(&id).expect("a node that is up")
    }

    /// Starts a node: it is alone, and then in the partition's ring.
    pub(crate) fn up(&mut self, id: u32, partition: u32) {
        let (mut node, result) = self.config.start(id);
        result.unwrap();
        // Totem keeps what is sent before the first ring; in it, it comes back.
        node.partition = 1000 + id;
        self.nodes.insert(id, node);
        self.form(1000 + id);
        self.node(id).partition = partition;
        self.form(partition);
    }

    /// A node is gone without a word.
    pub(crate) fn down(&mut self, id: u32) {
        let node = self.nodes.remove(&id).expect("a node that is up");
        self.form(node.partition);
    }

    /// Nodes move to a partition.
    pub(crate) fn split(&mut self, partition: u32, nodes: &[u32]) {
        for &id in nodes {
            self.node(id).partition = partition;
        }
        self.form_all();
    }

    /// A partition's nodes move to another one.
    pub(crate) fn join(&mut self, into: u32, from: u32) {
        self.nodes.values_mut().filter(|node| node.partition == from).for_each(|node| node.partition = into);
        self.form_all();
    }

    fn form_all(&mut self) {
        let mut partitions: Vec<u32> = self.nodes.values().map(|node| node.partition).collect();
        partitions.sort_unstable();
        partitions.dedup();
        for partition in partitions {
            self.form(partition);
        }
    }

    /// A new ring of a partition's nodes: sync, with its messages delivered before the barrier.
    pub(crate) fn form(&mut self, partition: u32) {
        self.seq += 4;
        let members = self.members(partition);
        let Some(&representative) = members.first() else { return };
        let ring = RingId { representative, seq: self.seq };
        for id in &members {
            let node = self.node(id.0);
            node.service.sync_start(&mut node.host, &[], &members, ring);
        }
        for id in &members {
            let node = self.node(id.0);
            if node.service.sync_process(&mut node.host) == SyncStep::Again {
                return;
            }
        }
        if self.barrier {
            self.deliver(partition);
        }
        self.activate(partition);
    }

    /// The barrier is passed.
    pub(crate) fn activate(&mut self, partition: u32) {
        for id in self.members(partition) {
            let node = self.node(id.0);
            node.service.sync_activate(&mut node.host);
            node.settle();
        }
        self.deliver(partition);
    }

    pub(crate) fn members(&self, partition: u32) -> Vec<NodeId> {
        let here = self.nodes.iter().filter(|(_, node)| node.partition == partition);
        here.map(|(&id, _)| NodeId(id)).collect()
    }

    /// Delivers what was multicast in a partition to all in it until nothing more is.
    pub(crate) fn deliver(&mut self, partition: u32) {
        let members = self.members(partition);
        loop {
            let mut messages = Vec::new();
            for id in &members {
                messages.extend(self.node(id.0).host.sent.pop_front().map(|message| (*id, message)));
            }
            if messages.is_empty() {
                return;
            }
            for (from, (kind, message)) in messages {
                for to in &members {
                    let node = self.node(to.0);
                    node.service.deliver(&mut node.host, kind, &message, from, false);
                    node.settle();
                }
            }
        }
    }

    /// Runs a timer out on every node that armed it.
    pub(crate) fn expire(&mut self, key: u32) {
        let ids: Vec<u32> = self.nodes.keys().copied().collect();
        for id in ids {
            self.node(id).expire(key);
            let partition = self.node(id).partition;
            self.deliver(partition);
        }
    }

    /// Each node: its partition, whether it is quorate, and the members.
    pub(crate) fn show(&self) -> Vec<String> {
        let line = |(id, node): (&u32, &Node)| {
            let (quorate, members) = node.told().unwrap_or_default();
            format!("{}:{id}: q={} nodes={members:?}", node.partition, u8::from(quorate))
        };
        self.nodes.iter().map(line).collect()
    }

    /// The nodes that are quorate.
    pub(crate) fn quorate(&self) -> Vec<u32> {
        let quorate = self.nodes.iter().filter(|(_, node)| node.host.quorate);
        quorate.map(|(&id, _)| id).collect()
    }
}
