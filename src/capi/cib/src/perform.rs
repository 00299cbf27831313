//! `cib_perform_op()`: an operation of the caller's on a CIB, with all that operations have in common.
//!
//! Counterpart: `lib/cib/cib_utils.c` (2.1.5). The operation works on nodes and may be any function; what it did is told
//! by comparing the CIB before and after.

use crate::border::{EINVAL, ENOMSG, give_node, put, text};
use crate::schemas::Installed;
use crate::types::Process;
use capi_pcmk::{functions, log};
use core_cib::{Access, CallOptions, Change, Cib, Failure, Operation, Options, Origin, Request, Versioning};
use core_xml::{Document, patched_digest};
use glib_sys::{GFALSE, GTRUE, gboolean};
use std::ffi::{c_char, c_int};
use std::ptr::null_mut;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use sys_xml::node::{self, XmlNode};

/// A patchset has a digest so often, for whoever applies it to check.
const DIGEST_EVERY: Duration = Duration::from_secs(60);

/// The arguments of an operation.
#[derive(Clone, Copy)]
struct Call {
    operation: *const c_char,
    options: c_int,
    section: *const c_char,
    request: *mut XmlNode,
    input: *mut XmlNode,
}

/// # Safety
/// `process` is an operation that is good for these arguments.
unsafe fn run(
    process: Process,
    call: Call,
    existing: *mut XmlNode,
    result: *mut *mut XmlNode,
    output: *mut *mut XmlNode,
) -> c_int {
    let Call { operation, options, section, request, input } = call;
    // SAFETY: the caller's contract
    unsafe { process(operation, options, section, request, input, existing, result, output) }
}

/// What a request's user may do, where access rules apply to it.
fn access(cib: &Document, user: Option<&str>) -> Option<Access> {
    let user = user.filter(|user| Access::is_needed_by(user))?;
    Options::of(cib, &sys_cib::now())
        .access_rules
        .then(|| Access::of(cib, user, &|group| sys_os::is_listed_in_group(user, group)))
}

/// A read-only operation: what it answers is the caller's, unless it is the whole CIB.
///
/// # Safety
/// As `cib_perform_op()`.
unsafe fn read_only(
    process: Process,
    call: Call,
    current: *mut XmlNode,
    user: Option<&str>,
    result: *mut *mut XmlNode,
    output: *mut *mut XmlNode,
) -> c_int {
    let mut filtered = null_mut();
    if user.is_some_and(Access::is_needed_by) {
        // SAFETY: null or a node, by the caller's contract
        let Some(cib) = unsafe { node::read(current) }.and_then(|document| Cib::new(document).ok()) else {
            return EINVAL;
        };
        if let Some(access) = access(cib.document(), user) {
            match cib.readable_by(&access) {
                Ok(Some(readable)) => filtered = give_node(readable.document()),
                _ => return -libc::EACCES,
            }
        }
    }
    let seen = if filtered.is_null() { current } else { filtered };
    // SAFETY: the caller's contract
    let code = unsafe { run(process, call, seen, result, output) };
    // SAFETY: a place that the operation may have written a node to
    let answer = unsafe { *output };
    if answer == filtered && !answer.is_null() {
        return code;
    }
    // SAFETY: null or nodes that live
    let is_part = |whole: *mut XmlNode| unsafe {
        !whole.is_null() && answer != whole && answer.as_ref().is_some_and(|answer| answer.doc == (*whole).doc)
    };
    if is_part(filtered) || is_part(current) {
        // SAFETY: a node, as it is a part of one of them
        let copy = unsafe { node::read(answer) }.map_or(null_mut(), |answer| give_node(&answer));
        // SAFETY: a place, by the caller's contract
        unsafe { put(output, copy) };
    }
    // SAFETY: null or made above, and of it nothing is held any more
    unsafe { node::free(filtered) };
    code
}

/// Whether the next patchset has a digest.
fn digest_is_due() -> bool {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let due = last.is_none_or(|last| last.elapsed() > DIGEST_EVERY);
    if due {
        *last = Some(Instant::now());
    }
    due
}

/// Gives a patchset the digest of what came of it, where one is due, and tells the log of it.
pub(crate) fn announce(patch: &mut Document, cib: &Cib, options: CallOptions) {
    if !options.contains(CallOptions::ZERO_COPY) && digest_is_due() {
        patch.set_attribute(patch.root(), "digest", &patched_digest(cib.document()));
    }
    for line in core_cib::patch_lines(patch) {
        log!(Info, c"cib_perform_op", "{line}");
    }
}

