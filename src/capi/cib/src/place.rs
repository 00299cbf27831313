//! Where attributes are in a CIB: the path to one that is there, the elements around one that isn't yet.

use crate::border::text;
use crate::process::path_of;
use capi_pcmk::log;
use core_xml::{Document, NodeId};
use std::ffi::{CStr, CString, c_char, c_int};

/// Standard code: the arguments don't fit together.
pub(crate) const INVALID: c_int = libc::EINVAL;

/// Where an attribute is, and which one.
#[derive(Debug)]
pub(crate) struct Where {
    pub(crate) section: String,
    pub(crate) node: Option<String>,
    pub(crate) set_type: Option<String>,
    pub(crate) set: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) user: Option<CString>,
}

impl Where {
    /// `None` without a section.
    ///
    /// # Safety
    /// All are null or strings.
    pub(crate) unsafe fn read(
        section: *const c_char,
        node: *const c_char,
        [set_type, set, id, name, user]: [*const c_char; 5],
    ) -> Option<Where> {
        // SAFETY: null or strings, by the caller's contract
        unsafe {
            Some(Where {
                section: text(section)?,
                node: text(node),
                set_type: text(set_type),
                set: text(set),
                id: text(id),
                name: text(name),
                user: if user.is_null() { None } else { Some(CStr::from_ptr(user).to_owned()) },
            })
        }
    }

    fn is_section(&self, name: &str) -> bool {
        self.section.eq_ignore_ascii_case(name)
    }

    /// The XPath that finds it.
    pub(crate) fn xpath(&self) -> Result<String, c_int> {
        let (mut section, mut above, mut set_type) = (self.section.as_str(), String::new(), self.set_type.as_deref());
        if self.is_section("crm_config") {
            set_type = Some("cluster_property_set");
        } else if self.is_section("op_defaults") || self.is_section("rsc_defaults") {
            set_type = Some("meta_attributes");
        } else if self.is_section("tickets") {
            section = "status";
            above = "//tickets".to_owned();
        } else {
            let node = self.node.as_deref().ok_or(INVALID)?;
            let mut element = "node";
            if self.is_section("status") {
                (element, set_type) = ("node_state", Some("transient_attributes"));
            }
            above = format!("//{element}[@id='{node}']");
        }
        let path = path_of(section).ok_or_else(|| {
            log!(Warning, c"find_attr", "{section} CIB section not known");
            libc::ENOMSG
        })?;
        let set = self.set.as_ref().map_or_else(String::new, |set| format!("[@id='{set}']"));
        let which = match (&self.id, &self.name) {
            (Some(id), Some(name)) => format!("[@id='{id}' and @name='{name}']"),
            (Some(id), None) => format!("[@id='{id}']"),
            (None, Some(name)) => format!("[@name='{name}']"),
            (None, None) => String::new(),
        };
        Ok(format!("{path}{above}//{}{set}//nvpair{which}", set_type.unwrap_or("instance_attributes")))
    }
}

/// A pair as it is sent (`crm_create_nvpair_xml()`).
pub(crate) fn pair(id: Option<&str>, name: Option<&str>, value: Option<&str>) -> Document {
    let mut pair = Document::new("nvpair");
    let root = pair.root();
    let made = match (id, name) {
        (None, Some(name)) => Some(name.to_owned()),
        (id, _) => id.map(str::to_owned),
    };
    for (field, text) in [("id", made.as_deref()), ("name", name), ("value", value)] {
        if let Some(text) = text {
            pair.set_attribute(root, field, text);
        }
    }
    pair
}

/// A change that sets an attribute.
pub(crate) struct Setting {
    pub(crate) data: Document,
    pub(crate) section: String,
    /// The id of its set, where that was asked for or is made.
    pub(crate) set: Option<String>,
}

/// Makes an attribute that is not there yet, in all that it has to lie in.
pub(crate) fn new_attribute(at: &Where, value: &str, node_type: Option<&str>) -> Result<Setting, c_int> {
    let (mut section, mut node, mut node_type) = (at.section.as_str(), at.node.as_deref(), node_type);
    let mut made: Option<(Document, NodeId)> = None;
    let mut tag = None;
    if at.is_section("tickets") {
        (section, node, node_type) = ("status", None, Some("tickets"));
        let mut document = Document::new("status");
        let tickets = document.append_element(document.root(), "tickets");
        made = Some((document, tickets));
    } else if at.is_section("nodes") {
        let id = node.ok_or(INVALID)?;
        if node_type.is_some_and(|kind| kind.eq_ignore_ascii_case("remote")) {
            let mut document = Document::new("nodes");
            let element = document.append_element(document.root(), "node");
            for (field, text) in [("type", "remote"), ("id", id), ("uname", id)] {
                document.set_attribute(element, field, text);
            }
            made = Some((document, element));
        } else {
            tag = Some("node");
        }
    } else if at.is_section("status") {
        let id = node.ok_or(INVALID)?;
        let mut document = Document::new("node_state");
        let root = document.root();
        document.set_attribute(root, "id", id);
        made = Some((document, root));
        tag = Some("transient_attributes");
    } else {
        (tag, node) = (Some(section), None);
    }
    let for_tickets = node_type.is_some_and(|kind| kind.eq_ignore_ascii_case("tickets"));
    let set_id = at.set.clone().unwrap_or_else(|| match node {
        _ if section.eq_ignore_ascii_case("crm_config") => "cib-bootstrap-options".to_owned(),
        _ if for_tickets => format!("{section}-tickets"),
        Some(node) => match &at.set_type {
            Some(kind) => format!("{section}-{node}-{kind}"),
            None => format!("{section}-{node}"),
        },
        None => format!("{section}-options"),
    });
    let id = at
        .id
        .clone()
        .unwrap_or_else(|| format!("{set_id}-{}", at.name.as_deref().unwrap_or("(null)")).replace([':', '#'], "."));
    let name = at.name.as_deref().unwrap_or(&id);
    let set_tag = if node.is_none() && !for_tickets {
        if section.eq_ignore_ascii_case("crm_config") { "cluster_property_set" } else { "meta_attributes" }
    } else {
        at.set_type.as_deref().unwrap_or("instance_attributes")
    };
    for (name, id) in [(tag, node), (Some(set_tag), Some(set_id.as_str()))] {
        let Some(name) = name else { continue };
        let (mut document, element) = match made.take() {
            Some((mut document, parent)) => {
                let element = document.append_element(parent, name);
                (document, element)
            }
            None => {
                let document = Document::new(name);
                let root = document.root();
                (document, root)
            }
        };
        if let Some(id) = id {
            document.set_attribute(element, "id", id);
        }
        made = Some((document, element));
    }
    let (mut data, set) = made.ok_or(INVALID)?;
    let pair = pair(Some(&id), Some(name), Some(value));
    data.insert_copy(set, None, &pair, pair.root());
    Ok(Setting { data, section: section.to_owned(), set: Some(set_id) })
}
