//! Log levels: syslog's, as libqb and corosync.conf(5) name them, plus trace.

/// How much a log line matters; the order is syslog's, so `level <= configured` means "log it".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "syslog(3) defines them")]
pub enum Level {
    Emergency = 0,
    Alert = 1,
    Critical = 2,
    Error = 3,
    Warning = 4,
    Notice = 5,
    Info = 6,
    Debug = 7,
    Trace = 8,
}
