//! Requests, as the executor takes them (protocol 1.1).

use core_xml::{Document, NodeId};
use std::ffi::{CStr, c_int, c_uint};

/// The protocol's version that a sign-on names (`LRMD_PROTOCOL_VERSION`).
pub(crate) const VERSION: &str = "1.1";

/// What is asked for: an operation, and what it is about.
pub(crate) struct Request {
    operation: &'static str,
    options: c_uint,
    /// Milliseconds; 0 is the connection's own limit.
    pub(crate) timeout: c_int,
    subject: Option<Document>,
}

impl Request {
    /// About nothing.
    pub(crate) fn new(operation: &'static str) -> Request {
        Request { operation, options: 0, timeout: 0, subject: None }
    }

    /// About an element of that name; `origin` is the name of the reference's function.
    pub(crate) fn about(mut self, element: &str, origin: &str) -> Request {
        let mut subject = Document::new(element);
        subject.set_attribute(subject.root(), "lrmd_origin", origin);
        self.subject = Some(subject);
        self
    }

    pub(crate) fn options(mut self, options: c_uint) -> Request {
        self.options = options;
        self
    }

    pub(crate) fn timeout(mut self, timeout: c_int) -> Request {
        self.timeout = timeout;
        self
    }

    /// An attribute of the subject, where there is a value.
    pub(crate) fn with(mut self, name: &str, value: Option<&str>) -> Request {
        if let (Some(subject), Some(value)) = (&mut self.subject, value) {
            subject.set_attribute(subject.root(), name, value);
        }
        self
    }

    pub(crate) fn with_number(self, name: &str, value: impl Into<i64>) -> Request {
        self.with(name, Some(&value.into().to_string()))
    }

    /// Parameters of the subject, each name once.
    pub(crate) fn parameters<'a>(mut self, pairs: impl Iterator<Item = (&'a CStr, &'a CStr)>) -> Request {
        if let Some(subject) = &mut self.subject {
            let attributes = subject.append_element(subject.root(), "attributes");
            for (name, value) in pairs {
                parameter(subject, attributes, &name.to_string_lossy(), &value.to_string_lossy());
            }
        }
        self
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.operation
    }

    /// The message, with the token that the executor gave us.
    pub(crate) fn message(&self, token: &str) -> Document {
        let mut message = Document::new("lrmd_command");
        let root = message.root();
        for (name, value) in [
            ("__name__", "lrmd_command"),
            ("t", "lrmd"),
            ("lrmd_async_id", token),
            ("lrmd_op", self.operation),
            ("lrmd_timeout", &self.timeout.to_string()),
            ("lrmd_callopt", &self.options.to_string()),
        ] {
            message.set_attribute(root, name, value);
        }
        if let Some(subject) = &self.subject {
            let data = message.append_element(root, "lrmd_calldata");
            message.insert_copy(data, None, subject, subject.root());
        }
        message
    }
}

/// A parameter is an attribute, unless its name can't be one's: then it is an element.
fn parameter(subject: &mut Document, attributes: NodeId, name: &str, value: &str) {
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        let element = subject.append_element(attributes, "param");
        subject.set_attribute(element, "name", name);
        subject.set_attribute(element, "value", value);
    } else if subject.attribute(attributes, name).is_none() {
        subject.set_attribute(attributes, name, value);
    }
}

/// The first message of a connection; a provider relays connections of a remote node's clients.
pub(crate) fn hello(name: Option<&str>, is_provider: bool) -> Document {
    let mut hello = Document::new("lrmd_command");
    let root = hello.root();
    let provider = is_provider.then_some("true");
    for (field, value) in [
        ("t", Some("lrmd")),
        ("lrmd_op", Some("register")),
        ("lrmd_clientname", name),
        ("lrmd_protocol_version", Some(VERSION)),
        ("lrmd_is_ipc_provider", provider),
    ] {
        if let Some(value) = value {
            hello.set_attribute(root, field, value);
        }
    }
    hello
}
