//! When an executor's agents begin and end, as the kernel tells it: the agents themselves see neither.

use crate::{Result, layout};
use std::{collections::HashMap, fs, path::PathBuf, process::Command};

/// Events of the kernel that are kept, and of which processes: names as processes have them, of 15 bytes at most.
const EVENTS: [(&str, &str); 3] = [
    ("sched_process_fork", "parent_comm == \"pacemaker-execd\""),
    ("sched_process_exit", "comm == \"Agent\""),
    ("sched_waking", "comm == \"pacemaker-execd\""),
];

/// KiB of events that a processor keeps.
const KEPT: &str = "8192";

/// Events, while they are recorded: an instance of ftrace of our own (`Documentation/trace/ftrace.rst` of Linux).
pub(super) struct Trace {
    mounted: PathBuf,
}

/// One agent's process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Process {
    /// When it was made, in us of CLOCK_MONOTONIC.
    pub(super) forked: f64,
    /// When it ended: before its parent can know.
    pub(super) ended: f64,
    /// When it last woke its parent up after that; `None` where the parent was awake.
    pub(super) woke: Option<f64>,
}

impl Trace {
    /// Starts to record.
    ///
    /// # Errors
    /// The kernel doesn't tell.
    pub(super) fn start() -> Result<Trace> {
        let mounted = layout::target()?.join("bench/tracing");
        fs::create_dir_all(&mounted).map_err(|error| format!("{}: {error}", mounted.display()))?;
        let status = Command::new("mount").args(["-t", "tracefs", "tracefs"]).arg(&mounted).status();
        if !status.is_ok_and(|status| status.success()) {
            return Err("tracefs can't be mounted".to_owned());
        }
        let trace = Trace { mounted };
        fs::create_dir(trace.instance()).map_err(|error| format!("{}: {error}", trace.instance().display()))?;
        trace.set("buffer_size_kb", KEPT)?;
        trace.set("trace_clock", "mono")?;
        for (event, of) in EVENTS {
            trace.set(&format!("events/sched/{event}/filter"), of)?;
            trace.set(&format!("events/sched/{event}/enable"), "1")?;
        }
        Ok(trace)
    }

    fn instance(&self) -> PathBuf {
        self.mounted.join("instances/systole-bench")
    }

    fn set(&self, name: &str, value: &str) -> Result<()> {
        let path = self.instance().join(name);
        fs::write(&path, value).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// All processes that began and ended, in the order of their ends.
    pub(super) fn processes(&self) -> Result<Vec<Process>> {
        let path = self.instance().join("trace");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(processes(&text))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // what was not made can't be removed
        let _made = fs::remove_dir(self.instance());
        let _mounted = Command::new("umount").arg(&self.mounted).status();
    }
}

/// Reads lines such as `Agent-4666 [000] ..... 768.565084: sched_process_exit: comm=Agent pid=4666 prio=120`.
fn processes(text: &str) -> Vec<Process> {
    let mut forked: HashMap<&str, f64> = HashMap::new();
    let (mut processes, mut last) = (Vec::<Process>::new(), HashMap::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some((_, by)) = words.next().and_then(|task| task.rsplit_once('-')) else { continue };
        let mut words = words.skip_while(|word| !word.ends_with(':'));
        let (Some(time), Some(event)) = (words.next(), words.next()) else { continue };
        let Ok(seconds) = time.trim_end_matches(':').parse::<f64>() else { continue };
        let at = seconds * 1e6;
        match event {
            "sched_process_fork:" => {
                let child = words.find_map(|word| word.strip_prefix("child_pid="));
                forked.extend(child.map(|child| (child, at)));
            }
            "sched_process_exit:" => {
                let Some(forked) = forked.remove(by) else { continue };
                last.insert(by, processes.len());
                processes.push(Process { forked, ended: at, woke: None });
            }
            _ => {
                if let Some(process) = last.get(by).and_then(|place| processes.get_mut(*place)) {
                    process.woke = Some(at);
                }
            }
        }
    }
    processes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forks_and_ends_are_brought_together() {
        let text = "# tracer: nop\n\
             \x20pacemaker-execd-50 [001] ..... 10.000001: sched_process_fork: comm=pacemaker-execd pid=50 child_comm=pacemaker-execd child_pid=51\n\
             \x20pacemaker-execd-50 [001] ..... 10.000002: sched_process_fork: comm=pacemaker-execd pid=50 child_comm=pacemaker-execd child_pid=52\n\
             \x20Agent-52 [000] ..... 10.000500: sched_process_exit: comm=Agent pid=52 prio=120\n\
             \x20Agent-52 [000] d..5. 10.000510: sched_waking: comm=pacemaker-execd pid=50 prio=120 target_cpu=001\n\
             \x20Agent-52 [000] d..5. 10.000550: sched_waking: comm=pacemaker-execd pid=50 prio=120 target_cpu=001\n\
             \x20execd-60 [001] d..5. 10.000560: sched_waking: comm=pacemaker-execd pid=50 prio=120 target_cpu=001\n\
             \x20Agent-9 [000] ..... 10.000600: sched_process_exit: comm=Agent pid=9 prio=120\n";
        let found = processes(text);
        assert_eq!(found.len(), 1);
        let times = [found[0].ended - found[0].forked, found[0].woke.unwrap() - found[0].ended];
        assert_eq!(times.map(f64::round), [498.0, 50.0]);
    }
}
