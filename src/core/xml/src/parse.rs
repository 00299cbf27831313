//! From text to a tree, as pacemaker reads XML: with libxml2, leaving out blanks between elements.
//!
//! Stricter than the reference, which asks libxml2 to mend broken text and takes what comes of it: what is not
//! well-formed is refused here, as are document types and with them all entities of one's own. How long a text is and
//! how deep it nests is limited. Processing instructions are read over. Of namespaces, declarations and the prefixes that
//! they declare are dropped, which is what is left of them in the reference when it writes a tree; other prefixes are part
//! of the name.

use crate::document::{Document, Kind, NodeId};
use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
    reader::Reader,
};
use std::collections::BTreeSet;

/// What a text may be at most. What one element takes is bounded by its attributes, so that looking for doublets stays
/// cheap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub length: usize,
    /// Elements inside each other.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
}

impl Default for Limits {
    /// 256 levels as libxml2, 256 MiB, 256 attributes.
    fn default() -> Limits {
        Limits { length: 256 << 20, depth: 256, attributes: 256 }
    }
}

/// Why a text is no document, and where: `line 3, column 7: </b> ends <a>`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct ParseError {
    /// Counted from 1.
    pub line: usize,
    /// In bytes, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Document {
    /// Reads a text (`string2xml()`).
    ///
    /// # Errors
    /// Where and why it is not a document within the limits.
    pub fn parse(text: &str, limits: Limits) -> Result<Document, ParseError> {
        if text.len() > limits.length {
            return Err(at(text, 0, format!("{} bytes, {} are allowed", text.len(), limits.length)));
        }
        if let Some(position) = text.bytes().position(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
            return Err(at(text, position, "a control character, which XML doesn't have".to_owned()));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut builder =
            Builder { limits, document: None, open: Vec::new(), run: Run::default(), prefixes: Prefixes::default() };
        loop {
            let before = reader.buffer_position();
            let event = reader.read_event().map_err(|error| (reader.error_position(), error.to_string()));
            match event.and_then(|event| builder.take(event).map_err(|reason| (before, reason))) {
                Ok(More::Yes) => {}
                Ok(More::No(document)) => return Ok(document),
                Err((position, reason)) => {
                    return Err(at(text, usize::try_from(position).unwrap_or(text.len()), reason));
                }
            }
        }
    }
}

enum More {
    Yes,
    No(Document),
}

/// Characters between two tags, as far as they are read: references split them.
#[derive(Default)]
struct Run {
    text: String,
    /// Whether a reference is in it: then it is no mere blank.
    reference: bool,
}

struct Builder {
    limits: Limits,
    document: Option<Document>,
    /// The elements that are open, the innermost last.
    open: Vec<NodeId>,
    run: Run,
    prefixes: Prefixes,
}

/// The prefixes that the open elements declare.
#[derive(Default)]
struct Prefixes {
    known: BTreeSet<String>,
    /// By whom: how many elements were open around that.
    order: Vec<(usize, String)>,
}

impl Prefixes {
    /// An element begins inside of so many others.
    fn begin(&mut self, depth: usize, start: &BytesStart<'_>) {
        while let Some((_, prefix)) = self.order.pop_if(|(own, _)| *own >= depth) {
            self.known.remove(&prefix);
        }
        if !start.contains(':') {
            return;
        }
        // what is wrong with an attribute is told when it is taken
        for attribute in start.attributes().with_checks(false).flatten() {
            if let Some(prefix) = attribute.key.into_inner().strip_prefix("xmlns:")
                && !attribute.value.is_empty()
                && self.known.insert(prefix.to_owned())
            {
                self.order.push((depth, prefix.to_owned()));
            }
        }
    }

