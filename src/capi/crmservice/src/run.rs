//! Processes of actions: started, listened to, timed, and what came of them.
//!
//! Counterpart: `lib/services/services_linux.c` (2.1.5), and of libcrmcommon's main loop what watches children.

use crate::types::{LEAVE_GROUP, Op};
use crate::units::{self, UnitJob};
use crate::{results, turns};
use capi_pcmk::{Priority, Source, log};
use core_agents::{Class, Ended, ExecStatus, NO_SECRETS, Outcome, SECRET, output_lines, reason_in};
use core_types::Level;
use nix::errno::Errno;
use std::cell::RefCell;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use sys_process::{Child, Exit, Input, Program, SpawnError, Spawner, Stream};

/// Bytes of what an agent prints that are kept of each stream, the last ones.
const OUTPUT_MAX: usize = 16 << 20;
/// How long a process that was killed may take before that is told in the log.
const DYING: Duration = Duration::from_secs(5);
/// What is said of a file that the kernel doesn't run.
const NOT_RUN: &str = "Child process was unable to execute file";
const EXECUTE: &CStr = c"services__execute_file";
const LAUNCH: &CStr = c"action_launch_child";
const COMPLETE: &CStr = c"async_action_complete";

/// What runs for an action.
pub(crate) enum Job {
    Process(Box<Process>),
    /// Its program couldn't be run, which is told from the main loop.
    NotRun {
        _told: Source,
    },
    /// Systemd was asked.
    Unit(Box<UnitJob>),
}

/// A process beside the main loop. The sources go before the descriptors that they watch.
pub(crate) struct Process {
    out: Option<Source>,
    err: Option<Source>,
    _end: Source,
    timer: Option<Source>,
    /// It was killed as its time was over.
    timed_out: bool,
    child: Child,
}

/// Why there is no process.
enum NotStarted {
    /// There can be none.
    Refused(Outcome),
    /// There was one for a moment: its result, and what it would have printed.
    GivenUp(Outcome, String),
}

/// Runs an action's program: waits for it and says whether it went well, or else begins it and says whether the action
/// is now somebody else's to free.
pub(crate) fn execute_file(op: Op) -> Result<(), turns::NotDone> {
    let started = start(op);
    if op.synchronous.get() != 0 {
        match started {
            Ok(mut child) => {
                forked(op, Some(&child));
                wait(op, &mut child);
            }
            Err(not_started) => settle(op, not_started),
        }
        return turns::done(op);
    }
    match started {
        Ok(child) => {
            forked(op, Some(&child));
            watch(op, child);
        }
        Err(not_started @ NotStarted::Refused(_)) => {
            settle(op, not_started);
            return turns::finalize(op);
        }
        Err(not_started @ NotStarted::GivenUp(..)) => {
            forked(op, None);
            let told = Source::after(0, move || {
                op.private().job.take();
                settle(op, not_started);
                let _freed_or_recurring = turns::finalize(op);
            });
            op.private().job.replace(Some(Job::NotRun { _told: told }));
        }
    }
    turns::entered(op);
    Ok(())
}

fn forked(op: Op, child: Option<&Child>) {
    op.pid.set(child.map_or(0, |child| child.pid().cast_signed()));
    op.call(op.private().fork_callback.get());
}

fn settle(op: Op, not_started: NotStarted) {
    let (NotStarted::Refused(outcome) | NotStarted::GivenUp(outcome, _)) = &not_started;
    results::set(op, outcome);
    if let NotStarted::GivenUp(_, printed) = &not_started {
        op.stderr_data.add_output(printed.as_bytes());
    }
}

