//! What libxml2 and libxslt say, taken down while they run.

use crate::ffi;
use core_schema::{MESSAGES_MAX, Message, Place, Severity};
use std::ffi::{CStr, c_char, c_void};

/// Longest message, in bytes.
const LENGTH_MAX: usize = 4096;

fn keep(messages: &mut Vec<Message>, message: Message) {
    if messages.len() < MESSAGES_MAX {
        messages.push(message);
    }
}

/// A text of libxml2's, cut to [`LENGTH_MAX`]; `None` for a null pointer.
///
/// # Safety
/// `text` is null or points to bytes that end with NUL.
unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    Some(String::from_utf8_lossy(&bytes[..bytes.len().min(LENGTH_MAX)]).into_owned())
}

/// A `xmlStructuredErrorFunc` whose context is a `Vec<Message>`.
pub(crate) extern "C" fn take_error(context: *mut c_void, error: *mut ffi::xmlError) {
    // SAFETY: xmlRelaxNGSet...StructuredErrors(): the context is the one given there, where it is borrowed mutably for as
    // long as the validator runs
    let Some(messages) = (unsafe { context.cast::<Vec<Message>>().as_mut() }) else { return };
    // SAFETY: xmlStructuredErrorFunc: the error is good for the call
    let Some(error) = (unsafe { error.as_ref() }) else { return };
    let severity = if error.level == ffi::xmlErrorLevel_XML_ERR_WARNING { Severity::Warning } else { Severity::Error };
    // SAFETY: xmlError: the name of the file, null or with a NUL at its end
    let file = unsafe { text(error.file) };
    // SAFETY: xmlError: the message, likewise
    let said = unsafe { text(error.message) }.unwrap_or_default();
    let (line, said) = (u32::try_from(error.line).unwrap_or(0), said.trim_end());
    let rules = match error.domain.cast_unsigned() {
        ffi::xmlErrorDomain_XML_FROM_RELAXNGV => "Relax-NG validity",
        ffi::xmlErrorDomain_XML_FROM_VALID => "validity",
        _ => {
            let place = file.map_or(String::new(), |file| format!("{file}:{line}: "));
            return keep(messages, Message::new(severity, format!("{place}{said}")));
        }
    };
    // SAFETY: xmlError: null, or the node of the document that is validated
    let node = unsafe { error.node.cast::<ffi::xmlNode>().as_ref() };
    let element = node.filter(|node| node.type_ == ffi::xmlElementType_XML_ELEMENT_NODE).and_then(|node| {
        // SAFETY: xmlNode: an element's name ends with NUL
        unsafe { text(node.name.cast()) }
    });
    keep(messages, Message { severity, place: Some(Place { rules, file, line, element }), text: said.to_owned() });
}

/// As long as it lives, what libxml2 says in this thread for want of a better place is taken down, too: its parser's
/// errors in the files of a schema, and references to ids that aren't there.
pub(crate) struct Attention {
    function: ffi::xmlStructuredErrorFunc,
    context: *mut c_void,
}

impl Attention {
    /// # Safety
    /// `messages` outlives it, and nobody else uses them meanwhile.
    pub(crate) unsafe fn new(messages: *mut Vec<Message>) -> Attention {
        // SAFETY: globals.h: the place of this thread's variable, which is there as long as the thread
        let (function, context) = unsafe { (*ffi::__xmlStructuredError(), *ffi::__xmlStructuredErrorContext()) };
        // SAFETY: xmlSetStructuredErrorFunc(): the caller's promise about the context
        unsafe { ffi::xmlSetStructuredErrorFunc(messages.cast(), Some(take_error)) };
        Attention { function, context }
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        // SAFETY: xmlSetStructuredErrorFunc(): both were in use before
        unsafe { ffi::xmlSetStructuredErrorFunc(self.context, self.function) };
    }
}

/// What a stylesheet says. `take` is where `message.c` expects it.
#[repr(C)]
pub(crate) struct Sink {
    take: extern "C" fn(*mut Sink, *const c_char),
    /// Of a line whose end hasn't come yet.
    begun: String,
    messages: Vec<Message>,
}

impl Sink {
    pub(crate) fn new() -> Sink {
        Sink { take, begun: String::new(), messages: Vec::new() }
    }

    pub(crate) fn into_messages(mut self) -> Vec<Message> {
        self.end_line();
        self.messages
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.begun);
        if !line.is_empty() {
            keep(&mut self.messages, Message::of_stylesheet(&line));
        }
    }

    fn append(&mut self, text: &str) {
        let room = LENGTH_MAX.saturating_sub(self.begun.len());
        self.begun.extend(text.trim_end_matches('\n').chars().take(room));
        if text.ends_with('\n') {
            self.end_line();
        }
    }
}

extern "C" fn take(sink: *mut Sink, said: *const c_char) {
    // SAFETY: message.c passes the context on that xsltSetTransformErrorFunc() was given: a sink that lives until the
    // transformation is over, and which nobody else uses meanwhile
    let Some(sink) = (unsafe { sink.as_mut() }) else { return };
    // SAFETY: message.c gives a text that ends with NUL
    if let Some(said) = unsafe { text(said) } {
        sink.append(&said);
    }
}