    /// What is left of a name.
    fn strip<'a>(&self, name: &'a str) -> Result<&'a str, String> {
        if !is_name(name) {
            return Err(format!("{name:?} is no name"));
        }
        let declared = |prefix: &str| prefix == "xml" || self.known.contains(prefix);
        match name.split_once(':') {
            Some((prefix, local)) if is_name(local) && declared(prefix) => Ok(local),
            _ => Ok(name),
        }
    }
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<More, String> {
        match event {
            Event::Text(text) => self.run.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                self.run.text.push_str(&resolve(&reference)?);
                self.run.reference = true;
            }
            Event::Start(start) => {
                self.end_run(false)?;
                let node = self.element(&start)?;
                self.open.push(node);
                if self.open.len() > self.limits.depth {
                    return Err(format!("more than {} elements inside each other", self.limits.depth));
                }
            }
            Event::Empty(start) => {
                self.end_run(false)?;
                if self.open.len() == self.limits.depth {
                    return Err(format!("more than {} elements inside each other", self.limits.depth));
                }
                self.element(&start)?;
            }
            Event::End(_) => {
                self.end_run(true)?;
                self.open.pop();
            }
            Event::Comment(comment) => {
                self.end_run(false)?;
                self.leaf(Kind::Comment(comment.xml10_content().into()));
            }
            Event::CData(data) => {
                self.end_run(false)?;
                if self.open.is_empty() {
                    return Err("CDATA outside of the root element".to_owned());
                }
                self.leaf(Kind::Cdata(data.xml10_content().into()));
            }
            Event::PI(_) => self.end_run(false)?,
            Event::Decl(_) => {}
            Event::DocType(_) => return Err("document types are not accepted".to_owned()),
            Event::Eof => return self.end(),
        }
        Ok(More::Yes)
    }

    fn end(&mut self) -> Result<More, String> {
        self.end_run(false)?;
        if let (Some(open), Some(document)) = (self.open.last(), &self.document) {
            return Err(format!("<{}> is not closed", document.name(*open).unwrap_or_default()));
        }
        self.document.take().map(More::No).ok_or_else(|| "no element".to_owned())
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<NodeId, String> {
        self.prefixes.begin(self.open.len(), start);
        let whole = start.name();
        let name = self.prefixes.strip(whole.into_inner())?;
        let node = match (&mut self.document, self.open.last()) {
            (Some(_), None) => return Err(format!("<{name}> after the end of the root element")),
            (Some(document), Some(parent)) => {
                let node = document.allocate(Kind::Element(name.into()));
                document.link(node, *parent, None);
                node
            }
            (None, _) => {
                let document = self.document.insert(Document::new(name));
                document.root()
            }
        };
        let document = self.document.as_mut().expect("made above, if not before");
        for (count, attribute) in start.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            if count == self.limits.attributes {
                return Err(format!("<{name}> has more than {count} attributes"));
            }
            let key = attribute.key.into_inner();
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let key = self.prefixes.strip(key)?;
            if document.attribute(node, key).is_some() {
                return Err(format!("<{name}> has {key} twice"));
            }
            if attribute.value.contains('<') {
                return Err(format!("< in the value of {key}"));
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
            document.append_attribute(node, key, allowed(&value)?);
        }
        Ok(node)
    }

    /// Hangs a node below the innermost open element; outside of the root it is dropped.
    fn leaf(&mut self, kind: Kind) {
        if let (Some(document), Some(parent)) = (&mut self.document, self.open.last()) {
            let node = document.allocate(kind);
            document.link(node, *parent, None);
        }
    }

    /// The characters since the last tag are complete. Blanks are dropped where libxml2 drops them: not as all that an
    /// element has (`end`: its end tag follows), and not beside other text.
    fn end_run(&mut self, end: bool) -> Result<(), String> {
        let run = std::mem::take(&mut self.run);
        if run.text.is_empty() {
            return Ok(());
        }
        let blank = !run.reference && run.text.bytes().all(|byte| byte.is_ascii_whitespace());
        let (Some(document), Some(parent)) = (&self.document, self.open.last()) else {
            return if blank { Ok(()) } else { Err("text outside of the root element".to_owned()) };
        };
        let node = document.node(*parent);
        let is_text = |child: Option<NodeId>| child.is_some_and(|child| matches!(document.kind(child), Kind::Text(_)));
        let dropped = match node.first {
            None => !end,
            Some(_) => !is_text(node.last) && !is_text(node.first),
        };
        if !(blank && dropped) {
            self.leaf(Kind::Text(allowed(&run.text)?.into()));
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let starts = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..);
    let goes_on = |byte: u8| starts(byte) || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    text.bytes().next().is_some_and(starts) && text.bytes().all(goes_on)
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name).map(str::to_owned).ok_or_else(|| format!("&{name}; is not known"))
}

/// References can name characters that no document may have.
fn allowed(text: &str) -> Result<&str, String> {
    let forbidden = |character: char| matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    match text.chars().find(|character| forbidden(*character)) {
        Some(character) => Err(format!("{character:?}, which XML doesn't have")),
        None => Ok(text),
    }
}

fn at(text: &str, position: usize, reason: String) -> ParseError {
    let before = &text.as_bytes()[..position.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    ParseError { line, column: before.len() - line_start + 1, reason }
}
