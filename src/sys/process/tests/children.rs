//! Children as the kernel sees them.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::ffi::OsStr;
use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use sys_process::{Child, Exit, Input, OUTPUT_MAX, Program, SpawnError, Spawner, Stream};

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("sys-process-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    fn script(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.0.join(name);
        // never open for writing in a child of another test, which would make it busy: written elsewhere, then moved
        let draft = self.0.join(format!("{name}.draft"));
        fs::write(&draft, text).expect("a script");
        fs::set_permissions(&draft, fs::Permissions::from_mode(mode)).expect("its mode");
        fs::rename(draft, &path).expect("its name");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// A program that reads nothing.
fn plain<'a>(path: &'a Path, arguments: &'a [&'a OsStr]) -> Program<'a> {
    Program { path, arguments, environment: &[], user: None, input: Input::Nothing }
}

fn shell(text: &str, environment: &[(&OsStr, Option<&OsStr>)]) -> Child {
    let arguments = [OsStr::new("-c"), OsStr::new(text)];
    let program = Program { environment, ..plain(Path::new("/bin/sh"), &arguments) };
    Spawner::new(Vec::new()).expect("a spawner").spawn(program).expect("a child")
}

/// Reads until the child ended.
fn end(child: &mut Child) -> (Exit, String, String) {
    loop {
        let mut fds = vec![child.pidfd().try_clone_to_owned().expect("a duplicate")];
        for stream in [Stream::Out, Stream::Err] {
            fds.extend(child.stream(stream).map(|fd| fd.try_clone_to_owned().expect("a duplicate")));
        }
        let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN)).collect();
        poll(&mut polled, PollTimeout::NONE).expect("poll");
        drop(fds);
        for stream in [Stream::Out, Stream::Err] {
            while child.read(stream) {}
        }
        if let Some(exit) = child.try_wait().expect("it is ours") {
            for stream in [Stream::Out, Stream::Err] {
                while child.read(stream) {}
            }
            return (exit, child.output(Stream::Out), child.output(Stream::Err));
        }
    }
}

#[test]
fn codes_and_output_come_back() {
    let environment = [(OsStr::new("OCF_RESKEY_ip"), Some(OsStr::new("::1 'x'")))];
    let mut child = shell("echo \"$OCF_RESKEY_ip\"; echo why >&2; exit 7", &environment);
    assert_eq!(end(&mut child), (Exit::Code(7), "::1 'x'\n".to_owned(), "why\n".to_owned()));
    assert_eq!(child.try_wait(), Ok(Some(Exit::Code(7))), "again");
    let spawner =
        Spawner::new(vec![("ALL".to_owned(), Some("a".to_owned())), ("HOME".to_owned(), None)]).expect("a spawner");
    let arguments = [OsStr::new("-c"), OsStr::new("echo $ALL${HOME-none}")];
    let program = plain(Path::new("/bin/sh"), &arguments);
    assert_eq!(end(&mut spawner.spawn(program).expect("a child")).1, "anone\n");
    let mut child = shell("printf nonewline; kill -TERM $$", &[]);
    assert_eq!(end(&mut child), (Exit::Signal(15), "nonewline".to_owned(), String::new()));
    assert_eq!(Exit::describe_signal(15), "Terminated");
}

