//! Debian's command line tools, and what is taken out of their output because it differs between any two runs.

use crate::host::Outcome;

/// A command to compare.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Program and arguments.
    pub command: &'static [&'static str],
    /// Takes times, pids, versions and counters out.
    pub normalise: fn(Outcome) -> Outcome,
}

/// The tools that are compared.
pub const ALL: &[Tool] = &[
    Tool { command: &["corosync-quorumtool", "-s"], normalise: without_date },
    Tool { command: &["corosync-quorumtool", "-l"], normalise: as_is },
    Tool { command: &["corosync-cpgtool"], normalise: without_pids },
    Tool { command: &["corosync-cmapctl"], normalise: without_counters },
    Tool { command: &["corosync-cmapctl", "-m", "stats"], normalise: without_counters },
    Tool { command: &["corosync-cfgtool", "-s"], normalise: as_is },
    Tool { command: &["corosync-cfgtool", "-n"], normalise: as_is },
    Tool { command: &["corosync-cfgtool", "-a", "1"], normalise: as_is },
];

fn as_is(outcome: Outcome) -> Outcome {
    outcome
}

fn map_lines(outcome: Outcome, change: impl Fn(&str) -> Option<String>) -> Outcome {
    let stdout = outcome.stdout.lines().filter_map(change).map(|line| line + "\n").collect();
    Outcome { stdout, ..outcome }
}

fn without_date(outcome: Outcome) -> Outcome {
    map_lines(outcome, |line| Some(if line.starts_with("Date:") { "Date: TIME".to_owned() } else { line.to_owned() }))
}

/// cpgtool's member lines: group name, pid, node id.
fn without_pids(outcome: Outcome) -> Outcome {
    map_lines(outcome, |line| {
        let pid = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_digit());
        let words: Vec<&str> = line.split('\t').map(|word| if pid(word.trim()) { "PID" } else { word }).collect();
        Some(words.join("\t"))
    })
}

/// cmapctl's lines, `key (type) = value`: values of numbers that count or measure become N, and the connections' keys,
/// which hold pids and addresses, lose them.
fn without_counters(outcome: Outcome) -> Outcome {
    let mut lines: Vec<String> = outcome.stdout.lines().filter_map(without_counter).collect();
    // Keys of connections hold addresses: their order says nothing, their repetition neither.
    lines.sort();
    lines.dedup();
    Outcome { stdout: lines.into_iter().map(|line| line + "\n").collect(), ..outcome }
}

fn without_counter(line: &str) -> Option<String> {
    let (key, rest) = line.split_once(" (")?;
    let (kind, value) = rest.split_once(") = ")?;
    let changing = key.starts_with("stats.") || key.starts_with("runtime.");
    let steady = ["runtime.config.", "runtime.votequorum.", "runtime.members.", "runtime.force_gather"];
    let value =
        if changing && kind != "str" && !steady.iter().any(|prefix| key.starts_with(prefix)) { "N" } else { value };
    Some(format!("{} ({kind}) = {value}", without_connection(key)))
}

/// `stats.ipcs.service0.123.0x55d0.sent` and the like: pid and address go.
fn without_connection(key: &str) -> String {
    if !key.starts_with("stats.ipcs.service") {
        return key.to_owned();
    }
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        [stats, ipcs, service, _, _, rest @ ..] if !rest.is_empty() => {
            format!("{stats}.{ipcs}.{service}.PID.CONNECTION.{}", rest.join("."))
        }
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(stdout: &str) -> Outcome {
        Outcome { status: "exit 0".to_owned(), stdout: stdout.to_owned(), stderr: String::new() }
    }

    #[test]
    fn dates_pids_and_counters_go_and_the_rest_stays() {
        assert_eq!(without_date(printed("Date:   Sun\nQuorate: Yes\n")).stdout, "Date: TIME\nQuorate: Yes\n");
        assert_eq!(without_pids(printed("g\t\t      1234\t         1 (a)\n")).stdout, "g\t\tPID\t         1 (a)\n");
        let map = "stats.srp.mtt (u32) = 17\nruntime.config.totem.token (u32) = 1000\ntotem.version (u32) = 2\n";
        let seen = "runtime.config.totem.token (u32) = 1000\nstats.srp.mtt (u32) = N\ntotem.version (u32) = 2\n";
        assert_eq!(without_counters(printed(map)).stdout, seen);
    }

    #[test]
    fn a_connection_loses_its_pid_and_address() {
        let line = "stats.ipcs.service0.77.0x1.procname (str) = tool";
        assert_eq!(without_counter(line).unwrap(), "stats.ipcs.service0.PID.CONNECTION.procname (str) = tool");
    }
}
