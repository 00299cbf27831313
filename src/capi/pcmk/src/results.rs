//! Result codes: the negative ones of old functions, the standard ones of new ones, and what they mean in words
//! (`crm/common/results.h`).

use std::ffi::CStr;

/// Something went wrong, as an old function's result without its sign (`pcmk_err_generic`).
pub const ERR_GENERIC: i32 = 201;
/// A standard code: a query gave nothing (`pcmk_rc_no_input`).
pub const RC_NO_INPUT: i32 = -1027;

/// Codes of pacemaker's own: old without its sign, standard, words.
const OWN: [(i32, i32, &str); 17] = [
    (ERR_GENERIC, -1001, "Error"),
    (202, -1017, "Operation requires quorum"),
    (203, -1016, "Update does not conform to the configured schema"),
    (204, -1014, "Schema transform failed"),
    (205, -1013, "Update was older than existing configuration"),
    (206, -1012, "Application of update diff failed"),
    (207, -1011, "Application of update diff failed, requesting full refresh"),
    (208, -1010, "On-disk configuration was manually modified"),
    (209, -1009, "Could not archive the previous configuration"),
    (210, -1008, "Could not save new configuration to disk"),
    (211, -1015, "Schema is already the latest available"),
    (212, -1007, "Could not parse on-disk configuration"),
    (213, -1006, "Resource active on multiple nodes"),
    (214, -1005, "Node not found"),
    (215, -1004, "Already in requested state"),
    (216, -1003, "Bad name/value pair given"),
    (217, -1002, "Unknown output format"),
];

/// An old function's result as a standard code (`pcmk_legacy2rc()`).
#[must_use]
pub fn standard(old: i32) -> i32 {
    let old = old.saturating_abs();
    OWN.iter().find(|own| own.0 == old).map_or(old, |own| own.1)
}

/// A standard code as an old function's result (`pcmk_rc2legacy()`).
#[must_use]
pub fn old(standard: i32) -> i32 {
    if standard >= 0 {
        return -standard;
    }
    -OWN.iter().find(|own| own.1 == standard).map_or(ERR_GENERIC, |own| own.0)
}

/// What an old function's result means (`pcmk_strerror()`).
#[must_use]
pub fn words(old: i32) -> String {
    let old = old.saturating_abs();
    match OWN.iter().find(|own| own.0 == old) {
        Some(own) => own.2.to_owned(),
        None if old == 0 => "OK".to_owned(),
        None => {
            // SAFETY: strerror(3): any number; a string, copied before the next call
            unsafe { CStr::from_ptr(libc::strerror(old)) }.to_string_lossy().into_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back() {
        for (code, standard_code, _) in OWN {
            assert_eq!((standard(-code), old(standard_code)), (standard_code, -code));
        }
        assert_eq!((standard(-22), old(22), old(-9999), standard(0)), (22, -22, -ERR_GENERIC, 0));
        assert_eq!(
            (words(-207).contains("refresh"), words(-22), words(0)),
            (true, "Invalid argument".into(), "OK".into())
        );
    }
}