fn start(op: Op) -> Result<Child, NotStarted> {
    let private = op.private();
    let exec = private.exec.borrow();
    let Some(exec) = exec.as_ref() else { return Err(NotStarted::Refused(results::failed(op, libc::EFAULT))) };
    let arguments = private.arguments.borrow();
    let arguments: Vec<&OsStr> = arguments.iter().map(|argument| OsStr::from_bytes(argument.as_bytes())).collect();
    let environment = environment(op)?;
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_os_str(), value.as_deref())).collect();
    let text = if op.class().reads_input() { Some(input(op)) } else { None };
    let program = Program {
        path: Path::new(OsStr::from_bytes(exec.as_bytes())),
        arguments: &arguments,
        environment: &environment,
        user: private.user.get().filter(|(user, _)| *user != 0 && sys_os::effective_user() == 0),
        input: text.as_deref().map_or(Input::Parents, Input::Text),
    };
    Spawner::guest(OUTPUT_MAX).spawn(program).map_err(|error| {
        let path = exec.to_string_lossy();
        let (what, errno) = match error {
            SpawnError::Unseen(errno) => ("stat", errno),
            SpawnError::NoProcess(errno) => ("fork", errno),
            SpawnError::NotRun(errno) => {
                log!(Error, LAUNCH, "Unable to execute {}: {}", op.name(), errno.desc());
                let code = results::failed(op, errno as i32).code;
                let (outcome, printed) = op.class().given_up(code, NOT_RUN);
                return NotStarted::GivenUp(outcome, printed);
            }
        };
        let (words, number) = (capi_pcmk::results::words(errno as i32), errno as i32);
        log!(Info, EXECUTE, "Cannot execute '{path}': {words} | {what} rc={number}");
        NotStarted::Refused(results::failed(op, number))
    })
}

/// Variables: without a value, not at all.
type Variables = Vec<(OsString, Option<OsString>)>;

/// The action's parameters, with secrets in the place of what stands for them. A stop is carried out without them.
fn with_secrets(op: Op) -> Result<Vec<(CString, Option<CString>)>, NotStarted> {
    let mut parameters = op.parameters();
    let resource = op.rsc.text().unwrap_or_default();
    let mut missing = false;
    for (name, value) in parameters
        .iter_mut()
        .filter(|(_, value)| value.as_ref().is_some_and(|value| value.as_bytes() == SECRET.as_bytes()))
    {
        let name = name.to_string_lossy();
        match sys_agents::secret(&resource, &name) {
            Ok(secret) => *value = CString::new(secret).ok(),
            Err(error) => {
                log!(Error, c"pcmk__substitute_secrets", "secret for rsc {resource} parameter {name}: {error:?}");
                missing = true;
            }
        }
    }
    let action = op.action.text().unwrap_or_default();
    if missing && !action.eq_ignore_ascii_case("stop") {
        log!(Error, LAUNCH, "Considering {resource} unconfigured because unable to load CIB secrets");
        let (outcome, printed) = op.class().given_up(op.class().invalid_parameter(&action), NO_SECRETS);
        return Err(NotStarted::GivenUp(outcome, printed));
    }
    if missing {
        log!(Info, LAUNCH, "Proceeding with stop operation for {resource} despite being unable to load CIB secrets");
    }
    Ok(parameters)
}

/// What a program has in its environment otherwise than this process.
fn environment(op: Op) -> Result<Variables, NotStarted> {
    let is_ocf = op.class() == Class::Ocf;
    let agent = op.agent.text();
    if agent.is_some() && !is_ocf {
        return Ok(Vec::new());
    }
    let given = with_secrets(op)?.into_iter().filter(|(name, _)| !name.is_empty() && !name.as_bytes().contains(&b'='));
    let mut variables: Variables = given
        .map(|(name, value)| {
            let name = match &agent {
                Some(_) => core_agents::ocf_variable(&name.to_string_lossy()).into(),
                None => OsString::from_vec(name.into_bytes()),
            };
            (name, value.map(|value| OsString::from_vec(value.into_bytes())))
        })
        .collect();
    if let Some(agent) = agent {
        let (resource, provider) = (op.rsc.text().unwrap_or_default(), op.provider.text().unwrap_or_default());
        let fixed = core_agents::ocf_variables(&resource, &provider, &agent);
        variables.extend(fixed.map(|(name, value)| (name.into(), Some(value.into()))));
    }
    Ok(variables)
}

/// What a fence agent reads: its parameters. One with a line end in it would be more than one, and is left out.
fn input(op: Op) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in op.parameters() {
        let line = [name.as_bytes(), b"=", value.as_ref().map_or(b"", |value| value.as_bytes())].concat();
        if line.contains(&b'\n') {
            log!(
                Warning,
                EXECUTE,
                "Parameter {} of {} has a line end and is left out",
                name.to_string_lossy(),
                op.name()
            );
            continue;
        }
        text.extend(line);
        text.push(b'\n');
    }
    text
}

