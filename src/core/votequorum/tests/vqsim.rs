//! Our votes against the reference's: the same clusters, split and joined in the same way, in `corosync-vqsim` and
//! here. Skipped, and said so, where that program can't run.

#[allow(dead_code, reason = "shared by several tests")]
mod fake;

use fake::{Cluster, Config};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Time that the simulator's processes get for each step, the first time it is asked.
const SETTLE: Duration = Duration::from_millis(300);
/// Simulators that run at once.
const AT_ONCE: usize = 3;
/// How often a simulator is asked.
const TRIES: u32 = 4;
/// The timer of the last man standing.
const TIMER_LAST_MAN: u32 = 1;

/// What the simulator does in its own mount namespace.
const RUN: &str = "mount -t tmpfs t /etc/corosync && mount -t tmpfs t /var/lib/corosync \
                   && cp \"$0\" /etc/corosync/corosync.conf && exec corosync-vqsim";

#[derive(Clone, Copy, Debug)]
enum Step {
    Split(u32, &'static [u32]),
    Join(u32, u32),
    Down(u32),
    Up(u32, u32),
}

impl Step {
    fn command(self) -> String {
        match self {
            Step::Split(partition, nodes) => {
                let nodes: Vec<String> = nodes.iter().map(u32::to_string).collect();
                format!("split {partition}:{}", nodes.join(","))
            }
            Step::Join(into, from) => format!("join {into} {from}"),
            Step::Down(node) => format!("down {node}"),
            Step::Up(node, partition) => format!("up {partition}:{node}"),
        }
    }

    fn take(self, cluster: &mut Cluster) {
        match self {
            Step::Split(partition, nodes) => cluster.split(partition, nodes),
            Step::Join(into, from) => cluster.join(into, from),
            Step::Down(node) => cluster.down(node),
            Step::Up(node, partition) => cluster.up(node, partition),
        }
        cluster.expire(TIMER_LAST_MAN);
    }
}

struct Scenario {
    name: &'static str,
    config: Config,
    steps: &'static [Step],
}

const THREE: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1)];
const FOUR: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1), (4, 1)];
const FIVE: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)];
use Step::{Down, Join, Split, Up};

const HALVES: &[Step] = &[
    Split(1, &[3, 4]),
    Join(0, 1),
    Split(1, &[1, 2]),
    Join(0, 1),
    Split(1, &[1, 3]),
    Split(2, &[2]),
    Join(0, 2),
    Join(0, 1),
    Down(4),
    Down(1),
    Up(1, 0),
];

const SCENARIOS: &[Scenario] = &[
    Scenario { name: "majority", config: Config { nodes: FOUR, quorum: &[] }, steps: HALVES },
    Scenario { name: "lowest", config: Config { nodes: FOUR, quorum: &[("auto_tie_breaker", "1")] }, steps: HALVES },
    Scenario {
        name: "highest",
        config: Config { nodes: FOUR, quorum: &[("auto_tie_breaker", "1"), ("auto_tie_breaker_node", "highest")] },
        steps: HALVES,
    },
    Scenario {
        name: "list",
        config: Config { nodes: FOUR, quorum: &[("auto_tie_breaker", "1"), ("auto_tie_breaker_node", "3 1")] },
        steps: HALVES,
    },
    Scenario {
        name: "two_node",
        config: Config { nodes: &[(1, 1), (2, 1)], quorum: &[("two_node", "1")] },
        steps: &[Split(1, &[2]), Join(0, 1), Down(1), Down(2), Up(2, 0), Up(1, 0)],
    },
    Scenario {
        name: "wait_for_all",
        config: Config { nodes: THREE, quorum: &[("wait_for_all", "1")] },
        steps: &[Down(1), Down(2), Down(3), Up(1, 0), Up(2, 0), Up(3, 0), Down(3), Split(1, &[2]), Up(3, 1)],
    },
    Scenario {
        name: "last_man",
        config: Config {
            nodes: FIVE,
            quorum: &[("last_man_standing", "1"), ("last_man_standing_window", "40"), ("wait_for_all", "1")],
        },
        steps: &[Down(5), Down(4), Down(3), Down(2), Up(2, 0), Up(3, 0)],
    },
    Scenario {
        name: "last_man_by_tie",
        config: Config {
            nodes: FOUR,
            quorum: &[
                ("last_man_standing", "1"),
                ("last_man_standing_window", "40"),
                ("wait_for_all", "1"),
                ("auto_tie_breaker", "1"),
            ],
        },
        steps: &[Down(4), Down(3), Down(2), Up(2, 0), Up(3, 0), Up(4, 0)],
    },
    Scenario {
        name: "weights",
        config: Config { nodes: &[(1, 1), (2, 1), (3, 3), (4, 0)], quorum: &[] },
        steps: &[Split(1, &[3]), Join(0, 1), Split(1, &[1, 2, 4]), Down(3), Up(3, 1)],
    },
    Scenario {
        name: "expected",
        config: Config { nodes: THREE, quorum: &[("expected_votes", "5")] },
        steps: &[Split(1, &[3]), Join(0, 1), Down(1)],
    },
    Scenario {
        name: "odd_tie",
        config: Config { nodes: FIVE, quorum: &[("auto_tie_breaker", "1"), ("wait_for_all", "1")] },
        steps: &[Split(1, &[4, 5]), Join(0, 1), Split(1, &[1, 2]), Split(2, &[3]), Join(0, 1), Join(0, 2)],
    },
    Scenario {
        name: "odd_tie_disabled",
        config: Config { nodes: THREE, quorum: &[("auto_tie_breaker", "1")] },
        steps: &[Split(1, &[1]), Join(0, 1), Down(2), Down(3)],
    },
];

