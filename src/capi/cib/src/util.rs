//! Versions, patchsets, empty CIBs, and short ways to a CIB.

use crate::border::{ENOTCONN, OLD_DATA, field, give_node, number, put};
use crate::new::{cib_delete, cib_new};
use crate::process::cib_process_diff;
use crate::requests::cib_internal_op;
use crate::types::{Cib, connection};
use capi_pcmk::{functions, log, results};
use core_cib::CallOptions;
use core_xml::{Document, Version, patch_versions};
use glib_sys::{GFALSE, GTRUE, gboolean};
use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};
use sys_xml::node::{self, XmlNode};

/// Parts of the version, in the order of the arguments that are told them.
const VERSION: [&str; 3] = ["admin_epoch", "epoch", "num_updates"];

/// # Safety
/// `cib` is null or of this library.
unsafe fn whole(cib: *mut Cib, output: *mut *mut XmlNode) -> c_int {
    let options = (CallOptions::SYNC_CALL | CallOptions::SCOPE_LOCAL).bits().cast_signed();
    // SAFETY: the caller's contract, and a place
    unsafe { cib_internal_op(cib, c"cib_query".as_ptr(), null(), null(), null_mut(), output, options, null()) }
}

/// The name that the program gave itself: in libcrmcommon, where the process has it.
fn system_name() -> *const c_char {
    // SAFETY: dlsym(3): a string that ends with NUL
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"crm_system_name".as_ptr()) };
    // SAFETY: null, or libcrmcommon's variable, a pointer to a string
    unsafe { found.cast::<*const c_char>().as_ref() }.map_or(null(), |name| *name)
}

