//! Children of a process that belongs to somebody else: alone in a process of its own, as other spawners change theirs.

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::time::Duration;
use sys_process::{Exit, Input, Program, Spawner, Stream};

fn run(text: &str, input: Input<'_>, limit: Option<Duration>) -> (Option<Exit>, String) {
    let arguments = [OsStr::new("-c"), OsStr::new(text)];
    let program = Program { path: Path::new("/bin/sh"), arguments: &arguments, environment: &[], user: None, input };
    let mut child = Spawner::guest(100).spawn(program).expect("a child");
    let exit = child.wait(limit).expect("it is ours");
    if exit.is_none() {
        child.kill(true);
        assert_eq!(child.wait(None), Ok(Some(Exit::Signal(9))));
    }
    (exit, child.output(Stream::Out))
}

#[test]
fn nothing_of_the_process_is_changed_and_nothing_goes_to_its_children() {
    let leaked = File::open("/dev/null").expect("a file");
    fcntl(&leaked, FcntlArg::F_SETFD(FdFlag::empty())).expect("a flag");
    let (exit, out) = run("ls -l /proc/self/fd | grep -c -- '->'", Input::Nothing, None);
    assert_eq!((exit, out.as_str()), (Some(Exit::Code(0)), "4\n"), "three, and the folder that it lists");
    assert_eq!(fcntl(&leaked, FcntlArg::F_GETFD), Ok(0), "the process keeps it");

    let text: String = (0..40_000).map(|number| format!("{number}\n")).collect();
    let (exit, out) = run("cat | wc -c; head -c 1 /dev/null", Input::Text(text.as_bytes()), None);
    assert_eq!((exit, out.trim()), (Some(Exit::Code(0)), text.len().to_string().as_str()));
    let (exit, _) = run("exec <&-; exit 3", Input::Text(text.as_bytes()), None);
    assert_eq!(exit, Some(Exit::Code(3)), "nobody reads, and nothing comes of it");

    let (exit, out) = run("echo said; exec sleep 300", Input::Nothing, Some(Duration::ZERO));
    assert!(exit.is_none() && (out.is_empty() || out == "said\n"), "{out}");
    let (exit, out) = run("head -c 3000 /dev/zero | tr '\\0' x; echo end", Input::Nothing, None);
    assert_eq!((exit, out.len()), (Some(Exit::Code(0)), 100));
    assert!(out.ends_with("xend\n"), "{out}");
}