/// Waits for a process to end; it is killed, without its group, when its time is over.
fn wait(op: Op, child: &mut Child) {
    let (class, action) = (op.class(), op.action.text().unwrap_or_default());
    let (agent, generic) = (class.agent_words(), class.generic_error(&action));
    let key = format!("{}[{}]", op.name(), child.pid());
    let timeout = op.timeout.get();
    let waited = child.wait(u64::try_from(timeout).ok().map(Duration::from_millis));
    let (_, stderr) = take_output(op, child);
    let outcome = match waited {
        Ok(Some(Exit::Code(code))) => {
            log!(Info, c"wait_for_sync_result", "{key} exited with status {code}");
            let reason = reason_in(&stderr).filter(|_| class == Class::Ocf).map(str::to_owned);
            Outcome { code, status: ExecStatus::Done, reason }
        }
        Ok(Some(Exit::Signal(signal))) => {
            let words = Exit::describe_signal(signal);
            log!(Info, c"wait_for_sync_result", "{key} terminated with signal {signal} ({words})");
            Outcome::because(generic, ExecStatus::Error, format!("{agent} interrupted by {words} signal"))
        }
        Ok(None) if timeout > 0 => {
            log!(Info, c"wait_for_sync_result", "{key} timed out after {timeout}ms");
            Outcome::because(generic, ExecStatus::Timeout, format!("{agent} did not exit within specified timeout"))
        }
        Ok(None) => Outcome::plain(generic, ExecStatus::Error),
        Err(errno) => Outcome::because(generic, ExecStatus::Error, errno.desc()),
    };
    if !matches!(waited, Ok(Some(_))) {
        child.kill(false);
        let _dead = child.wait(None);
    }
    results::set(op, &outcome);
}

