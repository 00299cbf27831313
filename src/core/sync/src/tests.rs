use super::*;
use std::collections::VecDeque;

const RING: RingId = RingId { representative: NodeId(1), seq: 8 };

/// Nodes joined by an ordered multicast.
struct Ring {
    nodes: Vec<(NodeId, Sync)>,
    order: VecDeque<(NodeId, Vec<u8>)>,
    trace: Vec<(u32, String)>,
}

impl Ring {
    fn new(services: &[&[ServiceId]]) -> Ring {
        let node = |(index, services): (usize, &&[ServiceId])| {
            let mut sync = Sync::new();
            sync.set_services(services.to_vec());
            (NodeId(index as u32 + 1), sync)
        };
        let nodes = services.iter().enumerate().map(node).collect();
        Ring { nodes, order: VecDeque::new(), trace: Vec::new() }
    }

    fn start(&mut self) {
        let members: Vec<NodeId> = self.nodes.iter().map(|(id, _)| *id).collect();
        for (id, sync) in &mut self.nodes {
            sync.save_transitional(&[*id]);
            sync.start(&members, RING);
        }
    }

    fn act(&mut self) {
        for (id, sync) in &mut self.nodes {
            while let Some(action) = sync.next_action() {
                match action {
                    Action::Multicast(message) => self.order.push_back((*id, message)),
                    Action::Process(service) => {
                        self.trace.push((id.0, format!("process {service:?}")));
                        sync.processed(SyncStep::Done);
                    }
                    Action::Start { service, .. } => self.trace.push((id.0, format!("start {service:?}"))),
                    other => self.trace.push((id.0, format!("{other:?}"))),
                }
            }
        }
    }

    fn run(&mut self) {
        self.act();
        while let Some((from, message)) = self.order.pop_front() {
            self.nodes.iter_mut().for_each(|(_, sync)| sync.deliver(from, &message, false));
            self.act();
        }
    }

    fn trace_of(&self, node: u32) -> Vec<&str> {
        self.trace.iter().filter(|(id, _)| *id == node).map(|(_, line)| line.as_str()).collect()
    }
}

#[test]
fn services_go_in_turn_and_nobody_completes_alone() {
    let mut ring = Ring::new(&[&[ServiceId::Cmap, ServiceId::Cpg], &[ServiceId::Cmap, ServiceId::Cpg]]);
    ring.start();
    ring.run();
    let expected =
        ["start Cmap", "start Cpg", "process Cmap", "Activate(Cmap)", "process Cpg", "Activate(Cpg)", "Completed"];
    assert_eq!(ring.trace_of(1), expected);
    assert_eq!(ring.trace_of(2), expected);
}

#[test]
fn a_service_that_only_another_member_has_is_waited_for() {
    let mut ring = Ring::new(&[&[ServiceId::Cpg], &[ServiceId::Cpg, ServiceId::Votequorum]]);
    ring.start();
    ring.run();
    assert_eq!(ring.trace_of(1), ["start Cpg", "process Cpg", "Activate(Cpg)", "Completed"]);
    assert_eq!(ring.trace_of(2).last(), Some(&"Completed"));
}

#[test]
fn a_service_with_more_to_send_goes_on_at_the_next_token() {
    let mut sync = Sync::new();
    sync.set_services(vec![ServiceId::Cpg]);
    sync.start(&[NodeId(1)], RING);
    let Some(Action::Multicast(services)) = sync.next_action() else { panic!("tells its services first") };
    assert!(matches!(sync.next_action(), Some(Action::Start { .. })));
    sync.deliver(NodeId(1), &services, false);
    assert_eq!(sync.next_action(), Some(Action::Process(ServiceId::Cpg)));
    sync.processed(SyncStep::Again);
    assert_eq!(sync.next_action(), None);
    sync.token();
    assert_eq!(sync.next_action(), Some(Action::Process(ServiceId::Cpg)));
    sync.processed(SyncStep::Done);
    assert_eq!(sync.next_action(), Some(Action::Multicast(Message::Barrier(RING).encode())));
    sync.token();
    assert_eq!(sync.next_action(), None);
}

#[test]
fn an_aborted_sync_leaves_nothing_behind() {
    let mut ring = Ring::new(&[&[ServiceId::Cmap], &[ServiceId::Cmap]]);
    ring.start();
    ring.act();
    while let Some((from, message)) = ring.order.pop_front() {
        ring.nodes.iter_mut().for_each(|(_, sync)| sync.deliver(from, &message, false));
    }
    let (_, sync) = &mut ring.nodes[0];
    sync.abort();
    assert_eq!(sync.next_action(), Some(Action::Abort(ServiceId::Cmap)));
    sync.deliver(NodeId(2), &Message::Barrier(RING).encode(), false);
    sync.processed(SyncStep::Done);
    assert_eq!(sync.next_action(), None);
}
