//! What is said of documents that are validated and transformed: texts of libxml2, of the stylesheets and of ours.

use std::fmt;

/// How many messages are kept until somebody takes them. What comes after is dropped.
pub const MESSAGES_MAX: usize = 1000;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something failed.
    Error,
    /// Something may not be as wanted.
    Warning,
    /// As it should be.
    Info,
    /// Of no interest but to developers.
    Debug,
}

/// What the validator found fault with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which rules it breaks, as libxml2 says it: `Relax-NG validity`, or `validity` for references to ids.
    pub rules: &'static str,
    /// The file, where the document comes from one.
    pub file: Option<String>,
    /// Counted from 1; 0 where it isn't known.
    pub line: u32,
    /// The element's name.
    pub element: Option<String>,
}

/// A line for people. It is displayed as tools print it: `a.xml:3: element op: Relax-NG validity error : ...`; a log has
/// the text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// How bad it is.
    pub severity: Severity,
    /// Where, for the validator's messages.
    pub place: Option<Place>,
    /// What it says, without a newline at its end.
    pub text: String,
}

impl Message {
    /// A message about no place.
    #[must_use]
    pub fn new(severity: Severity, text: impl Into<String>) -> Message {
        Message { severity, place: None, text: text.into() }
    }

    /// A stylesheet's message. Its severity is the mark that it begins with, `WARNING: ` where there is none
    /// (`cib_upgrade_err()`).
    #[must_use]
    pub fn of_stylesheet(text: &str) -> Message {
        let marks = [("WARNING: ", Severity::Warning), ("INFO: ", Severity::Info), ("DEBUG: ", Severity::Debug)];
        marks
            .into_iter()
            .find_map(|(mark, severity)| text.strip_prefix(mark).map(|text| Message::new(severity, text)))
            .unwrap_or_else(|| Message::new(Severity::Warning, text))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else { return to.write_str(&self.text) };
        match (&place.file, place.line) {
            (Some(file), line) => write!(to, "{file}:{line}: ")?,
            (None, 0) => {}
            (None, line) => write!(to, "Entity: line {line}: ")?,
        }
        if let Some(element) = &place.element {
            write!(to, "element {element}: ")?;
        }
        let level = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(to, "{} {level} : {}", place.rules, self.text)
    }
}

/// A text with a number before each line, as tools show a CIB that doesn't fit its schema (`validate_xml_verbose()`).
#[must_use]
pub fn numbered(text: &str) -> String {
    text.split('\n').zip(1..).map(|(line, number)| format!("{number:4} {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Message, Place, Severity, numbered};

    #[test]
    fn messages_look_as_libxml2_prints_them() {
        let place = |file: Option<&str>, line| Place {
            rules: "Relax-NG validity",
            file: file.map(str::to_owned),
            line,
            element: Some("primitive".to_owned()),
        };
        let text = "Element primitive failed to validate content";
        let message =
            |place| Message { severity: Severity::Error, place: Some(place), text: text.to_owned() }.to_string();
        let end = format!("element primitive: Relax-NG validity error : {text}");
        assert_eq!(message(place(Some("bad.xml"), 3)), format!("bad.xml:3: {end}"));
        assert_eq!(message(place(None, 3)), format!("Entity: line 3: {end}"));
        assert_eq!(message(place(None, 0)), end);
        assert_eq!(Message::new(Severity::Info, "x").to_string(), "x");
    }

    #[test]
    fn a_stylesheet_marks_how_bad_it_is() {
        assert_eq!(Message::of_stylesheet("INFO: well"), Message::new(Severity::Info, "well"));
        assert_eq!(Message::of_stylesheet("INFO well"), Message::new(Severity::Warning, "INFO well"));
    }

    #[test]
    fn lines_are_numbered_and_so_is_the_end() {
        assert_eq!(numbered("<a>\n</a>\n"), "   1 <a>\n   2 </a>\n   3 \n");
    }
}