#[test]
fn a_child_inherits_no_descriptor_and_no_signal() {
    let leaked = fs::File::open("/dev/null").expect("a file");
    nix::fcntl::fcntl(&leaked, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).expect("a flag");
    // no shell: it has masks and descriptors of its own while it waits
    let run = |path: &str, arguments: &[&str]| {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        let program = plain(Path::new(path), &arguments);
        let mut child = Spawner::new(Vec::new()).expect("a spawner").spawn(program).expect("a child");
        let pid = child.pid();
        let (exit, out, err) = end(&mut child);
        assert_eq!(exit, Exit::Code(0), "{err}");
        (pid, out)
    };
    let (_, out) = run("/bin/ls", &["-l", "/proc/self/fd"]);
    let files = out.lines().filter_map(|line| line.split_once(" -> ").map(|(_, file)| file));
    let files: Vec<&str> = files.map(|file| file.split(':').next().unwrap_or_default()).collect();
    assert_eq!(files[..3], ["/dev/null", "pipe", "pipe"], "{out}");
    assert!(files.len() == 4 && files[3].ends_with("/fd"), "besides the folder that it lists: {out}");
    let (_, out) = run("/bin/grep", &["-e", "SigBlk", "-e", "SigIgn", "/proc/self/status"]);
    let after = |name: &str| out.lines().find_map(|line| line.strip_prefix(name)).expect("a line of it").trim();
    assert_eq!(after("SigBlk:"), "0000000000000000");
    let ignored = u64::from_str_radix(after("SigIgn:"), 16).expect("a number");
    assert_eq!(ignored & 1 << 12, 0, "SIGPIPE: {out}");
    let (pid, out) = run("/usr/bin/cut", &["-d ", "-f1,5", "/proc/self/stat"]);
    assert_eq!(out, format!("{pid} {pid}\n"), "it leads its group");
    drop(leaked);
}

#[test]
fn megabytes_are_taken_and_their_end_is_kept() {
    let mut child = shell("head -c 5000000 /dev/zero | tr '\\0' x; echo end; exit 3", &[]);
    let (exit, out, _) = end(&mut child);
    assert_eq!((exit, out.len()), (Exit::Code(3), OUTPUT_MAX));
    assert!(out.ends_with("xend\n"));
}

#[test]
fn a_group_is_killed_with_its_leader_and_not_without() {
    for group in [true, false] {
        let mut child = shell("trap '' TERM; sleep 300 & echo $!; wait", &[]);
        let mut polled = [PollFd::new(child.stream(Stream::Out).expect("open"), PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::NONE).expect("poll");
        child.read(Stream::Out);
        child.kill(group);
        let (exit, out, _) = end(&mut child);
        assert_eq!(exit, Exit::Signal(9));
        child.kill(true);
        let sleeper = nix::unistd::Pid::from_raw(out.trim().parse().expect("a number"));
        if group {
            while fs::read_to_string(format!("/proc/{sleeper}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {
                std::thread::yield_now();
            }
        } else {
            nix::sys::signal::kill(sleeper, nix::sys::signal::Signal::SIGKILL).expect("it lives on");
        }
    }
}

#[test]
fn the_end_is_told_though_others_keep_the_pipes() {
    let mut child = shell("sleep 300 & echo $!; exit 0", &[]);
    let (exit, out, _) = end(&mut child);
    assert_eq!(exit, Exit::Code(0));
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(out.trim().parse().expect("a number")),
        nix::sys::signal::Signal::SIGKILL,
    )
    .expect("it lives on");
}

#[test]
fn what_cannot_be_run_says_why() {
    let folder = Folder::new("errors");
    let spawner = Spawner::new(Vec::new()).expect("a spawner");
    let spawn = |path: &Path| spawner.spawn(plain(path, &[OsStr::new("x")])).map(|mut child| end(&mut child));
    assert_eq!(spawn(Path::new("/no/such")), Err(SpawnError::Unseen(Errno::ENOENT)));
    let text = folder.script("text", "echo $0 $1", 0o644);
    assert_eq!(spawn(&text), Err(SpawnError::NotRun(Errno::EACCES)));
    assert_eq!(spawn(&folder.0), Err(SpawnError::NotRun(Errno::EACCES)));
    let interpreter = folder.script("interpreter", "#!/no/such\n", 0o755);
    assert_eq!(spawn(&interpreter), Err(SpawnError::NotRun(Errno::ENOENT)));
    let bare = folder.script("bare", "echo $0 $1", 0o755);
    assert_eq!(
        spawn(&bare),
        Ok((Exit::Code(0), format!("{} x\n", bare.display()), String::new())),
        "as a shell script"
    );
}

#[test]
fn a_child_may_be_another_user_without_groups() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let program = Program { user: Some((12345, 23456)), ..plain(Path::new("/usr/bin/id"), &[]) };
    let mut child = Spawner::new(Vec::new()).expect("a spawner").spawn(program).expect("a child");
    assert_eq!(end(&mut child).1, "uid=12345 gid=23456 groups=23456\n");
}
