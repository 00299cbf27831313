//! Local time, for log lines and file names.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment in the machine's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// With its century.
    pub year: i32,
    /// 0 (Sunday) to 6.
    pub weekday: u8,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// 0 to 999.
    pub millis: u16,
    /// How far clocks are ahead of UTC, in seconds.
    pub offset: i32,
}

impl LocalTime {
    /// As ctime(3) has it, without its newline: `Mon Nov 23 03:27:16 2026`.
    #[must_use]
    pub fn text(&self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        let day = DAYS[usize::from(self.weekday) % DAYS.len()];
        let LocalTime { year, day: date, hour, minute, second, .. } = self;
        format!("{day} {} {date:2} {hour:02}:{minute:02}:{second:02} {year}", self.month_name())
    }

    /// `Jan` to `Dec`.
    #[must_use]
    pub fn month_name(&self) -> &'static str {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        MONTHS[usize::from(self.month.saturating_sub(1)) % MONTHS.len()]
    }
}

/// Now.
pub fn local_time() -> LocalTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = libc::time_t::try_from(now.as_secs()).unwrap_or(0);
    // SAFETY: tm is plain data for which all zeros is valid; a null time zone name is allowed.
    let mut tm: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers refer to values that outlive the call (localtime_r(3)); the year of a clock fits.
    unsafe { libc::localtime_r(&seconds, &mut tm) };
    LocalTime {
        year: tm.tm_year + 1900,
        weekday: tm.tm_wday as u8,
        month: tm.tm_mon as u8 + 1,
        day: tm.tm_mday as u8,
        hour: tm.tm_hour as u8,
        minute: tm.tm_min as u8,
        second: tm.tm_sec as u8,
        millis: now.subsec_millis() as u16,
        offset: tm.tm_gmtoff as i32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_as_ctime_writes_it() {
        let time = LocalTime {
            year: 2026,
            weekday: 4,
            month: 1,
            day: 1,
            hour: 3,
            minute: 7,
            second: 16,
            millis: 5,
            offset: 0,
        };
        assert_eq!(time.text(), "Thu Jan  1 03:07:16 2026");
    }
}
