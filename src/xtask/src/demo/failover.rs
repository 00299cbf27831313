//! The demo's second half: an address that moves when its host loses power, and what happened when.

use super::{MEMBERS, show as show_command};
use crate::Result;
use std::time::{Duration, SystemTime};
use testkit::{
    lan::host_name,
    stack::{Stack, power::AGENT},
};

/// The address that the cluster gives.
const ADDRESS: &str = "10.77.0.100";

/// Seconds until the address must answer from the other host.
const PATIENCE: u64 = 60;

/// Seconds between two pings, as ping wants them.
const PING: &str = "0.2";

/// What a line of a log means; `{left}` is the host that stays, `{lost}` the one without power.
struct Mark {
    /// The log: `corosync` or `pacemaker`.
    log: &'static str,
    line: &'static str,
    meaning: &'static str,
}

const fn mark(log: &'static str, line: &'static str, meaning: &'static str) -> Mark {
    Mark { log, line, meaning }
}

const MARKS: [Mark; 5] = [
    mark(
        "corosync",
        "[TOTEM ] Token has not been",
        "{left}'s corosync waits for the token that goes round between the hosts",
    ),
    mark("corosync", "[TOTEM ] A processor failed", "the token is late for too long: corosync asks who is still there"),
    mark(
        "corosync",
        "[TOTEM ] A new membership",
        "nobody else is: a membership of {left} alone, which has quorum (two_node)",
    ),
    mark(
        "pacemaker",
        "Scheduling node {lost} for",
        "pacemaker can't know whether {lost} still uses the address: power off first",
    ),
    mark("pacemaker", "Result of start operation for vip on", "pacemaker has put the address on {left}"),
];

/// Sets pacemaker up, cuts the power, tells what happened. An error when the address does not come back.
pub(super) fn show(stack: &mut Stack) -> Result<()> {
    println!("\n7. Debian's pacemaker on top, unmodified; it elects a coordinator, which takes 20 seconds");
    MEMBERS.iter().try_for_each(|host| stack.start_pacemaker(*host)).map_err(|error| format!("pacemaker: {error}"))?;
    stack.await_online(&MEMBERS)?;
    configure(stack)?;
    let started = "the power switch in use by pacemaker";
    stack.until(PATIENCE, started, |stack| {
        let said = stack.run(0, 5, &["crm_mon", "-1"]);
        said.is_ok_and(|said| said.stdout.lines().any(|line| line.contains(AGENT) && line.contains("Started")))
    })?;
    let (left, lost) = holder(stack)?;
    show_command(stack, left, &["crm_mon", "-1"], "Pacemaker's view: both hosts online, the address on one of them.")?;
    let client = stack.client();
    println!("\n8. {} is no member of the cluster: a client, which pings {ADDRESS} all the time", host_name(client));
    let ping = ["ping", "-n", "-D", "-i", PING, ADDRESS];
    let _ping = stack.spawn(client, "ping", &ping).map_err(|error| format!("ping: {error}"))?;
    answer_after(stack, SystemTime::now(), PATIENCE)?;
    println!("it is answered by {}. Now {0} loses its power: all its processes are gone at once.", host_name(lost));
    let begin = SystemTime::now();
    stack.power_off(lost);
    let off = SystemTime::now();
    let answered = answer_after(stack, off, PATIENCE)?;
    if stack.holders(ADDRESS) != [left] {
        return Err(format!("{ADDRESS} answers, but {} does not have it", host_name(left)));
    }
    timeline(stack, (left, lost), begin, answered);
    show_command(stack, left, &["crm_mon", "-1"], "Pacemaker's view now.")
}

/// The fence device and the address.
fn configure(stack: &Stack) -> Result<()> {
    println!(
        "\nWho takes over from a silent host must be sure that it is off: both using one address would harm the clients."
    );
    println!(
        "So these hosts hang on a power switch, a program outside of them. The fence agent {AGENT} asks it over the"
    );
    println!("network, and it answers only when no process of the host is left.");
    let (ip, port) = (format!("ip={}", stack.power.address.ip()), format!("ipport={}", stack.power.address.port()));
    let agent = format!("stonith:{AGENT}");
    let power = ["crm", "configure", "primitive", "power", &agent, "params", &ip, &port, "pcmk_host_list=n1 n2"];
    show_command(stack, 0, &power, "The power switch.")?;
    let address = format!("ip={ADDRESS}");
    let vip = ["crm", "configure", "primitive", "vip", "ocf:heartbeat:IPaddr2", "params", &address, "cidr_netmask=24"];
    show_command(
        stack,
        0,
        &[&vip[..], &["op", "monitor", "interval=5s"]].concat(),
        "The address, looked after by Debian's agent.",
    )
}

