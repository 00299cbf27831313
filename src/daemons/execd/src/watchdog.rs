//! Whether sbd runs, which has the host's watchdog (`pcmk__locate_sbd()`).

use std::fs;
use std::path::Path;

const PID_FILE: &str = "/run/sbd.pid";
const PROGRAM: &str = "/usr/sbin/sbd";
/// The name of its process.
const NAME: &str = "sbd";

/// Looks for it by the file that it writes, else among all processes.
pub(crate) fn sbd_runs() -> bool {
    let is_sbd = |pid: &str| {
        let number = pid.trim().parse::<u32>().ok().filter(|number| *number > 0);
        number.is_some_and(|number| {
            fs::read_link(format!("/proc/{number}/exe")).is_ok_and(|program| program == Path::new(PROGRAM))
        })
    };
    if fs::read_to_string(PID_FILE).is_ok_and(|pid| is_sbd(&pid)) {
        return true;
    }
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok())).any(|entry| {
        fs::read_to_string(entry.path().join("comm")).is_ok_and(|name| name.trim_end().eq_ignore_ascii_case(NAME))
    })
}
