//! What Debian's programs must do on a cluster when its hosts meet faults: pacemaker's resources move and stop, and a
//! quorum device decides a split.

mod servers;

use super::{Stack, power::AGENT};
use crate::lan::host_name;
use nix::sys::signal::Signal;
use std::{thread, time::Duration};

/// The address that pacemaker looks after.
const ADDRESS: &str = "10.77.0.100";

/// Seconds for a program that answers at once.
const SOON: u32 = 20;

/// Seconds for a program that asks the cluster while it is busy.
const LATE: u32 = 60;

/// Seconds for pacemaker to notice, decide and act on a loaded machine.
const PATIENCE: u64 = 90;

/// Where the file system of [`agents`] is, and the page.
const MOUNTED: &str = "/run/mounted";
const PAGE: &str = "/run/mounted/page.html";

/// How long nobody may have the address while a power cut is not confirmed.
const UNCONFIRMED: Duration = Duration::from_secs(5);

/// More lines of corosync.conf's quorum section: a device whose daemon lives on the client's host.
pub const DEVICE: &str = "\tdevice {\n\t\tmodel: net\n\t\tvotes: 1\n\t\tnet {\n\t\t\thost: 10.77.0.3\n\t\t\talgorithm: ffsplit\n\
                          \t\t\ttls: on\n\t\t}\n\t}\n";

/// A step of a trial.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What it is about.
    pub name: &'static str,
    /// Carries it out and says what was not as it must be.
    pub act: fn(&mut Stack) -> Result<(), String>,
}

/// Pacemaker on three members, step after step on one cluster.
pub const PACEMAKER: [Step; 5] = [
    Step { name: "pacemaker starts, an address and a power switch are set up", act: set_up },
    Step { name: "crm_mon and pcs see what there is", act: tools },
    Step { name: "power loss of the host with the address, told by corosync-notifyd", act: power_loss_told },
    Step { name: "kill -9 of corosync on the host with the address", act: killed_corosync },
    Step { name: "the host with the address is cut off, and the power switch is broken", act: cut_off },
];

const POWER_LOSS: Step = Step { name: "power loss of the host with the address", act: power_loss };

/// Our executor under Debian's pacemaker, before and after all the faults of [`PACEMAKER`].
pub const EXECUTOR: [Step; 10] = [
    PACEMAKER[0],
    Step { name: "our executor is in the place of Debian's where it should be", act: in_place },
    Step { name: "resources of several kinds run, are promoted, fail and recover", act: kinds },
    Step { name: "a file system, a monitor's page and pings, with Debian's agents", act: agents },
    Step { name: "nginx and PostgreSQL run on each host in turn, and come back after kill -9", act: servers::servers },
    Step { name: "kill -9 of the executor leaves resources alone", act: killed_executor },
    POWER_LOSS,
    PACEMAKER[3],
    PACEMAKER[4],
    Step { name: "resources move from host to host, and stop", act: moved },
];

/// Our CIB manager under Debian's other daemons, before and after all the faults of [`PACEMAKER`].
pub const CIB_MANAGER: [Step; 12] = [
    PACEMAKER[0],
    Step { name: "our CIB manager is in the place of Debian's where it should be", act: in_place },
    Step { name: "resources of several kinds run, are promoted, fail and recover", act: kinds },
    Step { name: "edits on all hosts at once: all are made, and all hosts have the same CIB", act: edits },
    Step { name: "a CIB that differs is found out and replaced", act: divergence },
    Step { name: "every host answers for others, and upgrades to the newest schema", act: asked_elsewhere },
    Step { name: "kill -9 of the CIB manager", act: killed_cib_manager },
    POWER_LOSS,
    PACEMAKER[3],
    PACEMAKER[4],
    Step { name: "the same edits again, and all hosts have the same CIB", act: edits },
    Step { name: "resources move from host to host, and stop", act: moved },
];

/// Where Debian has the executor.
pub const EXECUTOR_PATH: &str = "/usr/lib/pacemaker/pacemaker-execd";

/// Where Debian has the CIB manager.
pub const CIB_MANAGER_PATH: &str = "/usr/lib/pacemaker/pacemaker-based";

/// A quorum device on two members.
pub const QDEVICE: [Step; 2] = [
    Step { name: "corosync-qdevice registers with corosync-qnetd, with certificates", act: device },
    Step { name: "the device decides a split", act: split },
];