/// The hosts without and with the address, once one of them has it.
fn holder(stack: &Stack) -> Result<(usize, usize)> {
    stack.until(PATIENCE, &format!("{ADDRESS} on one host"), |stack| stack.holders(ADDRESS).len() == 1)?;
    let lost = stack.holders(ADDRESS).first().copied().unwrap_or_default();
    Ok((MEMBERS.into_iter().find(|host| *host != lost).unwrap_or_default(), lost))
}

/// When the client's ping was first answered after a point in time.
fn answer_after(stack: &Stack, after: SystemTime, patience: u64) -> Result<SystemTime> {
    let client = stack.client();
    let answers = |stack: &Stack| stack.said(client, "ping").lines().filter_map(answered).find(|at| *at > after);
    let words = format!("an answer from {ADDRESS} to the client: the address did not come back");
    stack.until(patience, &words, |stack| answers(stack).is_some())?;
    answers(stack).ok_or(words)
}

/// `[1795402550.232118] 64 bytes from ...`: when that was.
fn answered(line: &str) -> Option<SystemTime> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let seconds: f64 = rest.contains("bytes from").then_some(time)?.parse().ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::try_from_secs_f64(seconds).ok()?)
}

/// Prints what happened, from everybody's logs, in seconds since the power was cut.
fn timeline(stack: &Stack, (left, lost): (usize, usize), begin: SystemTime, answered: SystemTime) {
    let since = |at: SystemTime| at.duration_since(begin).unwrap_or_default().as_secs_f64();
    let name = |text: &str| text.replace("{left}", &host_name(left)).replace("{lost}", &host_name(lost));
    let mut events = vec![(0.0, name("{lost}, which has the address, loses its power"))];
    for mark in MARKS {
        let log = if mark.log == "corosync" { stack.said(left, "corosync") } else { stack.pacemaker_log(left) };
        let line = name(mark.line);
        let at = log.lines().filter(|text| text.contains(&line)).filter_map(|text| seconds_since(text, begin)).next();
        events.extend(at.map(|at| (at, name(mark.meaning))));
    }
    for deed in stack.power.deeds().iter().filter(|deed| deed.host == host_name(lost)) {
        let words = if deed.was_on { "it still was on" } else { "it had no power" };
        events.push((since(deed.at), format!("the power switch confirms that {} is off ({words})", deed.host)));
    }
    events.push((since(answered), name("the client's ping is answered, by {left}")));
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("\n9. What happened, in seconds since the power was cut\n");
    events.iter().for_each(|(at, words)| println!("  {at:6.2}  {words}"));
    println!("\nThe address was away for {:.1} seconds.", since(answered));
}

/// Seconds in a day.
const DAY: f64 = 86_400.0;

/// When a line of a log was written, `Nov 23 02:55:34.728 ...` in UTC, in seconds after a point in time; `None` when it
/// was before.
fn seconds_since(line: &str, begin: SystemTime) -> Option<f64> {
    let clock = line.split_whitespace().nth(2)?;
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    let at = parts.next()?? * 3600.0 + parts.next()?? * 60.0 + parts.next()??;
    let begin = begin.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64() % DAY;
    let since = (at - begin).rem_euclid(DAY);
    (since < DAY / 2.0).then_some(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_lines_time_is_told_across_midnight_and_not_when_it_is_older() {
        let line = "Nov 23 00:00:01.500 notice  [TOTEM ] A new membership";
        assert_eq!(seconds_since(line, at(86_400 - 2)), Some(3.5));
        assert_eq!(seconds_since(line, at(10)), None);
        assert_eq!(seconds_since("no time here", at(0)), None);
    }

    #[test]
    fn only_answers_count_as_answers() {
        assert_eq!(
            answered("[100.5] 64 bytes from 10.77.0.100: icmp_seq=1"),
            Some(at(100) + Duration::from_millis(500))
        );
        assert_eq!(answered("[100.5] From 10.77.0.3 icmp_seq=1 Destination Host Unreachable"), None);
    }
}
