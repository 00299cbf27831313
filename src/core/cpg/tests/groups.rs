//! Groups over several nodes: who is told what, in which order.

mod fake;

use core_cpg::wire::ipc::{self, request};
use core_cpg::wire::{GroupName, partial};
use core_service::{FlowControl, Service, SyncStep};
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, NodeId, RingId};
use fake::{Net, Node, bare, join, leave, mcast, part};
use proptest::prelude::*;
use zerocopy::{FromBytes, IntoBytes};

#[test]
fn members_everywhere_see_joins_messages_and_leaves_in_one_order() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.join(1, 3, 300, b"other");
    net.forget();
    for (node, conn, text) in [(1, 2, "b"), (0, 1, "a")] {
        assert!(net.ask(node, conn, &mcast(text.as_bytes())).is_none(), "a message is not answered");
    }
    assert_eq!(net.code(0, 1, &leave(100, b"g")), 1);
    net.flush();
    let seen = ["g 1:100 a", "g [2:200/0] left [1:100/2] joined []", "g 2:200 b"];
    assert_eq!(net.told(0, 1), seen);
    assert_eq!(net.told(1, 2), seen);
    assert!(net.told(1, 3).is_empty());
}

#[test]
fn the_reference_s_codes_for_joining_and_leaving() {
    let mut net = Net::new(1);
    net.connect(0, 1);
    assert_eq!(net.code(0, 1, &leave(7, b"g")), CsError::NotExist as i32);
    assert_eq!(net.code(0, 1, &join(7, b"g", 0)), 1);
    assert_eq!(net.code(0, 1, &leave(7, b"g")), CsError::Busy as i32);
    assert_eq!(net.code(0, 1, &join(7, b"g", 0)), CsError::Exist as i32);
    net.flush();
    assert_eq!(net.code(0, 1, &join(7, b"h", 0)), CsError::Exist as i32);
    net.connect(0, 2);
    assert_eq!(net.code(0, 2, &join(7, b"g", 0)), CsError::Exist as i32, "one process joins a group once");
    assert_eq!(net.code(0, 1, &leave(7, b"g")), 1);
    assert_eq!(net.code(0, 1, &leave(7, b"g")), CsError::NotExist as i32);
    net.flush();
    assert_eq!(net.code(0, 1, &join(7, b"g", 0)), CsError::Exist as i32, "a connection joins once in its life");
    assert_eq!(net.code(0, 1, &join(7, b"h", 0)), CsError::Busy as i32);
    let mut long = join(7, b"g", 0);
    long[16..20].copy_from_slice(&129u32.to_ne_bytes());
    assert_eq!(net.code(0, 2, &long), CsError::NameTooLong as i32);
}

#[test]
fn an_ended_process_is_told_of_also_when_totem_was_full() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.forget();
    let Node { cpg, host } = &mut net.nodes[0];
    host.full = true;
    cpg.disconnected(host, ConnId(1));
    assert!(!host.timers.is_empty());
    net.flush();
    assert!(net.told(1, 2).is_empty());
    net.connect(0, 3);
    assert_eq!(net.code(0, 3, &join(100, b"g", 0)), CsError::TryAgain as i32, "its leave is still on its way");
    let Node { cpg, host } = &mut net.nodes[0];
    host.full = false;
    cpg.timer(host, 0);
    net.flush();
    assert_eq!(net.told(1, 2), ["g [2:200/0] left [1:100/5] joined []"]);
    assert_eq!(net.code(0, 3, &join(100, b"g", 0)), 1);
}

#[test]
fn the_leave_of_a_process_that_ends_during_a_sync_comes_after_it() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.forget();
    let Node { cpg, host } = &mut net.nodes[0];
    host.syncing = true;
    cpg.disconnected(host, ConnId(1));
    cpg.timer(host, 0);
    assert!(host.sent.is_empty() && !host.timers.is_empty());
    host.syncing = false;
    cpg.timer(host, 0);
    net.flush();
    assert_eq!(net.told(1, 2), ["g [2:200/0] left [1:100/5] joined []"]);
}