fn members(stack: &Stack) -> Vec<usize> {
    (0..stack.size()).collect()
}

fn set_up(stack: &mut Stack) -> Result<(), String> {
    stack.start_all()?;
    let (ip, port) = (format!("ip={}", stack.power.address.ip()), format!("ipport={}", stack.power.address.port()));
    let names: Vec<String> = members(stack).into_iter().map(host_name).collect();
    let hosts = format!("pcmk_host_list={}", names.join(" "));
    let agent = format!("stonith:{AGENT}");
    stack.must(0, SOON, &["crm", "configure", "primitive", "power", &agent, "params", &ip, &port, &hosts])?;
    let address = format!("ip={ADDRESS}");
    let vip = ["crm", "configure", "primitive", "vip", "ocf:heartbeat:IPaddr2", "params", &address, "cidr_netmask=24"];
    stack.must(0, SOON, &vip)?;
    started(stack, 0)?;
    holder(stack).map(drop)
}

/// Waits until pacemaker has the power switch in use.
fn started(stack: &Stack, host: usize) -> Result<(), String> {
    stack.until(PATIENCE, "the power switch started in pacemaker", |stack| {
        let said = stack.run(host, SOON, &["crm_mon", "-1"]);
        said.is_ok_and(|said| said.stdout.lines().any(|line| line.contains(AGENT) && line.contains("Started")))
    })
}

/// The one host that has the address.
fn holder(stack: &Stack) -> Result<usize, String> {
    stack.until(PATIENCE, &format!("{ADDRESS} on one host"), |stack| stack.holders(ADDRESS).len() == 1)?;
    stack.holders(ADDRESS).first().copied().ok_or_else(|| "the address went away again".to_owned())
}

/// No systemd runs on a virtual host, and crmsh asks it whether corosync runs.
const SYSTEMCTL: &str = "mkdir /run/tools; cat > /run/tools/systemctl <<'end'
#!/bin/sh
for unit; do :; done
pidof ${unit%.service} > /dev/null && echo active
end
chmod 755 /run/tools/systemctl";

fn tools(stack: &mut Stack) -> Result<(), String> {
    script(stack, 0, SYSTEMCTL)?;
    let path = format!("PATH=/run/tools:{}", std::env::var("PATH").unwrap_or_default());
    let expected: [(&[&str], &str); 6] = [
        (&["crm_mon", "-1"], "Stack: corosync"),
        (&["env", &path, "crm", "cluster", "status"], "nodeid:          2:\tconnected"),
        (&["pcs", "status", "corosync"], "n1 (local)"),
        (&["pcs", "quorum", "status"], "Quorate:          Yes"),
        (&["corosync-cfgtool", "-s"], "nodeid:          2:\tconnected"),
        (&["corosync-cfgtool", "-n"], "nodeid: 2 reachable"),
    ];
    for (words, expected) in expected {
        let said = stack.must(0, SOON, words)?;
        if !said.contains(expected) {
            return Err(format!("`{}` does not say \"{expected}\":\n{said}", words.join(" ")));
        }
    }
    Ok(())
}

/// Waits until the address is on another host than this one, whose power must have been cut or found gone.
fn moved_from(stack: &Stack, lost: usize, deeds: usize) -> Result<(), String> {
    stack.until(
        PATIENCE,
        &format!("{ADDRESS} on another host than {}", host_name(lost)),
        |stack| matches!(stack.holders(ADDRESS)[..], [one] if one != lost),
    )?;
    let confirmed = stack.power.deeds().iter().skip(deeds).any(|deed| deed.host == host_name(lost));
    let words = format!("{} was taken over from before it was sure to be off", host_name(lost));
    if confirmed { Ok(()) } else { Err(words) }
}

/// Gives a host power again and waits until the cluster is whole.
fn back(stack: &mut Stack, host: usize) -> Result<(), String> {
    stack.power_on(host).map_err(|error| error.to_string())?;
    let all = members(stack);
    stack.await_ring(&all)?;
    stack.await_online(&all)?;
    started(stack, 0)?;
    holder(stack).map(drop)
}

