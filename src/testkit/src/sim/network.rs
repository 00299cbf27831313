//! The network between simulated nodes: who reaches whom.

/// Which way is open: a directed graph.
#[derive(Clone, Debug)]
pub(super) struct Links {
    nodes: usize,
    cut: Vec<bool>,
}

impl Links {
    pub(super) fn new(nodes: usize) -> Self {
        Links { nodes, cut: vec![false; nodes * nodes] }
    }

    pub(super) fn open(&self, from: usize, to: usize) -> bool {
        !self.cut[from * self.nodes + to]
    }

    pub(super) fn heal(&mut self) {
        self.cut.fill(false);
    }

    /// Cuts one way between two nodes.
    pub(super) fn cut(&mut self, from: usize, to: usize) {
        self.cut[from * self.nodes + to] = true;
    }

    /// Splits the nodes: those whose bit is set against the others.
    pub(super) fn split(&mut self, side: u64) {
        for from in 0..self.nodes {
            for to in 0..self.nodes {
                if (side >> from) & 1 != (side >> to) & 1 {
                    self.cut(from, to);
                }
            }
        }
    }
}