functions! {
    /// `cib_get_generation()`: an element with the CIB's attributes, to be freed by the caller.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_get_generation(cib: *mut Cib) -> *mut XmlNode, or null_mut() => {
        let mut generation = Document::new("generation_tuple");
        let root = generation.root();
        let mut found = null_mut();
        // SAFETY: the caller's contract, passed on; what is found is ours
        let attributes = unsafe {
            whole(cib, &mut found);
            let attributes = node::attributes_of(found);
            node::free(found);
            attributes
        };
        if let Some(attributes) = attributes {
            for attribute in attributes.attributes(attributes.root()) {
                generation.set_attribute(root, attribute.name(), attribute.value());
            }
        }
        give_node(&generation)
    }

    /// `cib_version_details()`: a CIB's version; -1 for what it doesn't tell.
    ///
    /// # Safety
    /// `cib` is null or a node; the rest is null or places.
    export fn cib_version_details(
        cib: *mut XmlNode, admin_epoch: *mut c_int, epoch: *mut c_int, updates: *mut c_int
    ) -> gboolean, or GFALSE => {
        // SAFETY: null or a node, by the caller's contract
        let about = unsafe { node::attributes_of(cib) };
        for (place, name) in [admin_epoch, epoch, updates].into_iter().zip(VERSION) {
            let part = about.as_ref().and_then(|about| number(about, name)).unwrap_or(-1);
            // SAFETY: null or a place, by the caller's contract
            unsafe { put(place, part) };
        }
        if about.is_some() { GTRUE } else { GFALSE }
    }

    /// `cib_diff_version_details()`: the versions that a patchset leads to and from.
    ///
    /// # Safety
    /// As `cib_version_details()`.
    export fn cib_diff_version_details(
        diff: *mut XmlNode, admin_epoch: *mut c_int, epoch: *mut c_int, updates: *mut c_int,
        from_admin_epoch: *mut c_int, from_epoch: *mut c_int, from_updates: *mut c_int
    ) -> gboolean, or GFALSE => {
        // SAFETY: null or a node, by the caller's contract
        let patchset = unsafe { node::read(diff) }.unwrap_or_else(|| Document::new("diff"));
        let (from, to) = patch_versions(&patchset);
        let places = [(admin_epoch, epoch, updates, to), (from_admin_epoch, from_epoch, from_updates, from)];
        let of = |(admin_epoch, epoch, updates, version): (_, _, _, Version)| {
            [(admin_epoch, version.admin_epoch), (epoch, version.epoch), (updates, version.num_updates)]
        };
        for (place, part) in places.into_iter().flat_map(of) {
            // SAFETY: null or a place, by the caller's contract
            unsafe { put(place, part) };
        }
        GTRUE
    }

    /// `createEmptyCib()`: a CIB with nothing in it, to be freed by the caller.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn createEmptyCib(epoch: c_int) -> *mut XmlNode, or null_mut() => {
        give_node(core_cib::Cib::empty(&crate::schemas::newest(), epoch).document())
    }

    /// `cib_apply_patch_event()`: applies the patchset of an event to a copy of a CIB. What the copy has already is no
    /// error.
    ///
    /// # Safety
    /// `event` and `input` are null or nodes; `output` is null or a place with null or a CIB that is replaced.
    export fn cib_apply_patch_event(
        event: *mut XmlNode, input: *mut XmlNode, output: *mut *mut XmlNode, level: c_int
    ) -> c_int, or results::ERR_GENERIC => {
        const FUNCTION: &CStr = c"cib_apply_patch_event";
        if event.is_null() || input.is_null() || output.is_null() {
            return results::ERR_GENERIC;
        }
        // SAFETY: nodes, by the caller's contract
        let (about, diff) = unsafe { (node::attributes_of(event), field(event, "cib_update_result")) };
        let code = about.as_ref().and_then(|about| number(about, "cib_rc")).unwrap_or(results::ERR_GENERIC);
        if code < 0 || diff.is_null() {
            return code;
        }
        // above LOG_CRIT
        if level > 2
            // SAFETY: a node of the event
            && let Some(patchset) = unsafe { node::read(diff) }
        {
            for line in core_cib::patch_lines(&patchset) {
                match level {
                    ..=3 => log!(Error, FUNCTION, "{line}"),
                    4 => log!(Warning, FUNCTION, "{line}"),
                    5 => log!(Notice, FUNCTION, "{line}"),
                    6 => log!(Info, FUNCTION, "{line}"),
                    7 => log!(Debug, FUNCTION, "{line}"),
                    _ => log!(Trace, FUNCTION, "{line}"),
                }
            }
        }
        // SAFETY: nodes and a place, by the caller's contract
        let applied = unsafe { cib_process_diff(null(), 0, null(), event, diff, input, output, null_mut()) };
        if applied == 0 || applied == OLD_DATA {
            return 0;
        }
        log!(Debug, FUNCTION, "Update didn't apply: {} ({applied})", results::words(applied));
        // SAFETY: what the operation made
        unsafe {
            node::free(*output);
            put(output, null_mut());
        }
        applied
    }

    /// `cib__signon_query()`: connects, reads the CIB, and where nobody wants the connection ends it. A standard code.
    ///
    /// # Safety
    /// `cib` is null or a place; `found` is a place with null or something that is kept if nothing is read.
    export fn cib__signon_query(cib: *mut *mut Cib, found: *mut *mut XmlNode) -> c_int, or libc::ENOMEM => {
        if found.is_null() {
            return libc::EINVAL;
        }
        // SAFETY: always safe
        let mut made = unsafe { cib_new() };
        // SAFETY: null or a place, by the caller's contract
        unsafe { put(cib, made) };
        if made.is_null() {
            return libc::ENOMEM;
        }
        // SAFETY: a `cib_t` has its operations as long as it lives
        let signon = unsafe { (*(*made).cmds).signon };
        // SAFETY: the variant's own function
        let mut code = signon.map_or(ENOTCONN, |signon| unsafe { signon(made, system_name(), connection::COMMAND) });
        if code == 0 {
            // SAFETY: of this library, and a place
            code = unsafe { whole(made, found) };
        }
        if cib.is_null() {
            // SAFETY: made above, and nobody else's
            unsafe { cib__clean_up_connection(&mut made) };
        }
        // SAFETY: a place, by the caller's contract
        if unsafe { *found }.is_null() { results::RC_NO_INPUT } else { results::standard(code) }
    }

    /// `cib__clean_up_connection()`: signs off, frees and forgets. A standard code.
    ///
    /// # Safety
    /// `cib` is null or a place with null or a `cib_t` that nobody else uses.
    export fn cib__clean_up_connection(cib: *mut *mut Cib) -> c_int, or libc::EINVAL => {
        // SAFETY: null or a place, by the caller's contract
        let Some(place) = (unsafe { cib.as_mut() }).filter(|place| !place.is_null()) else { return 0 };
        let ended = std::mem::replace(place, null_mut());
        // SAFETY: a `cib_t` has its operations as long as it lives
        let signoff = unsafe { (*(*ended).cmds).signoff };
        // SAFETY: the variant's own function
        let code = signoff.map_or(0, |signoff| unsafe { signoff(ended) });
        // SAFETY: nobody else's
        unsafe { cib_delete(ended) };
        results::standard(code)
    }
}
