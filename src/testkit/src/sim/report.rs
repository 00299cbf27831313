//! What is told of a seed that broke a promise: enough to see why, and the command that plays it again.

use super::check::{Broken, Who};
use super::plan::{Plan, SECOND};
use super::tape::{Cpg, Seen};
use core_types::{Nanos, NodeId};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;

/// Lines that are kept for each host.
const LINES: usize = 16;

/// A seed that broke promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which seed.
    pub seed: u64,
    /// The promises that it broke.
    pub broken: Vec<Broken>,
    /// Everything else, in words.
    pub report: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

/// The last events of each host.
#[derive(Debug, Default)]
pub struct History {
    lines: BTreeMap<NodeId, VecDeque<String>>,
    trace: bool,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The virtual clock.
    pub now: Nanos,
    /// The number of the event that is being handled.
    pub step: u64,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:9.4} s step {}", self.now as f64 / SECOND as f64, self.step)
    }
}

impl History {
    /// A history; with `trace` it is printed as it happens.
    pub fn new(trace: bool) -> History {
        History { lines: BTreeMap::new(), trace }
    }

    /// Whether lines are printed as they happen.
    pub fn traces(&self) -> bool {
        self.trace
    }

    /// Notes what was seen on a host, if it is something to remember.
    pub fn see(&mut self, moment: Moment, who: Who, seen: &Seen) {
        let words = match seen {
            Seen::Delivered { from, message } => {
                if !self.trace {
                    return;
                }
                format!("delivered {:?} of {from}, {} bytes", super::Id::of(message), message.len())
            }
            Seen::Accepted { .. } | Seen::Refused(_) | Seen::Stored(_) if !self.trace => return,
            Seen::Cpg(_, Cpg::Sent { .. } | Cpg::Delivered { .. } | Cpg::Part { .. }) if !self.trace => return,
            Seen::Cpg(process, Cpg::Delivered { from, message }) => {
                format!("{process:?} got {:?} of {from:?}, {} bytes", super::Id::of(message), message.len())
            }
            Seen::Cpg(process, Cpg::Part { from, first, last, bytes }) => {
                format!("{process:?} got a part of {from:?}: {first} {last}, {} bytes", bytes.len())
            }
            Seen::Configured { ring, members, transitional } => {
                let members: Vec<u32> = members.iter().map(|node| node.0).collect();
                format!("{} {ring} {members:?}", if *transitional { "transitional to" } else { "configured" })
            }
            other => format!("{other:?}"),
        };
        self.note(moment, who.0, words);
    }

    /// Notes something on a host.
    pub fn note(&mut self, moment: Moment, node: NodeId, words: String) {
        if self.trace {
            println!("{moment} {node}: {words}");
        }
        let lines = self.lines.entry(node).or_default();
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(format!("{moment}: {words}"));
    }

    /// The report of broken promises.
    pub fn report(&self, plan: &Plan, moment: Moment, broken: Vec<Broken>) -> Violation {
        let mut report = format!("seed {} broke a promise at {moment}\n", plan.seed);
        for Broken { rule, text } in &broken {
            report += &format!("  {rule}: {text}\n");
        }
        report += &format!("  {plan:?}\n");
        for (node, lines) in &self.lines {
            report += &format!("  last events of host {node}:\n");
            for line in lines {
                report += &format!("    {line}\n");
            }
        }
        report += &format!("  again: make sim SEEDS=1 FROM={} TRACE=1\n", plan.seed);
        Violation { seed: plan.seed, broken, report }
    }
}