#[test]
fn what_an_unfinished_sync_heard_is_not_believed() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    let ring = |seq| RingId { representative: NodeId(1), seq };
    let members = [NodeId(1), NodeId(2)];
    for Node { cpg, host } in &mut net.nodes {
        cpg.sync_start(host, &members, &members, ring(100));
        assert_eq!(cpg.sync_process(host), SyncStep::Done);
    }
    // All was heard, but the barrier never passed. Then node 1's process leaves.
    net.flush();
    assert_eq!(net.code(0, 1, &leave(100, b"g")), 1);
    net.flush();
    net.forget();
    for Node { cpg, host } in &mut net.nodes {
        cpg.sync_start(host, &members, &members, ring(104));
        assert_eq!(cpg.sync_process(host), SyncStep::Done);
    }
    net.flush();
    for Node { cpg, host } in &mut net.nodes {
        cpg.sync_activate(host);
    }
    assert!(!net.told(1, 2).iter().any(|line| line.contains("joined [1:100")), "{:?}", net.told(1, 2));
}

#[test]
fn who_was_away_during_an_unfinished_sync_is_told_of() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.forget();
    let ring = |seq| RingId { representative: NodeId(1), seq };
    let all = [NodeId(1), NodeId(2)];
    // Node 1 comes back from elsewhere before the sync without it is over, and then both move on together.
    for transitional in [&all[1..], &all] {
        for Node { cpg, host } in &mut net.nodes {
            cpg.sync_start(host, transitional, &all, ring(100));
            assert_eq!(cpg.sync_process(host), SyncStep::Done);
        }
    }
    net.flush();
    for Node { cpg, host } in &mut net.nodes {
        cpg.sync_activate(host);
    }
    let seen = net.told(1, 2);
    assert!(seen.iter().any(|line| line.contains("left [1:100/3]")), "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("joined [1:100/4]")), "{seen:?}");
}

#[test]
fn rings_part_and_merge_with_one_change_for_each_group() {
    let mut net = Net::new(3);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.join(1, 3, 201, b"g");
    net.join(2, 4, 300, b"g");
    net.forget();
    net.regroup(vec![vec![0], vec![1, 2]]);
    assert_eq!(net.told(0, 1), ["g [1:100/0] left [2:200/3 2:201/3 3:300/3] joined []", "ring of [1]"]);
    let other = ["g [2:200/0 2:201/0 3:300/0] left [1:100/3] joined []", "ring of [2, 3]"];
    assert_eq!(net.told(1, 2), other);
    assert_eq!(net.told(2, 4), other);
    net.regroup(vec![vec![0, 1, 2]]);
    let all = "1:100/0 2:200/0 2:201/0 3:300/0";
    // as in the reference, who was heard last comes first
    let back = format!("g [{all}] left [] joined [3:300/4 2:201/4 2:200/4]");
    assert_eq!(net.told(0, 1), [back.as_str(), "ring of [1, 2, 3]"]);
    assert_eq!(net.told(1, 2), [format!("g [{all}] left [] joined [1:100/4]").as_str(), "ring of [1, 2, 3]"]);
}

#[test]
fn what_a_node_misses_while_it_is_away_it_learns_when_it_is_back() {
    let mut net = Net::new(2);
    net.join(0, 1, 100, b"g");
    net.join(1, 2, 200, b"g");
    net.forget();
    // node 1 slept: it saw no other ring, but node 2's process ended meanwhile
    let Node { cpg, host } = &mut net.nodes[1];
    cpg.disconnected(host, ConnId(2));
    let leave = std::mem::take(&mut host.sent);
    for (id, message) in leave {
        cpg.deliver(host, id, &message, NodeId(2), false);
    }
    net.regroup(vec![vec![0, 1]]);
    assert_eq!(net.told(0, 1), ["g [1:100/0] left [2:200/5] joined []", "ring of [1, 2]"]);
}

#[test]
fn an_aborted_sync_leaves_nothing() {
    let mut net = Net::new(2);
    net.join(1, 2, 200, b"g");
    let Node { cpg, host } = &mut net.nodes[1];
    let all = [NodeId(1), NodeId(2)];
    cpg.sync_start(host, &all, &all, RingId { representative: NodeId(1), seq: 99 });
    host.full = true;
    assert_eq!(cpg.sync_process(host), SyncStep::Again);
    host.full = false;
    assert_eq!(cpg.sync_process(host), SyncStep::Done);
    assert_eq!(cpg.sync_process(host), SyncStep::Done);
    assert_eq!(host.sent.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [5, 2], "a downlist and a joinlist, once");
    net.flush();
    for Node { cpg, host } in &mut net.nodes {
        cpg.sync_abort(host);
    }
    net.forget();
    net.regroup(vec![vec![0, 1]]);
    assert_eq!(net.told(1, 2), ["ring of [1, 2]"]);
}