/// What an operation made of a CIB, with what all changes have in common.
fn complete(
    cib: &mut Cib,
    after: &Document,
    (about, section, options): (&Document, Option<&str>, CallOptions),
    versioning: Versioning,
) -> Result<Change, Failure> {
    let attribute = |name| about.attribute(about.root(), name);
    let user = attribute("cib_user");
    let access = access(cib.document(), user);
    let now = sys_os::local_time().text();
    let origin =
        Origin { host: attribute("src").unwrap_or_default(), client: attribute("cib_clientname"), user, time: &now };
    // what was put in the place of the CIB, whatever the operation was
    let request = Request {
        operation: Operation::Replace,
        section,
        options,
        data: None,
        digest: None,
        origin,
        access: access.as_ref(),
        newest_schema: None,
    };
    let mut change = cib.take(after, &request, versioning, &Installed)?;
    if let Some(patch) = &mut change.patch {
        announce(patch, cib, options);
    }
    Ok(change)
}

functions! {
    /// `cib_perform_op()`: with `cib_zero_copy` the CIB is changed where it is, else `result` is another one, the
    /// caller's to free. After an error a CIB that was to be changed in place is as it was.
    ///
    /// # Safety
    /// Texts are null or strings, nodes null or living nodes that nobody else uses, `function` is null or points to an
    /// operation that is good for the rest, `current` is a CIB's root; `changed`, `result`, `output` and `diff` are null
    /// or places.
    export fn cib_perform_op(
        operation: *const c_char, options: c_int, function: *mut Option<Process>, is_query: gboolean,
        section: *const c_char, request: *mut XmlNode, input: *mut XmlNode, manage_counters: gboolean,
        changed: *mut gboolean, current: *mut XmlNode, result: *mut *mut XmlNode, diff: *mut *mut XmlNode,
        output: *mut *mut XmlNode
    ) -> c_int, or EINVAL => {
        if output.is_null() || result.is_null() || changed.is_null() {
            return ENOMSG;
        }
        // SAFETY: places, by the caller's contract
        unsafe {
            put(output, null_mut());
            put(result, null_mut());
            put(changed, GFALSE);
        }
        // SAFETY: null or a place, by the caller's contract
        let Some(process) = (unsafe { function.as_ref() }).copied().flatten() else { return EINVAL };
        // SAFETY: null or a node, by the caller's contract
        let about = unsafe { node::attributes_of(request) }.unwrap_or_else(|| Document::new("none"));
        let user = about.attribute(about.root(), "cib_user");
        let call = Call { operation, options, section, request, input };
        if is_query != GFALSE {
            // SAFETY: the caller's contract, passed on
            return unsafe { read_only(process, call, current, user, result, output) };
        }
        // SAFETY: null or a node, by the caller's contract
        let Some(before) = (unsafe { node::read(current) }) else { return EINVAL };
        let flags = CallOptions::from_bits_retain(options.cast_unsigned());
        let in_place = flags.contains(CallOptions::ZERO_COPY);
        let mut scratch = if in_place { current } else { give_node(&before) };
        // SAFETY: the caller's contract, and a CIB of our own or its own
        let mut code = unsafe { run(process, call, current, &mut scratch, output) };
        // SAFETY: null or what the operation left, which it gave to us
        let after = unsafe { node::read(scratch) };
        let Ok(mut cib) = Cib::new(before) else { return EINVAL };
        if code == 0 {
            // SAFETY: null or a string, by the caller's contract
            let section = unsafe { text(section) };
            let versioning = if manage_counters == GFALSE { Versioning::Given } else { Versioning::Managed };
            let outcome = match &after {
                Some(after) => complete(&mut cib, after, (&about, section.as_deref(), flags), versioning),
                None => Err(core_cib::CibError::Invalid.into()),
            };
            match outcome {
                Ok(change) => {
                    // SAFETY: a CIB's root that is ours, or the caller's to be changed in place
                    if !unsafe { node::overwrite(scratch, cib.document()) } {
                        code = EINVAL;
                    }
                    // SAFETY: places, by the caller's contract
                    unsafe {
                        put(changed, if change.configuration { GTRUE } else { GFALSE });
                        if !diff.is_null() {
                            put(diff, change.patch.as_ref().map_or(null_mut(), give_node));
                        }
                        put(result, scratch);
                    }
                    return code;
                }
                Err(failure) => code = failure.error.rc(),
            }
        }
        if in_place {
            // SAFETY: the caller's CIB, as it was before
            let _as_before = unsafe { node::overwrite(scratch, cib.document()) };
        } else if let Some(access) = access(cib.document(), user) {
            let shown = after.and_then(|after| Cib::new(after).ok()).and_then(|after| after.readable_by(&access).ok().flatten());
            // SAFETY: null or a CIB that is ours
            unsafe { node::free(scratch) };
            scratch = shown.map_or(null_mut(), |shown| give_node(shown.document()));
        }
        // SAFETY: places, by the caller's contract
        unsafe {
            put(result, scratch);
            put(diff, null_mut());
        }
        code
    }
}
