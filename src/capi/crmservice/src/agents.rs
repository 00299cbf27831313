//! Which agents there are.

use crate::units;
use capi_pcmk::{functions, give_bytes, text};
use core_agents::Class;
use glib_sys::{GFALSE, GList, GTRUE, gboolean};
use std::ffi::{CStr, OsStr, OsString, c_char};
use std::os::unix::ffi::OsStrExt;
use std::ptr::{null, null_mut};
use sys_agents::Wanted;

/// A list that the caller frees, as are its texts.
fn give(names: Vec<OsString>) -> *mut GList {
    names.into_iter().rev().fold(null_mut(), |list, name| {
        let name = give_bytes(name.as_bytes());
        // SAFETY: g_list_prepend(): null or a list of our own
        unsafe { glib_sys::g_list_prepend(list, name.cast()) }
    })
}

/// What a service is: an init script before all else, as that costs no question to anybody.
pub(crate) fn service_class(agent: &str) -> Option<Class> {
    if sys_agents::exists(Class::Lsb, "", agent) {
        return Some(Class::Lsb);
    }
    units::exists(agent).then_some(Class::Systemd)
}

fn standards() -> Vec<Class> {
    let mut found = vec![Class::Ocf, Class::Lsb, Class::Service];
    if !units::list().is_empty() {
        found.push(Class::Systemd);
    }
    if !sys_agents::nagios_plugins().is_empty() {
        found.push(Class::Nagios);
    }
    found
}

fn agents(class: Option<Class>, provider: Option<&OsStr>) -> Vec<OsString> {
    let units = || units::list().into_iter().map(OsString::from).collect::<Vec<_>>();
    match class {
        None => [sys_agents::init_scripts(), sys_agents::ocf_agents(None), units()].concat(),
        Some(Class::Service) => [sys_agents::init_scripts(), units()].concat(),
        Some(Class::Lsb) => sys_agents::init_scripts(),
        Some(Class::Systemd) => units(),
        Some(Class::Ocf) => sys_agents::ocf_agents(provider),
        Some(Class::Nagios) => sys_agents::nagios_plugins(),
        Some(_) => Vec::new(),
    }
}

fn agent_exists(standard: &str, provider: Option<&str>, agent: &str) -> bool {
    // here the case counts
    let Some(class) = standards().into_iter().find(|class| class.name() == standard) else { return false };
    if class.has_providers() != provider.is_some() {
        return false;
    }
    if provider.is_some_and(|provider| !sys_agents::ocf_providers().iter().any(|known| known == provider)) {
        return false;
    }
    match class {
        Class::Service => service_class(agent).is_some(),
        Class::Systemd => units::exists(agent),
        class => sys_agents::exists(class, provider.unwrap_or_default(), agent),
    }
}

functions! {
    /// `get_directory_list()`: what is in the folders of a list that colons part.
    ///
    /// # Safety
    /// `root` is null or a string.
    export fn get_directory_list(root: *const c_char, files: gboolean, executable: gboolean) -> *mut GList, or null_mut() => {
        if root.is_null() {
            return null_mut();
        }
        // SAFETY: a string, by the caller's contract
        let folders = OsStr::from_bytes(unsafe { CStr::from_ptr(root) }.to_bytes());
        let wanted = match (files, executable) {
            (GFALSE, _) => Wanted::Folders,
            (_, GFALSE) => Wanted::Files,
            _ => Wanted::Programs,
        };
        give(sys_agents::list_all(folders, wanted))
    }

    /// `resources_list_standards()`: classes of agents.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn resources_list_standards() -> *mut GList, or null_mut() => {
        give(standards().into_iter().map(|class| class.name().into()).collect())
    }

    /// `resources_list_providers()`: who provides agents of a class.
    ///
    /// # Safety
    /// `standard` is null or a string.
    export fn resources_list_providers(standard: *const c_char) -> *mut GList, or null_mut() => {
        // SAFETY: null or a string, by the caller's contract
        match unsafe { text(standard) }.map(|name| Class::of(&name)) {
            Some(class) if class.has_providers() => give(sys_agents::ocf_providers()),
            _ => null_mut(),
        }
    }

    /// `resources_list_agents()`: agents of a class, or of all; of a provider, or of all.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn resources_list_agents(standard: *const c_char, provider: *const c_char) -> *mut GList, or null_mut() => {
        // SAFETY: null or strings, by the caller's contract
        let (standard, provider) = unsafe { (text(standard), text(provider)) };
        give(agents(standard.as_deref().map(Class::of), provider.as_deref().map(OsStr::new)))
    }

    /// `services_list()`: init scripts.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn services_list() -> *mut GList, or null_mut() => {
        give(sys_agents::init_scripts())
    }

    /// `resources_agent_exists()`: whether there is such an agent on this host.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn resources_agent_exists(
        standard: *const c_char, provider: *const c_char, agent: *const c_char
    ) -> gboolean, or GFALSE => {
        // SAFETY: null or strings, by the caller's contract
        let (standard, provider, agent) = unsafe { (text(standard), text(provider), text(agent)) };
        let (Some(standard), Some(agent)) = (standard, agent) else { return GFALSE };
        if agent_exists(&standard, provider.as_deref(), &agent) { GTRUE } else { GFALSE }
    }

    /// `resources_find_service_class()`: the class of a service; null where there is none of that name.
    ///
    /// # Safety
    /// `agent` is null or a string.
    export fn resources_find_service_class(agent: *const c_char) -> *const c_char, or null() => {
        // SAFETY: null or a string, by the caller's contract
        match unsafe { text(agent) }.and_then(|agent| service_class(&agent)) {
            Some(Class::Lsb) => c"lsb".as_ptr(),
            Some(_) => c"systemd".as_ptr(),
            None => null(),
        }
    }
}