#[test]
fn the_first_configuration_is_told_to_those_who_asked() {
    let mut net = Net::new(1);
    net.connect(0, 1);
    assert_eq!(net.code(0, 1, &join(100, b"g", ipc::FLAG_INITIAL_TOTEM_CONF)), 1);
    net.flush();
    assert_eq!(net.told(0, 1), ["g [1:100/0] left [] joined [1:100/1]", "ring of [1]"]);
    net.join(0, 2, 200, b"g");
    assert_eq!(net.told(0, 1).len(), 1);
}

#[test]
fn a_change_interrupts_a_message_in_parts() {
    let mut net = Net::new(1);
    net.connect(0, 1);
    assert_eq!(net.code(0, 1, &part(partial::FIRST)), CsError::NotExist as i32);
    assert_eq!(net.code(0, 1, &join(100, b"g", 0)), 1);
    net.flush();
    net.forget();
    assert_eq!(net.code(0, 1, &part(partial::FIRST)), 1);
    assert_eq!(net.code(0, 1, &part(partial::CONTINUED)), 1);
    net.join(0, 2, 200, b"g");
    assert_eq!(net.code(0, 1, &part(partial::LAST)), CsError::Interrupt as i32);
    assert_eq!(net.code(0, 1, &part(partial::FIRST)), 1);
    net.flush();
    let first = "part 1 of 3000000 from 1:100";
    let told = net.told(0, 1);
    assert_eq!(told.iter().filter(|event| *event == first).count(), 2);
    assert_eq!(told.len(), 4);
}

#[test]
fn a_message_without_room_ends_its_sender_instead_of_leaving_a_gap() {
    let mut net = Net::new(1);
    net.join(0, 1, 100, b"g");
    net.nodes[0].host.full = true;
    assert!(net.ask(0, 1, &mcast(b"lost")).is_none());
    assert!(net.nodes[0].host.ended.contains(&ConnId(1)));
    let requests = net.nodes[0].cpg.requests();
    assert_eq!(requests[request::MCAST as usize], FlowControl::Patient);
    assert_eq!(requests.len(), 13);
}

#[test]
fn a_finalized_connection_is_told_nothing_and_leaves_when_it_ends() {
    let mut net = Net::new(1);
    net.join(0, 1, 100, b"g");
    net.join(0, 2, 200, b"g");
    net.forget();
    assert_eq!(net.code(0, 1, &bare(request::FINALIZE)), 1);
    net.ask(0, 2, &mcast(b"x"));
    net.flush();
    assert!(net.told(0, 1).is_empty());
    let Node { cpg, host } = &mut net.nodes[0];
    cpg.disconnected(host, ConnId(1));
    net.flush();
    assert_eq!(net.told(0, 2), ["g 1:200 x", "g [1:200/0] left [1:100/5] joined []"]);
}

fn start_iteration(net: &mut Net, conn: u64, kind: u32, group: &[u8]) -> u64 {
    let header = RequestHeader::new(request::ITERATION_INITIALIZE, size_of::<ipc::IterationInitializeRequest>());
    let group = GroupName::new(group).unwrap();
    let request = ipc::IterationInitializeRequest { header, group, kind, pad: 0 };
    let reply = net.ask(0, conn, request.as_bytes()).unwrap();
    ipc::IterationInitializeResponse::read_from_bytes(&reply).unwrap().handle
}

fn next(net: &mut Net, conn: u64, handle: u64) -> Result<String, i32> {
    let header = RequestHeader::new(request::ITERATION_NEXT, size_of::<ipc::IterationRequest>());
    let reply = net.ask(0, conn, ipc::IterationRequest { header, handle }.as_bytes()).unwrap();
    let next = ipc::IterationNextResponse::read_from_bytes(&reply).unwrap();
    let found = || format!("{} {}:{}", next.group, next.nodeid, next.pid);
    if next.header.error == 1 { Ok(found()) } else { Err(next.header.error) }
}

