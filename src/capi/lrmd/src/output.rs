//! How the tools show lists of agents, providers and standards: messages of libcrmcommon's output objects. Their
//! arguments are a va_list, which `variable.c` takes apart.

use crate::foreign;
use crate::lists::{lrmd_list_freeall, names};
use crate::types::List;
use capi_pcmk::{OutputObject, functions};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::null;
use sys_xml::node::{self, XmlNode};

/// What `variable.c` calls; each frees the list.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Renderers {
    list: unsafe extern "C" fn(*mut OutputObject, *mut List, *const c_char) -> c_int,
    providers_for: unsafe extern "C" fn(*mut OutputObject, *mut List, *const c_char) -> c_int,
    agents: unsafe extern "C" fn(*mut OutputObject, *mut List, *const c_char, *const c_char, bool) -> c_int,
    providers: unsafe extern "C" fn(*mut OutputObject, *mut List, *const c_char) -> c_int,
}

static RENDERERS: Renderers = Renderers { list, providers_for, agents, providers };

/// # Safety
/// `out` is a live object; `name` and, unless null, `value` are strings.
unsafe fn parent(out: *mut OutputObject, name: &CStr, attribute: &CStr, value: *const c_char) -> *mut XmlNode {
    let end: *const c_char = null();
    // SAFETY: pcmk__output_xml_create_parent(): pairs of strings until a null; a null value ends them, too
    unsafe { foreign::pcmk__output_xml_create_parent(out, name.as_ptr(), attribute.as_ptr(), value, end) }
}

/// Shows each name as an element, and frees the list.
///
/// # Safety
/// `out` is a live object; `items` is null or a list of this library.
unsafe fn elements(out: *mut OutputObject, items: *mut List, element: &CStr) -> c_int {
    // SAFETY: the caller's contract
    unsafe {
        for name in names(items) {
            foreign::pcmk__output_create_xml_text_node(out, element.as_ptr(), name.as_ptr());
        }
        lrmd_list_freeall(items);
    }
    0
}

/// The caller's text unless it is null or empty.
///
/// # Safety
/// `text` is null or a string that lives as long as `'a`.
unsafe fn filled<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: not null, and a string
    let text = if text.is_null() { None } else { Some(unsafe { CStr::from_ptr(text) }) };
    text.filter(|text| !text.is_empty())
}

functions! {
    /// # Safety
    /// `out` is a live object; `items` is null or a list of this library; `title` is a string.
    local fn list(out: *mut OutputObject, items: *mut List, title: *const c_char) -> c_int, or libc::EINVAL => {
        // SAFETY: the caller's contract
        unsafe {
            OutputObject::list(out, CStr::from_ptr(title), names(items));
            lrmd_list_freeall(items);
        }
        0
    }

    /// # Safety
    /// As for `list`; `agent` is null or a string.
    local fn providers_for(out: *mut OutputObject, items: *mut List, agent: *const c_char) -> c_int, or libc::EINVAL => {
        // SAFETY: the caller's contract
        unsafe {
            parent(out, c"providers", c"for", agent);
            elements(out, items, c"provider")
        }
    }

    /// # Safety
    /// As for `list`; the texts are null or strings.
    local fn agents(
        out: *mut OutputObject, items: *mut List, standard: *const c_char, provider: *const c_char, xml: bool
    ) -> c_int, or libc::EINVAL => {
        // SAFETY: the caller's contract
        unsafe {
            let provider = filled(provider);
            if xml {
                let node = parent(out, c"agents", c"standard", standard);
                if let (Some(provider), false) = (provider, node.is_null()) {
                    node::set_attribute(node, "provider", Some(&provider.to_string_lossy()));
                }
                return elements(out, items, c"agent");
            }
            let named = provider.or_else(|| filled(standard)).unwrap_or_default();
            let title = CString::new([named.to_bytes(), b" agents"].concat()).unwrap_or_default();
            list(out, items, title.as_ptr())
        }
    }

    /// # Safety
    /// As for `list`; `agent` is null or a string.
    local fn providers(out: *mut OutputObject, items: *mut List, agent: *const c_char) -> c_int, or libc::EINVAL => {
        // SAFETY: the caller's contract
        unsafe {
            let node = parent(out, c"providers", c"standard", c"ocf".as_ptr());
            if let (false, false) = (agent.is_null(), node.is_null()) {
                node::set_attribute(node, "agent", Some(&CStr::from_ptr(agent).to_string_lossy()));
            }
            elements(out, items, c"provider")
        }
    }

    /// `lrmd__register_messages()`: has an output object show what this library's callers list.
    ///
    /// # Safety
    /// `out` is a live object.
    export fn lrmd__register_messages(out: *mut OutputObject) -> (), or () => {
        // SAFETY: a live object, by the caller's contract
        unsafe { foreign::systole_lrmd_register(out, &raw const RENDERERS) };
    }
}
