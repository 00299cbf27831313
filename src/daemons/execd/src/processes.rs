//! Agents' processes: started, listened to, and waited for, a task each.

use crate::daemon::Daemon;
use core_agents::{Invocation, SECRET};
use core_executor::{Ending, OperationId, StartError};
use core_types::Level;
use nix::errno::Errno;
use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::rc::Rc;
use sys_pcmk::{Service, USER};
use sys_poll::Readable;
use sys_process::{Child, Exit, Input, Program, SpawnError, Stream};
use tokio::io::unix::AsyncFdReadyGuard;
use tokio::task::spawn_local;

/// Starts an agent; gives its process's number, or why there is none.
pub(crate) fn start(daemon: &Rc<Daemon>, id: OperationId, invocation: &Invocation) -> Result<u32, StartError> {
    let words = |errno: Errno| (errno as i32, errno.desc().to_owned());
    let user = match invocation.privileged || sys_os::effective_user() != 0 {
        true => None,
        false => match sys_os::user_ids(USER) {
            Ok(Some(user)) => Some(user),
            _ => return Err(StartError::NoProcess(words(Errno::EINVAL).0, format!("no user {USER}"))),
        },
    };
    let arguments: Vec<&OsStr> = invocation.arguments.iter().map(OsStr::new).collect();
    let given = with_secrets(daemon, invocation)?;
    let environment = given.iter().map(|(name, value)| (OsStr::new(name), Some(value.as_ref())));
    let (path, environment) = (Path::new(&invocation.path), environment.collect::<Vec<_>>());
    let program = Program { path, arguments: &arguments, environment: &environment, user, input: Input::Nothing };
    let mut child = daemon.spawner.spawn(program).map_err(|error| match error {
        SpawnError::Unseen(errno) => StartError::Unseen(words(errno).0, words(errno).1),
        SpawnError::NoProcess(errno) => StartError::NoProcess(words(errno).0, words(errno).1),
        SpawnError::NotRun(errno) => StartError::NotRun(words(errno).0, words(errno).1),
    })?;
    let pid = child.pid();
    match Watch::of(&mut child) {
        Ok(watch) => {
            daemon.children.borrow_mut().insert(id, child);
            spawn_local(attend(daemon.clone(), id, watch));
            Ok(pid)
        }
        Err(error) => {
            child.abandon();
            Err(StartError::NoProcess(error.raw_os_error().unwrap_or_default(), error.to_string()))
        }
    }
}

/// An agent's environment, with secrets in the place of what stands for them. A stop is carried out without them.
fn with_secrets<'a>(daemon: &Daemon, invocation: &'a Invocation) -> Result<Vec<(&'a str, Cow<'a, OsStr>)>, StartError> {
    let variables = &invocation.environment;
    let resource = variables.iter().find(|(name, _)| name == "OCF_RESOURCE_INSTANCE");
    let resource = resource.map_or("", |(_, resource)| resource);
    let mut missing = false;
    let mut found = |(name, value): &'a (String, String)| {
        let secret = name.strip_prefix("OCF_RESKEY_").filter(|_| value == SECRET);
        let secret = secret.map(|parameter| sys_agents::secret(resource, parameter));
        missing |= matches!(secret, Some(Err(_)));
        let value = match secret {
            Some(Ok(secret)) => Cow::Owned(OsString::from_vec(secret)),
            _ => Cow::Borrowed(OsStr::new(value)),
        };
        (name.as_str(), value)
    };
    let with_secrets = variables.iter().map(&mut found).collect();
    if missing && !invocation.arguments.iter().any(|action| action.eq_ignore_ascii_case("stop")) {
        return Err(StartError::NoSecrets);
    }
    if missing {
        let text = format!("Proceeding with stop operation for {resource} despite being unable to load CIB secrets");
        daemon.log(Level::Info, "action_launch_child", &text);
    }
    Ok(with_secrets)
}

/// What tells of a process.
struct Watch {
    end: Readable,
    out: Option<Readable>,
    err: Option<Readable>,
}

impl Watch {
    fn of(child: &mut Child) -> io::Result<Watch> {
        let end = Readable::of(child.pidfd())?;
        let out = child.stream(Stream::Out).map(Readable::of).transpose()?;
        let err = child.stream(Stream::Err).map(Readable::of).transpose()?;
        Ok(Watch { end, out, err })
    }
}

/// What says that a stream is readable, until it is told that all was read.
type Ready<'a> = AsyncFdReadyGuard<'a, OwnedFd>;

/// Waits until something is printed; for ever once the stream is closed.
async fn printed(stream: Option<&Readable>) -> Ready<'_> {
    if let Some(stream) = stream
        && let Ok(ready) = stream.ready().await
    {
        return ready;
    }
    // what is left where this fails is read at the end
    std::future::pending().await
}

/// Reads one stream of a process; whether it is still open.
fn read(daemon: &Daemon, id: OperationId, stream: Stream, mut ready: Ready<'_>) -> bool {
    let mut children = daemon.children.borrow_mut();
    let Some(child) = children.get_mut(&id) else { return false };
    if !child.read(stream) {
        ready.clear_ready();
    }
    child.stream(stream).is_some()
}

/// Listens to a process until it ends.
async fn attend(daemon: Rc<Daemon>, id: OperationId, mut watch: Watch) {
    let exit = loop {
        tokio::select! {
            ready = printed(watch.out.as_ref()) => if !read(&daemon, id, Stream::Out, ready) { watch.out = None },
            ready = printed(watch.err.as_ref()) => if !read(&daemon, id, Stream::Err, ready) { watch.err = None },
            ready = watch.end.ready() => {
                let waited = daemon.children.borrow_mut().get_mut(&id).map(Child::try_wait);
                match waited {
                    Some(Ok(Some(exit))) => break exit,
                    Some(Ok(None)) => if let Ok(mut ready) = ready { ready.clear_ready() },
                    Some(Err(errno)) => {
                        let text = format!("Wait for child process interrupted: {}", errno.desc());
                        daemon.log(Level::Notice, "child_waitpid", &text);
                        break Exit::Signal(nix::sys::signal::Signal::SIGCHLD as i32);
                    }
                    None => return,
                }
            }
        }
    };
    let Some(mut child) = daemon.children.borrow_mut().remove(&id) else { return };
    drop(watch);
    let mut output = |stream| {
        let _the_rest_is_lost = child.read(stream);
        child.output(stream)
    };
    let (stderr, stdout) = (output(Stream::Err), output(Stream::Out));
    let ending = match exit {
        Exit::Code(code) => Ending { code: Some(code), signal: None, stdout, stderr },
        Exit::Signal(signal) => {
            Ending { code: None, signal: Some((signal, Exit::describe_signal(signal))), stdout, stderr }
        }
    };
    daemon.ended(id, ending);
}