#[test]
fn iterations_show_groups_and_members_in_the_reference_s_order() {
    let mut net = Net::new(1);
    for (conn, pid, group) in [(1, 10, "a"), (2, 11, "b"), (3, 12, "a"), (4, 13, "a")] {
        net.join(0, conn, pid, group.as_bytes());
    }
    let all = start_iteration(&mut net, 1, ipc::iteration::ALL, b"");
    let shown: Vec<String> = std::iter::from_fn(|| next(&mut net, 1, all).ok()).collect();
    assert_eq!(shown, ["b 1:11", "a 1:10", "a 1:13", "a 1:12"]);
    assert_eq!(next(&mut net, 1, all).unwrap(), "b 1:11", "after the end it starts again");
    let names = start_iteration(&mut net, 1, ipc::iteration::NAME_ONLY, b"");
    let shown: Vec<String> = std::iter::from_fn(|| next(&mut net, 1, names).ok()).collect();
    assert_eq!(shown, ["b 0:0", "a 0:0"]);
    assert_eq!(next(&mut net, 2, names), Err(CsError::Library as i32), "another connection's");
    let one = start_iteration(&mut net, 1, ipc::iteration::ONE_GROUP, b"b");
    assert_eq!(next(&mut net, 1, one).unwrap(), "b 1:11");
    assert_eq!(next(&mut net, 1, one), Err(CsError::NoSections as i32));
    let handles: Vec<u64> = (0..300).map(|_| start_iteration(&mut net, 1, ipc::iteration::ALL, b"")).collect();
    assert_eq!(handles.iter().filter(|&&handle| handle != 0).count(), 253, "256 at once");
}

#[test]
fn a_buffer_is_sent_from_and_forgotten() {
    let mut net = Net::new(1);
    net.join(0, 1, 100, b"g");
    net.forget();
    let (head, path) = (size_of::<ipc::ZcHeader>(), b"/dev/shm/buffer");
    net.nodes[0].host.shareable.insert(path.to_vec(), [&[0; 16][..], &mcast(b"shared")].concat());
    let header = RequestHeader::new(request::ZC_ALLOC, size_of::<ipc::ZcAllocRequest>());
    let mut alloc = ipc::ZcAllocRequest { header, map_size: 56, path: [0; 128] };
    alloc.path[..path.len()].copy_from_slice(path);
    assert_eq!(net.code(0, 1, alloc.as_bytes()), 1);
    assert_eq!(net.code(0, 1, alloc.as_bytes()), CsError::NotExist as i32, "its name is gone");
    let (&buffer, file) = net.nodes[0].host.buffers.iter_mut().next().unwrap();
    let told = ipc::ZcHeader::read_from_bytes(&file[..head]).unwrap();
    assert_eq!(told.server_address, buffer);
    let header = RequestHeader::new(request::ZC_EXECUTE, size_of::<ipc::ZcExecuteRequest>());
    let execute = |server_address| ipc::ZcExecuteRequest { header, server_address }.as_bytes().to_vec();
    assert_eq!(net.code(0, 1, &execute(buffer)), 1);
    net.flush();
    assert_eq!(net.told(0, 1), ["g 1:100 shared"]);
    assert_eq!(net.code(0, 1, &execute(buffer + 1)), CsError::InvalidParam as i32);
    let file = net.nodes[0].host.buffers.get_mut(&buffer).unwrap();
    file[head + 32..head + 36].copy_from_slice(&7000u32.to_ne_bytes());
    assert_eq!(net.code(0, 1, &execute(buffer)), CsError::InvalidParam as i32, "longer than the buffer");
    let Node { cpg, host } = &mut net.nodes[0];
    cpg.disconnected(host, ConnId(1));
    assert!(host.buffers.is_empty());
}

proptest! {
    #[test]
    fn any_request_gets_one_reply_and_any_message_is_survived(
        requests in prop::collection::vec((0i32..14, prop::collection::vec(any::<u8>(), 0..300)), 1..30),
        messages in prop::collection::vec((0u16..9, any::<bool>(), prop::collection::vec(any::<u8>(), 0..700)), 1..30),
    ) {
        let mut net = Net::new(2);
        net.join(0, 1, 100, b"g");
        for (id, body) in requests {
            let header = RequestHeader::new(id, size_of::<RequestHeader>() + body.len());
            let reply = net.ask(0, 1, &[header.as_bytes(), &body].concat());
            prop_assert_eq!(reply.is_some(), id != request::MCAST);
        }
        for (id, swapped, body) in messages {
            let message = [RequestHeader::new(0, 16 + body.len()).as_bytes(), &body].concat();
            let Node { cpg, host } = &mut net.nodes[1];
            cpg.deliver(host, id, &message, NodeId(1), swapped);
            cpg.deliver(host, id, &body, NodeId(1), swapped);
        }
        net.regroup(vec![vec![0, 1]]);
    }
}