/// Gives an action what its process printed; gives it back as text, too: standard output, standard error.
fn take_output(op: Op, child: &mut Child) -> (String, String) {
    let mut take = |stream| {
        child.read(stream);
        child.output_bytes(stream)
    };
    let (stderr, stdout) = (take(Stream::Err), take(Stream::Out));
    op.stderr_data.add_output(&stderr);
    op.stdout_data.add_output(&stdout);
    (String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
}

fn watch(op: Op, mut child: Child) {
    let listen = |child: &mut Child, stream| {
        child.stream(stream).map(|fd| Source::readable(fd, Priority::Low, move || listened(op, stream)))
    };
    let (out, err) = (listen(&mut child, Stream::Out), listen(&mut child, Stream::Err));
    let end = Source::readable(child.pidfd(), Priority::Normal, move || !ended(op));
    let timeout = op.timeout.get().cast_unsigned();
    let timer = (timeout != 0).then(|| Source::after(timeout, move || late(op)));
    let process = Process { out, err, _end: end, timer, timed_out: false, child };
    op.private().job.replace(Some(Job::Process(Box::new(process))));
}

/// Something was printed; whether to listen on.
fn listened(op: Op, stream: Stream) -> bool {
    match &mut *op.private().job.borrow_mut() {
        Some(Job::Process(process)) => {
            process.child.read(stream);
            process.child.stream(stream).is_some()
        }
        _ => false,
    }
}

/// A process's time is over, or it doesn't die though it was killed.
fn late(op: Op) {
    let name = op.name();
    let mut job = op.private().job.borrow_mut();
    let Some(Job::Process(process)) = &mut *job else { return };
    let pid = process.child.pid();
    if process.timed_out {
        log!(Warning, c"child_timeout_callback", "{name} process (PID {pid}) will not die!");
        return;
    }
    kill(op, &process.child);
    process.timed_out = true;
    log!(Debug, c"child_timeout_callback", "{name} process (PID {pid}) timed out");
    process.timer = Some(Source::after(DYING.as_millis() as u32, move || late(op)));
}

fn kill(op: Op, child: &Child) {
    let (group, pid) = (op.flags.get() & LEAVE_GROUP == 0, child.pid());
    if group {
        log!(Debug, c"child_kill_helper", "Kill pid {pid}'s group");
    } else {
        log!(Debug, c"child_kill_helper", "Kill pid {pid} only. leave group intact.");
    }
    child.kill(group);
}

/// Whether a process ended; then that was told.
fn ended(op: Op) -> bool {
    let waited = match &mut *op.private().job.borrow_mut() {
        Some(Job::Process(process)) => process.child.try_wait(),
        _ => return true,
    };
    match waited {
        Ok(None) => false,
        Ok(Some(exit)) => {
            complete(op, exit);
            true
        }
        Err(errno) => {
            complete(op, unknown_exit(op, errno));
            true
        }
    }
}

/// Somebody else waited for the process: nobody knows how it ended.
fn unknown_exit(op: Op, errno: Errno) -> Exit {
    let (pid, name) = (op.pid.get(), op.name());
    log!(Notice, c"child_waitpid", "Wait for child process {pid} ({name}) interrupted: {}", errno.desc());
    Exit::Signal(libc::SIGCHLD)
}

fn complete(op: Op, exit: Exit) {
    let Some(Job::Process(mut process)) = op.private().job.take() else { return };
    let pid = process.child.pid();
    let (stdout, stderr) = take_output(op, &mut process.child);
    let (key, action) = (op.name(), op.action.text().unwrap_or_default());
    let ended = Ended {
        class: op.class(),
        agent: op.class().agent_words(),
        action: &action,
        key: &key,
        pid,
        timeout: op.timeout.get(),
        timed_out: process.timed_out,
        cancelled: op.cancel.get() != 0,
    };
    drop(process);
    let (code, signal) = match exit {
        Exit::Code(code) => (Some(code), None),
        Exit::Signal(signal) => (None, Some((signal, Exit::describe_signal(signal)))),
    };
    let signal = signal.as_ref().map(|(number, words)| (*number, words.as_str()));
    let (outcome, level, text) = ended.outcome(code, signal, &stderr);
    if level == Level::Debug {
        log!(Debug, COMPLETE, "{text}");
    } else {
        log!(Info, COMPLETE, "{text}");
    }
    results::set(op, &outcome);
    if code.is_some() {
        let prefix = format!("{key}[{pid}]");
        output_lines(&format!("{prefix} error output"), &stderr)
            .for_each(|line| log!(Info, c"log_op_output", "{line}"));
        output_lines(&format!("{prefix} output"), &stdout).for_each(|line| log!(Debug, c"log_op_output", "{line}"));
    }
    let _freed_or_recurring = turns::finalize(op);
}

/// Ends what runs for an action that was cancelled. Once a process is dead, that is told; where that takes long, later.
/// False: there was no process, and nothing is told.
pub(crate) fn cancel(op: Op) -> bool {
    let waited = match &mut *op.private().job.borrow_mut() {
        Some(Job::Process(process)) => {
            kill(op, &process.child);
            process.child.wait(Some(DYING))
        }
        _ => Ok(None),
    };
    match waited {
        Ok(Some(exit)) => complete(op, exit),
        Err(errno) => complete(op, unknown_exit(op, errno)),
        Ok(None) if matches!(&*op.private().job.borrow(), Some(Job::Process(_))) => {}
        Ok(None) => {
            units::forget(op);
            return false;
        }
    }
    true
}

/// Stops listening to what an action's process prints, and to systemd.
pub(crate) fn stop_listening(op: Op) {
    match &mut *op.private().job.borrow_mut() {
        Some(Job::Process(process)) => {
            (process.out, process.err) = (None, None);
            take_output(op, &mut process.child);
            return;
        }
        Some(Job::Unit(_)) => {}
        _ => return,
    }
    units::forget(op);
}

/// Lets go of an action that is freed: its process runs on, and is waited for by nobody but the main loop.
pub(crate) fn let_go(op: Op) {
    let process = match op.private().job.take() {
        Some(Job::Process(process)) => process,
        job => return drop(op.private().job.replace(job)),
    };
    let Process { child, .. } = *process;
    let kept: Rc<RefCell<Option<(Source, Child)>>> = Rc::default();
    let keeper = kept.clone();
    let end = Source::readable(child.pidfd(), Priority::Normal, move || {
        let ended = match &mut *keeper.borrow_mut() {
            Some((_, child)) => !matches!(child.try_wait(), Ok(None)),
            None => true,
        };
        if ended {
            keeper.take();
        }
        !ended
    });
    kept.replace(Some((end, child)));
}
