//! The text of a tree, byte for byte as pacemaker writes it (`pcmk__xml2text()`): its own form, not libxml2's.
//!
//! - Text between elements is left out; an element that has some is still written with a start and an end tag.
//! - Tabs become four spaces, newlines `\n`, other unprintable characters `\` and three octal digits.
//! - From the first character beyond ASCII on, the reference escapes nothing any more, so that `é &` comes out as
//!   something no parser takes. A digest follows it in that; what is meant to be read again has at least `<`, `"`
//!   and `&` escaped.

use crate::{
    document::{Attribute, Document, Kind, NodeId},
    walk::Step,
};
use std::fmt::Write;

/// How to write a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All in one line, as sent (`dump_xml_unformatted()`).
    Compact,
    /// A line for each node, two spaces more for each level, as stored (`dump_xml_formatted()`).
    Formatted,
}

/// What is hashed, where it differs from what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything, to be read again.
    Readable,
    /// Everything, to be hashed.
    Hashed,
    /// Without the attributes that say who changed a CIB and when, to be hashed.
    HashedContent,
}

/// Attributes that no digest or patch of a CIB's content counts (`pcmk__xa_filterable()`).
const WHO_AND_WHEN: [&str; 5] =
    ["crm-debug-origin", "cib-last-written", "update-origin", "update-client", "update-user"];

/// Whether an attribute says only who changed something and when.
pub(crate) fn is_who_or_when(name: &str) -> bool {
    WHO_AND_WHEN.contains(&name)
}

impl Document {
    /// The text of a node and all below it.
    #[must_use]
    pub fn text(&self, node: NodeId, form: Form) -> String {
        let mut text = String::new();
        self.write_text(node, form, Scope::Readable, &mut text);
        text
    }

    pub(crate) fn write_text(&self, top: NodeId, form: Form, scope: Scope, text: &mut String) {
        let formatted = form == Form::Formatted;
        let mut depth = 0;
        for step in self.walk(top) {
            let start = text.len();
            let indent = |text: &mut String, depth: usize| {
                if formatted {
                    text.extend(std::iter::repeat_n("  ", depth));
                }
            };
            match step {
                Step::Enter(node) => {
                    indent(text, depth);
                    let indented = text.len();
                    self.write_start(node, scope, text);
                    if text.len() == indented {
                        text.truncate(start);
                    }
                    depth += 1;
                }
                Step::Leave(node) => {
                    depth -= 1;
                    if let Some(name) = self.name(node)
                        && self.first_child(node).is_some()
                    {
                        indent(text, depth);
                        text.extend(["</", name, ">"]);
                    }
                }
            }
            if formatted && text.len() > start {
                text.push('\n');
            }
        }
    }

    /// An element's start tag, or the whole of a node of another kind.
    fn write_start(&self, node: NodeId, scope: Scope, text: &mut String) {
        match self.kind(node) {
            Kind::Element(name) => {
                text.extend(["<", name]);
                for attribute in self.attributes(node) {
                    if scope != Scope::HashedContent || !is_who_or_when(attribute.name()) {
                        write_attribute(attribute, scope, text);
                    }
                }
                text.push_str(if self.first_child(node).is_some() { ">" } else { "/>" });
            }
            Kind::Text(_) => {}
            Kind::Comment(comment) => text.extend(["<!--", comment, "-->"]),
            Kind::Cdata(data) => text.extend(["<![CDATA[", data, "]]>"]),
        }
    }
}

fn write_attribute(attribute: &Attribute, scope: Scope, text: &mut String) {
    text.extend([" ", attribute.name(), "=\""]);
    escape(attribute.value(), scope == Scope::Readable, text);
    text.push('"');
}

/// Appends an attribute's value. `readable`: so that a parser takes it, whatever is in it.
fn escape(value: &str, readable: bool, text: &mut String) {
    let ascii = value.bytes().position(|byte| !byte.is_ascii()).unwrap_or(value.len());
    let (plain, rest) = value.split_at(ascii);
    for character in plain.chars() {
        match character {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            '&' => text.push_str("&amp;"),
            '\t' => text.push_str("    "),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            ' '..='~' => text.push(character),
            _ => write!(text, "\\{:03o}", u32::from(character)).expect("a string takes everything"),
        }
    }
    if !readable {
        text.push_str(rest);
        return;
    }
    for character in rest.chars() {
        match character {
            '<' => text.push_str("&lt;"),
            '"' => text.push_str("&quot;"),
            '&' => text.push_str("&amp;"),
            _ => text.push(character),
        }
    }
}