fn power_loss(stack: &mut Stack) -> Result<(), String> {
    let (lost, deeds) = (holder(stack)?, stack.power.deeds().len());
    stack.power_off(lost);
    moved_from(stack, lost, deeds)?;
    back(stack, lost)
}

fn power_loss_told(stack: &mut Stack) -> Result<(), String> {
    let lost = holder(stack)?;
    let others: Vec<usize> = members(stack).into_iter().filter(|host| *host != lost).collect();
    for host in &others {
        stack.keep(*host, "notifyd", &["corosync-notifyd", "-f", "-o", "-n"])?;
    }
    power_loss(stack)?;
    for host in others {
        told(stack, host, lost)?;
        // on the reference's corosync it keeps the host busy
        stack.must(host, SOON, &["pkill", "corosync-notif"])?;
    }
    Ok(())
}

/// Waits until a host's corosync-notifyd has told that another went and came, and its link with it.
fn told(stack: &Stack, host: usize, lost: usize) -> Result<(), String> {
    let number = lost + 1;
    let events = [
        format!("[{number}] ip:10.77.0.{number} left"),
        format!("[{number}] ip:10.77.0.{number} joined"),
        format!("link 0 to node {number} is now disconnected"),
        format!("link 0 to node {number} is now operational"),
    ];
    for event in events {
        let words = format!("corosync-notifyd on {} says \"{event}\"", host_name(host));
        stack.until(PATIENCE, &words, |stack| stack.said(host, "notifyd").contains(&event))?;
    }
    Ok(())
}

fn killed_corosync(stack: &mut Stack) -> Result<(), String> {
    let (lost, deeds) = (holder(stack)?, stack.power.deeds().len());
    stack.signal_corosync(lost, Signal::SIGKILL).map_err(|error| error.to_string())?;
    moved_from(stack, lost, deeds)?;
    if stack.has_power(lost) {
        return Err(format!("{} still has power", host_name(lost)));
    }
    back(stack, lost)
}

fn cut_off(stack: &mut Stack) -> Result<(), String> {
    let (lost, deeds) = (holder(stack)?, stack.power.deeds().len());
    stack.power.set_broken(true);
    stack.lan().split(&[lost]);
    stack.until(PATIENCE, &format!("{} without quorum stops its address", host_name(lost)), |stack| {
        stack.holders(ADDRESS).is_empty()
    })?;
    thread::sleep(UNCONFIRMED);
    if let [taker, ..] = stack.holders(ADDRESS)[..] {
        return Err(format!("{} has the address, and nobody confirmed a power cut", host_name(taker)));
    }
    stack.power.set_broken(false);
    moved_from(stack, lost, deeds)?;
    stack.lan().heal_all();
    back(stack, lost)
}

/// A script on a host; its first argument is the folder that all see.
fn script(stack: &Stack, host: usize, text: &str) -> Result<(), String> {
    let shared = stack.folder.to_string_lossy().into_owned();
    stack.must(host, 120, &["sh", "-e", "-c", text, &shared]).map(drop)
}

fn device(stack: &mut Stack) -> Result<(), String> {
    let server = stack.client();
    script(
        stack,
        server,
        "mkdir -p /run/corosync-qnetd /etc/corosync/qnetd; chown coroqnetd: /run/corosync-qnetd /etc/corosync/qnetd
         rm -rf /etc/corosync/qnetd/nssdb; corosync-qnetd-certutil -i
         cp /etc/corosync/qnetd/nssdb/qnetd-cacert.crt $0",
    )?;
    for host in members(stack) {
        stack.start_corosync(host).map_err(|error| error.to_string())?;
        script(
            stack,
            host,
            "mkdir -p /run/corosync-qdevice /etc/corosync/qdevice/net; corosync-qdevice-net-certutil -i -c $0/qnetd-cacert.crt",
        )?;
    }
    let kept = "/etc/corosync/qdevice/net/nssdb";
    script(stack, 0, &format!("corosync-qdevice-net-certutil -r -n clusters; cp {kept}/qdevice-net-node.crq $0"))?;
    script(
        stack,
        server,
        "corosync-qnetd-certutil -s -c $0/qdevice-net-node.crq -n clusters
         cp /etc/corosync/qnetd/nssdb/cluster-clusters.crt $0; chown -R coroqnetd: /etc/corosync/qnetd",
    )?;
    script(
        stack,
        0,
        &format!("corosync-qdevice-net-certutil -M -c $0/cluster-clusters.crt; cp {kept}/qdevice-net-node.p12 $0"),
    )?;
    script(stack, 1, "corosync-qdevice-net-certutil -m -c $0/qdevice-net-node.p12")?;
    stack.keep(server, "qnetd", &["corosync-qnetd", "-f"])?;
    members(stack).into_iter().try_for_each(|host| stack.keep(host, "qdevice", &["corosync-qdevice", "-f"]))?;
    stack.until(PATIENCE, "three votes of three on both hosts", |stack| {
        members(stack).iter().all(|host| votes(stack, *host).contains("Total votes:      3\n"))
    })
}

