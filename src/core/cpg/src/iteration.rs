//! Iterations over groups and their members.

use crate::processes::{Process, Processes};
use crate::wire::GroupName;
use crate::wire::ipc::iteration;
use core_types::{ConnId, CsError, NodeId};
use std::collections::BTreeMap;

/// Most iterations of one connection at once; CS_ERR_NO_MEMORY past it.
const ITERATIONS_MAX: usize = 256;

struct Iteration {
    conn: ConnId,
    items: Vec<Process>,
    next: usize,
}

/// All iterations, by the handle that the daemon gave them.
#[derive(Default)]
pub(crate) struct Iterations {
    live: BTreeMap<u64, Iteration>,
    last: u64,
}

impl Iterations {
    /// Starts an iteration over what is known now and gives its handle.
    pub(crate) fn start(
        &mut self,
        conn: ConnId,
        processes: &Processes,
        kind: u32,
        group: &GroupName,
    ) -> Result<u64, CsError> {
        if self.live.values().filter(|iteration| iteration.conn == conn).count() >= ITERATIONS_MAX {
            return Err(CsError::NoMemory);
        }
        self.last += 1;
        self.live.insert(self.last, Iteration { conn, items: items(processes, kind, group), next: 0 });
        Ok(self.last)
    }

    /// The next item; CS_ERR_NO_SECTIONS after the last, and then it starts again, as in the reference.
    pub(crate) fn next(&mut self, conn: ConnId, handle: u64) -> Result<Process, CsError> {
        let iteration = self.live.get_mut(&handle).filter(|iteration| iteration.conn == conn);
        let iteration = iteration.ok_or(CsError::Library)?;
        let item = iteration.items.get(iteration.next).copied();
        iteration.next = if item.is_some() { iteration.next + 1 } else { 0 };
        item.ok_or(CsError::NoSections)
    }

    /// Ends an iteration.
    pub(crate) fn finish(&mut self, conn: ConnId, handle: u64) -> Result<(), CsError> {
        self.live.get(&handle).filter(|iteration| iteration.conn == conn).ok_or(CsError::Library)?;
        self.live.remove(&handle);
        Ok(())
    }

    /// Ends all iterations of a connection.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.live.retain(|_, iteration| iteration.conn != conn);
    }
}

/// Groups newest first; in each its first member, and then the others backwards: the order that tools show.
fn items(processes: &Processes, kind: u32, group: &GroupName) -> Vec<Process> {
    let mut groups: Vec<(Process, Vec<Process>)> = Vec::new();
    for process in processes.iter() {
        if kind == iteration::ONE_GROUP && !process.group.is(group) {
            continue;
        }
        match groups.iter_mut().find(|(first, _)| first.group.is(&process.group)) {
            Some((_, rest)) if kind != iteration::NAME_ONLY => rest.push(*process),
            Some(_) => {}
            None if kind == iteration::NAME_ONLY => {
                groups.push((Process { node: NodeId(0), pid: 0, group: process.group }, Vec::new()));
            }
            None => groups.push((*process, Vec::new())),
        }
    }
    let in_group = |(first, rest): (Process, Vec<Process>)| std::iter::once(first).chain(rest.into_iter().rev());
    groups.into_iter().rev().flat_map(in_group).collect()
}
