//! Which agents this host has, as libcrmservice and libstonithd find them.

use crate::connection::EINVAL;
use crate::foreign;
use crate::lists::Builder;
use crate::types::{List, Lrmd};
use capi_pcmk::{functions, log, text};
use glib_sys::GList;
use std::ffi::{CStr, CString, c_char, c_int};

pub(crate) const STONITH: &CStr = c"stonith";
const OCF: &CStr = c"ocf";

/// Names in a list of libcrmservice's, which is freed.
///
/// # Safety
/// `list` is null or a list of strings of malloc's, and ours.
unsafe fn take(list: *mut GList) -> Vec<CString> {
    // SAFETY: null or an element, by the caller's contract
    let elements = std::iter::successors(unsafe { list.as_ref() }, |each| unsafe { each.next.as_ref() });
    // SAFETY: strings
    let names = elements.map(|each| unsafe { CStr::from_ptr(each.data.cast()) }.to_owned()).collect();
    // SAFETY: g_list_free_full(): of malloc's, and nobody's any more
    unsafe { glib_sys::g_list_free_full(list, Some(libc::free)) };
    names
}

/// # Safety
/// The texts are null or strings.
unsafe fn of_services(standard: *const c_char, provider: *const c_char) -> Vec<CString> {
    // SAFETY: resources_list_agents(): null or strings; the list is ours
    unsafe { take(foreign::resources_list_agents(standard, provider)) }
}

/// Fence agents.
fn of_fencing() -> Vec<CString> {
    // SAFETY: stonith_api_new(): always safe; what it gives is used by its own functions and freed by them
    unsafe {
        let fencer = foreign::stonith_api_new();
        let Some(functions) = fencer.as_ref().and_then(|fencer| fencer.cmds.as_ref()) else {
            log!(Error, c"list_stonith_agents", "Could not list fence agents: API memory allocation failed");
            return Vec::new();
        };
        let (list, free) = (functions.list_agents, functions.free);
        let mut found = std::ptr::null_mut();
        if let Some(list) = list {
            let sync = foreign::stonith_call_options_st_opt_sync_call as c_int;
            list(fencer, sync, std::ptr::null(), &raw mut found, 0);
        }
        if let Some(free) = free {
            free(fencer);
        }
        let elements = std::iter::successors(found.as_ref(), |each| each.next.as_ref());
        let names = elements.filter(|each| !each.value.is_null());
        let names = names.map(|each| CStr::from_ptr(each.value).to_owned()).collect();
        foreign::stonith_key_value_freeall(found, 1, 0);
        names
    }
}

/// Appends names to a caller's list and counts them.
///
/// # Safety
/// `list` is null or the place of a list.
unsafe fn give(list: *mut *mut List, names: &[CString]) -> c_int {
    if list.is_null() {
        return EINVAL;
    }
    // SAFETY: the place of a list, by the caller's contract
    let mut builder = unsafe { Builder::names(list) };
    for name in names {
        builder.name(name);
    }
    c_int::try_from(names.len()).unwrap_or(c_int::MAX)
}

/// Whether a provider has an agent of that name.
fn provides(provider: &CStr, agent: &CStr) -> bool {
    // SAFETY: strings
    let agents = unsafe { of_services(OCF.as_ptr(), provider.as_ptr()) };
    agents.iter().any(|own| own.to_bytes().eq_ignore_ascii_case(agent.to_bytes()))
}

functions! {
    /// # Safety
    /// `list` is null or the place of a list; the texts are null or strings.
    local fn list_agents(
        _lrmd: *mut Lrmd, list: *mut *mut List, standard: *const c_char, provider: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: null or a string, by the caller's contract
        let named = unsafe { text(standard) };
        let only_fencing = named.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("stonith"));
        let mut names = Vec::new();
        if !only_fencing {
            // SAFETY: null or strings, by the caller's contract
            names = unsafe { of_services(standard, provider) };
        }
        if only_fencing || named.is_none() {
            names.append(&mut of_fencing());
        }
        if names.is_empty() {
            let name = named.as_deref().unwrap_or("(null)");
            log!(Notice, c"lrmd_api_list_agents", "No agents found for class {name}");
            return -libc::EPROTONOSUPPORT;
        }
        // SAFETY: the caller's contract, passed on
        unsafe { give(list, &names) }
    }

    /// # Safety
    /// `agent` is null or a string; `list` is null or the place of a list.
    local fn list_ocf_providers(_lrmd: *mut Lrmd, agent: *const c_char, list: *mut *mut List) -> c_int, or EINVAL => {
        // SAFETY: resources_list_providers(): a string; the list is ours
        let mut names = unsafe { take(foreign::resources_list_providers(OCF.as_ptr())) };
        if !agent.is_null() {
            // SAFETY: a string, by the caller's contract
            let agent = unsafe { CStr::from_ptr(agent) };
            names.retain(|provider| provides(provider, agent));
        }
        // SAFETY: the caller's contract, passed on
        unsafe { give(list, &names) }
    }

    /// # Safety
    /// `list` is null or the place of a list.
    local fn list_standards(_lrmd: *mut Lrmd, list: *mut *mut List) -> c_int, or EINVAL => {
        // SAFETY: resources_list_standards(): the list is ours
        let mut names = unsafe { take(foreign::resources_list_standards()) };
        if !of_fencing().is_empty() {
            names.push(STONITH.to_owned());
        }
        // SAFETY: the caller's contract, passed on
        unsafe { give(list, &names) }
    }
}