fn votes(stack: &Stack, host: usize) -> String {
    stack.run(host, SOON, &["corosync-quorumtool", "-s"]).map(|said| said.stdout).unwrap_or_default()
}

/// `ffsplit` breaks a tie for the lowest node id.
fn split(stack: &mut Stack) -> Result<(), String> {
    stack.lan().cut_way(0, 0, 1);
    stack.lan().cut_way(0, 1, 0);
    stack.until(PATIENCE, "n1 alone is quorate, n2 is not", |stack| {
        let (first, second) = (votes(stack, 0), votes(stack, 1));
        let alone = |said: &str, word: &str| said.contains("Nodes:            1\n") && said.contains(word);
        alone(&first, "Quorate:          Yes") && alone(&second, "Quorate:          No")
    })?;
    stack.lan().heal_all();
    stack.await_ring(&members(stack))
}

fn in_place(stack: &mut Stack) -> Result<(), String> {
    for (host, new, old) in stack.replacements() {
        let path = new.to_string_lossy().into_owned();
        let compare = "cmp \"$0\" /proc/$(pidof \"$1\")/exe";
        stack.must(*host, SOON, &["sh", "-c", compare, &path, old])?;
    }
    Ok(())
}

/// What each host does at the same time as the others, `$0` being its name: properties set, elements created and some
/// of them deleted again, each of which must be done.
const EDITS: &str = "for i in 1 2 3 4 5 6 7 8; do
crm_attribute -t crm_config -n edits-$0 -v $i
cibadmin --create -o constraints -X \"<rsc_location id='edit-$0-$i' rsc='dummy' node='$0' score='$i'/>\"
cibadmin --modify -o constraints -X \"<rsc_location id='edit-$0-$i' score='1$i'/>\"
[ $i -gt 4 ] || cibadmin --delete -o constraints -X \"<rsc_location id='edit-$0-$i'/>\"
done
cibadmin --delete --xpath \"//rsc_location[@id='edit-$0-5']\"";

fn edits(stack: &mut Stack) -> Result<(), String> {
    let clear = "cibadmin --delete-all --force --xpath \"//rsc_location[starts-with(@id, 'edit-')]\"";
    stack.must(0, LATE, &["sh", "-e", "-c", clear])?;
    let stack = &*stack;
    let outcomes: Vec<Result<String, String>> = thread::scope(|scope| {
        let edit = |host: usize| {
            let name = host_name(host);
            scope.spawn(move || stack.must(host, 3 * LATE, &["sh", "-e", "-c", EDITS, &name]))
        };
        let running: Vec<_> = members(stack).into_iter().map(edit).collect();
        running.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a thread ended badly".to_owned()))).collect()
    });
    outcomes.into_iter().try_for_each(|outcome| outcome.map(drop))?;
    for host in members(stack) {
        let (id, name) = (format!("edit-crm-{}", host_name(host)), host_name(host));
        stack.must(host, LATE, &["crm", "configure", "location", &id, "dummy", "0:", &name])?;
    }
    let cib = same_cib(stack)?;
    for name in members(stack).into_iter().map(host_name) {
        let last = format!("name=\"edits-{name}\" value=\"8\"");
        let (kept, deleted) = (format!("edit-{name}-8"), format!("edit-{name}-5"));
        let once = [&kept, &format!("edit-crm-{name}")].iter().all(|id| cib.matches(id.as_str()).count() == 1);
        if !cib.contains(&last) || !once || cib.contains(&deleted) {
            return Err(format!("the edits of {name} are not what is in the CIB:\n{cib}"));
        }
    }
    Ok(())
}