impl Scenario {
    fn corosync_conf(&self) -> String {
        let mut text = String::from("totem {\n version: 2\n cluster_name: v\n transport: udpu\n}\nnodelist {\n");
        for (id, votes) in self.config.nodes {
            text += &format!(" node {{\n ring0_addr: 127.0.0.{id}\n nodeid: {id}\n quorum_votes: {votes}\n }}\n");
        }
        text += "}\nquorum {\n provider: corosync_votequorum\n";
        for (key, value) in self.config.quorum {
            text += &format!(" {key}: {value}\n");
        }
        text + "}\nlogging {\n to_syslog: no\n}\n"
    }

    /// What the reference shows at the start and after each step, each given `time`; `None` when it can't run.
    fn reference(&self, time: Duration) -> Option<Vec<Vec<String>>> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vqsim-{}.conf", self.name));
        std::fs::write(&path, self.corosync_conf()).unwrap();
        let mut simulator = Command::new("unshare")
            .args(["-n", "-m", "-p", "-f", "-i", "--mount-proc", "sh", "-c", RUN])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut input = simulator.stdin.take().unwrap();
        // It stops reading when it is told to exit, or could not start: what it printed tells.
        let mut say = |command: &str, settle: Duration| {
            let _gone = writeln!(input, "{command}");
            std::thread::sleep(settle);
        };
        say("timeout 1", time);
        say("show", time / 4);
        for step in self.steps {
            say(&step.command(), time);
            say("show", time / 4);
        }
        say("exit", Duration::ZERO);
        drop(input);
        let output = String::from_utf8(simulator.wait_with_output().unwrap().stdout).unwrap();
        output.contains("vqsim>").then(|| shown(&output))
    }

    /// What both show. A simulator that shows something else may not have had the time to settle, which it doesn't
    /// tell: it is asked again, with twice the time.
    fn compared(&self) -> (Vec<Vec<String>>, Option<Vec<Vec<String>>>) {
        let ours = self.ours();
        let mut theirs = self.reference(SETTLE);
        for time in (1..TRIES).map(|tries| SETTLE * (1 << tries)) {
            if theirs.as_ref().is_none_or(|theirs| *theirs == ours) {
                break;
            }
            theirs = self.reference(time);
        }
        if let Some(theirs) = &theirs {
            assert_eq!(theirs.len(), ours.len(), "{}: the simulator did not read every command", self.name);
        }
        (ours, theirs)
    }

    fn ours(&self) -> Vec<Vec<String>> {
        let mut cluster = Cluster::new(self.config, false);
        let mut shown = vec![cluster.show()];
        for step in self.steps {
            step.take(&mut cluster);
            shown.push(cluster.show());
        }
        shown
    }
}

/// What the simulator printed for each `show`, as [`Cluster::show`] has it.
fn shown(output: &str) -> Vec<Vec<String>> {
    let blocks = output.split("vqsim> show\n").skip(1);
    blocks
        .map(|block| block.lines().take_while(|line| !line.starts_with('#')).filter_map(normal).collect())
        .map(sorted)
        .collect()
}

/// `0:1: q=1 ring=[1.10] nodes=[2 1]` without the ring, members ascending.
fn normal(line: &str) -> Option<String> {
    let (head, rest) = line.split_once(" ring=")?;
    let nodes = rest.split_once("nodes=[")?.1.strip_suffix(']')?;
    let mut nodes: Vec<u32> = nodes.split_whitespace().map(|node| node.parse().unwrap()).collect();
    nodes.sort_unstable();
    Some(format!("{head} nodes={nodes:?}"))
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_by_key(|line| line.split(':').nth(1).map(str::to_owned));
    lines
}

#[test]
fn every_split_is_judged_as_by_the_reference() {
    let mut differences = Vec::new();
    let run = |scenario: &'static Scenario| (scenario, std::thread::spawn(|| scenario.compared()));
    let runs = SCENARIOS.chunks(AT_ONCE).flat_map(|some| {
        let runs: Vec<_> = some.iter().map(run).collect();
        runs.into_iter().map(|(scenario, run)| (scenario, run.join().unwrap())).collect::<Vec<_>>()
    });
    for (scenario, (ours, theirs)) in runs {
        let Some(theirs) = theirs else {
            println!("skipped {}: corosync-vqsim can't be run here", scenario.name);
            continue;
        };
        for (at, (ours, theirs)) in ours.iter().zip(&theirs).enumerate().filter(|(_, (ours, theirs))| ours != theirs) {
            let step = at.checked_sub(1).map(|at| scenario.steps[at]);
            differences.push(format!("{} after {step:?}:\n  ours {ours:#?}\n  theirs {theirs:#?}", scenario.name));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