/// A host's own CIB, without the time of the last change, which each host notes for itself.
fn own_cib(stack: &Stack, host: usize) -> Option<String> {
    let said = stack.run(host, SOON, &["cibadmin", "--query", "--local"]).ok()?;
    let (before, rest) = said.stdout.split_once("cib-last-written=\"")?;
    let (_, after) = rest.split_once('"')?;
    said.success().then(|| format!("{before}{after}"))
}

/// Waits until all hosts have the same CIB, and gives it.
fn same_cib(stack: &Stack) -> Result<String, String> {
    let mut same = None;
    let equal = stack.until(PATIENCE, "all hosts have the same CIB", |stack| {
        let cibs: Option<Vec<String>> = members(stack).into_iter().map(|host| own_cib(stack, host)).collect();
        same = cibs.filter(|cibs| cibs.windows(2).all(|pair| pair[0] == pair[1])).and_then(|mut cibs| cibs.pop());
        same.is_some()
    });
    equal.and_then(|()| same.ok_or_else(|| "no CIB".to_owned()))
}

/// What `$0` asks of the other hosts: their resources, which are its own, and an upgrade, which one of them decides and all
/// carry out.
const ASKED_ELSEWHERE: &str = "own=$(cibadmin --query --local -o resources)
for other in $1; do
[ \"$(cibadmin --node $other --query -o resources)\" = \"$own\" ]
done
cibadmin --modify -X '<cib validate-with=\"pacemaker-3.0\"/>'
cibadmin --query --no-children | grep -q 'validate-with=\"pacemaker-3.0\"'
cibadmin --upgrade --force
for try in $(seq 100); do
cibadmin --query --no-children | grep -q 'validate-with=\"pacemaker-3.0\"' || break
sleep 0.1
done
cibadmin --upgrade --force 2>&1 || true";

fn asked_elsewhere(stack: &mut Stack) -> Result<(), String> {
    let names: Vec<String> = members(stack).into_iter().map(host_name).collect();
    let others = names.join(" ");
    for (host, name) in names.iter().enumerate() {
        let said = stack.must(host, 2 * LATE, &["sh", "-e", "-c", ASKED_ELSEWHERE, name, &others])?;
        let cib = same_cib(stack)?;
        if cib.contains("validate-with=\"pacemaker-3.0\"") || !said.contains("already the latest") {
            return Err(format!("{name} did not upgrade: {said}\n{cib}"));
        }
    }
    Ok(())
}

/// The host that decides.
fn controller(stack: &Stack) -> Result<usize, String> {
    let said = stack.must(0, SOON, &["crm_mon", "-1"])?;
    let name = said.split("Current DC: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    let found = members(stack).into_iter().find(|host| name == Some(host_name(*host).as_str()));
    found.ok_or_else(|| format!("nobody decides: {said}"))
}

/// Changes one host's status section alone, as no tool does by itself. The next change of the configuration gives all the
/// same version, and the comparison of digests after it must find the difference.
const DIVERGE: &str = "state=$(cibadmin --query --xpath \"//node_state[@uname='$0']\" --no-children)
id=$(echo \"$state\" | sed 's/.* id=\"\\([^\"]*\\)\".*/\\1/')
cibadmin --node $0 --modify -o status -X \"<node_state id='$id' diverged='yes'/>\"
cibadmin --query --local | grep -q diverged=
crm_attribute -t crm_config -n diverged-$0 -v $$";

fn divergence(stack: &mut Stack) -> Result<(), String> {
    let decides = controller(stack)?;
    for host in members(stack).into_iter().filter(|host| *host != decides) {
        stack.must(host, LATE, &["sh", "-e", "-c", DIVERGE, &host_name(host)])?;
        if same_cib(stack)?.contains("diverged=") {
            return Err(format!("all hosts have what {} alone had", host_name(host)));
        }
    }
    Ok(())
}

/// Daemons that lose their CIB manager end and are started again; whether the others cut the host's power before it is
/// back is a race.
fn killed_cib_manager(stack: &mut Stack) -> Result<(), String> {
    let Some(host) = stack.replacements().first().map(|(host, ..)| *host) else { return Ok(()) };
    let find = ["pidof", "pacemaker-based", "pacemaker-controld"];
    let before = stack.must(host, SOON, &find)?;
    let killed = stack.must(host, SOON, &find[..2])?;
    stack.must(host, SOON, &["kill", "-9", killed.trim()])?;
    stack.until(PATIENCE, &format!("another CIB manager on {}, or its power cut", host_name(host)), |stack| {
        let is_other = |pid: &str| before.split_whitespace().all(|old| old != pid);
        let others = |said: &str| said.split_whitespace().filter(|pid| is_other(pid)).count();
        !stack.has_power(host) || stack.run(host, SOON, &find).is_ok_and(|said| others(&said.stdout) == 2)
    })?;
    let witness = (host + 1) % stack.size();
    stack.must(witness, 2 * LATE, &["crm_resource", "--wait", "--timeout", "100s"])?;
    // pacemakerd of 2.1.5 asks corosync before it starts a daemon again, and where corosync is too busy to answer, never does
    let all_daemons = "for name in based fenced execd attrd schedulerd controld; do pidof pacemaker-$name; done";
    if stack.has_power(host) && stack.must(host, SOON, &["sh", "-e", "-c", all_daemons]).is_err() {
        let deeds = stack.power.deeds().len();
        stack.power_off(host);
        stack.until(PATIENCE, &format!("the others are sure that {} is off", host_name(host)), |stack| {
            stack.power.deeds().iter().skip(deeds).any(|deed| deed.host == host_name(host))
        })?;
    }
    if !stack.has_power(host) {
        back(stack, host)?;
    }
    stack.await_online(&members(stack))?;
    all_run(stack)?;
    same_cib(stack)?;
    in_place(stack)
}

/// Agents of several kinds: an OCF agent that is watched, a promotable one on all hosts, an init script.
fn kinds(stack: &mut Stack) -> Result<(), String> {
    let configuration = "primitive dummy ocf:pacemaker:Dummy op monitor interval=2s timeout=20s
primitive state ocf:pacemaker:Stateful op monitor interval=3s role=Master timeout=20s op monitor interval=4s timeout=20s
ms states state
";
    configure(stack, configuration)?;
    all_run(stack)?;
    // the agent's own state file goes, as if what it looks after had died
    let owner = owner(stack, "dummy")?;
    stack.must(
        owner,
        SOON,
        &["sh", "-c", "rm /run/Dummy-dummy.state /run/resource-agents/Dummy-dummy.state 2>/dev/null || true"],
    )?;
    stack.until(PATIENCE, "a failure of dummy counted", |stack| {
        stack.run(0, SOON, &["crm_mon", "-1f"]).is_ok_and(|said| said.stdout.contains("fail-count=1"))
    })?;
    all_run(stack)
}

/// Agents of Debian's resource-agents and pacemaker-resource-agents: each host in turn has the file system and the page.
fn agents(stack: &mut Stack) -> Result<(), String> {
    let client = stack.size();
    let configuration = format!(
        "primitive fs ocf:heartbeat:Filesystem params device=tmpfs directory={MOUNTED} fstype=tmpfs op monitor interval=5s timeout=40s
primitive page ocf:pacemaker:ClusterMon params user=root update=2 htmlfile={PAGE} op monitor interval=5s timeout=20s
group web fs page
primitive pings ocf:pacemaker:ping params host_list=10.77.0.{} dampen=1s op monitor interval=3s timeout=60s
clone reach pings
",
        client + 1
    );
    configure(stack, &configuration)?;
    for host in members(stack) {
        move_to(stack, "web", host)?;
        let has = |stack: &Stack, other: usize| {
            let look = format!("findmnt {MOUNTED} && test -s {PAGE}");
            stack.run(other, SOON, &["sh", "-c", &look]).is_ok_and(|said| said.success())
        };
        stack.until(PATIENCE, &format!("the file system and the page on {} alone", host_name(host)), |stack| {
            let there: Vec<usize> = members(stack).into_iter().filter(|other| has(stack, *other)).collect();
            there == [host]
        })?;
        crm_resource(stack, &["--resource", "web", "--clear"])?;
    }
    stack.until(PATIENCE, "all hosts reach the client", |stack| {
        let said = stack.run(0, SOON, &["crm_mon", "-1A"]);
        said.is_ok_and(|said| said.stdout.lines().filter(|line| line.contains("pingd")).count() == members(stack).len())
    })?;
    // the faults that follow are about other resources
    remove(stack, &["web", "reach"], "fs page pings")
}

/// Waits until all that [`kinds`] set up runs.
fn all_run(stack: &Stack) -> Result<(), String> {
    stack.until(PATIENCE, "dummy and the promotable clone run", |stack| {
        let Ok(said) = stack.run(0, SOON, &["crm_mon", "-1"]) else { return false };
        let has =
            |first: &str, second: &str| said.stdout.lines().any(|line| line.contains(first) && line.contains(second));
        let all = members(stack).len();
        let unpromoted = said.stdout.lines().find(|line| line.contains("Unpromoted:"));
        has("dummy", "Started")
            && has("Promoted:", "[ n")
            && unpromoted
                .is_some_and(|line| line.split_whitespace().filter(|word| word.starts_with('n')).count() == all - 1)
    })
}

/// The host where pacemaker says that a resource is.
fn owner(stack: &Stack, resource: &str) -> Result<usize, String> {
    let said = stack.must(0, SOON, &["crm_resource", "--resource", resource, "--locate"])?;
    let found = members(stack).into_iter().find(|host| said.trim_end().ends_with(&host_name(*host)));
    found.ok_or_else(|| format!("nobody has {resource}: {said}"))
}

/// Tells pacemaker about a resource.
fn crm_resource(stack: &Stack, words: &[&str]) -> Result<(), String> {
    stack.must(0, LATE, &[&["crm_resource"], words].concat()).map(drop)
}

fn move_to(stack: &Stack, resource: &str, host: usize) -> Result<(), String> {
    crm_resource(stack, &["--resource", resource, "--move", "--force", "--node", &host_name(host)])
}

/// Adds to the configuration what crmsh's words say.
fn configure(stack: &Stack, words: &str) -> Result<(), String> {
    stack.must(0, LATE, &["sh", "-c", "printf %s \"$0\" | crm configure load update -", words]).map(drop)
}

/// Stops resources and takes them, and what is in them, out of the configuration.
fn remove(stack: &Stack, resources: &[&str], parts: &str) -> Result<(), String> {
    let stop: String =
        resources.iter().map(|name| format!("crm_resource -r {name} --meta -p target-role -v Stopped && ")).collect();
    let gone = format!("crm --force configure delete {} {parts}", resources.join(" "));
    let script = format!("{stop}crm_resource --wait --timeout 100s && {gone}");
    stack.must(0, 2 * LATE, &["sh", "-c", &script]).map(drop)
}

fn killed_executor(stack: &mut Stack) -> Result<(), String> {
    let Some(host) = stack.replacements().first().map(|(host, ..)| *host) else { return Ok(()) };
    move_to(stack, "vip", host)?;
    stack.until(PATIENCE, &format!("the address on {}", host_name(host)), |stack| stack.holders(ADDRESS) == [host])?;
    crm_resource(stack, &["--resource", "vip", "--clear"])?;
    stack.must(host, SOON, &["sh", "-c", "kill -9 $(pidof pacemaker-execd)"])?;
    stack.until(PATIENCE, "another executor runs", |stack| {
        stack.run(host, SOON, &["pidof", "pacemaker-execd"]).is_ok_and(|said| said.success())
    })?;
    in_place(stack)?;
    all_run(stack)?;
    let all = members(stack);
    stack.await_online(&all)?;
    stack.until(PATIENCE, "the address is on one host", |stack| stack.holders(ADDRESS).len() == 1)
}

fn moved(stack: &mut Stack) -> Result<(), String> {
    all_run(stack)?;
    for host in members(stack) {
        for resource in ["dummy", "vip"] {
            move_to(stack, resource, host)?;
        }
        stack.until(PATIENCE, &format!("the address and dummy on {}", host_name(host)), |stack| {
            stack.holders(ADDRESS) == [host] && owner(stack, "dummy").is_ok_and(|owner| owner == host)
        })?;
        for resource in ["dummy", "vip"] {
            crm_resource(stack, &["--resource", resource, "--clear"])?;
        }
    }
    crm_resource(
        stack,
        &["--resource", "vip", "--meta", "--set-parameter", "target-role", "--parameter-value", "Stopped"],
    )?;
    stack.until(PATIENCE, "nobody has the address", |stack| stack.holders(ADDRESS).is_empty())
}
