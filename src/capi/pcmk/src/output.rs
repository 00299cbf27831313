//! The output objects of pacemaker's tools (`pcmk__output_t`): whoever has one, text, XML or HTML, is told through it.

use crate::c_text;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

/// `pcmk__output_t` as `crm/common/output_internal.h` (2.1.5) lays it out. What isn't used here has no type.
#[repr(C)]
#[derive(Debug)]
pub struct OutputObject {
    fmt_name: *const c_char,
    quiet: bool,
    request: *mut c_char,
    dest: *mut c_void,
    messages: *mut c_void,
    private: *mut c_void,
    before: [*mut c_void; 8],
    info: Option<unsafe extern "C" fn(*mut OutputObject, *const c_char, ...) -> c_int>,
    err: Option<unsafe extern "C" fn(*mut OutputObject, *const c_char, ...)>,
    output_xml: *mut c_void,
    begin_list: Option<unsafe extern "C" fn(*mut OutputObject, *const c_char, *const c_char, *const c_char, ...)>,
    list_item: Option<unsafe extern "C" fn(*mut OutputObject, *const c_char, *const c_char, ...)>,
    increment_list: *mut c_void,
    end_list: Option<unsafe extern "C" fn(*mut OutputObject)>,
    between: [*mut c_void; 3],
    prompt: Option<unsafe extern "C" fn(*const c_char, bool, *mut *mut c_char)>,
}

/// Where to say things.
#[derive(Clone, Copy, Debug)]
pub enum Output {
    /// To a tool's object.
    Object(*mut OutputObject),
    /// To standard output and standard error.
    Console,
    /// To the log.
    Log,
}

impl OutputObject {
    /// Shows a list under a title.
    ///
    /// # Safety
    /// `object` is a live one.
    pub unsafe fn list<'a>(object: *mut OutputObject, title: &CStr, items: impl Iterator<Item = &'a CStr>) {
        // SAFETY: live, by the caller's contract
        let Some(functions) = (unsafe { object.as_ref() }) else { return };
        let (begin, item, end) = (functions.begin_list, functions.list_item, functions.end_list);
        let (Some(begin), Some(item), Some(end)) = (begin, item, end) else { return };
        let none = std::ptr::null();
        // SAFETY: the object's own functions; the formats take one string
        unsafe {
            begin(object, none, none, c"%s".as_ptr(), title.as_ptr());
            for text in items {
                item(object, none, c"%s".as_ptr(), text.as_ptr());
            }
            end(object);
        }
    }
}

impl Output {
    /// Says something. `function` is the reference's name for the log.
    ///
    /// # Safety
    /// An object is a live one, or null: then nothing is said.
    pub unsafe fn info(self, function: &CStr, text: &str) {
        match self {
            Output::Object(object) => {
                // SAFETY: null or live, by the caller's contract
                if let Some(info) = unsafe { object.as_ref() }.and_then(|object| object.info) {
                    // SAFETY: the object's own function; the format takes one string
                    unsafe { info(object, c"%s".as_ptr(), c_text(text).as_ptr()) };
                }
            }
            // a C program's own words wait in the same buffer
            // SAFETY: puts(3): a string
            Output::Console => drop(unsafe { libc::puts(c_text(text).as_ptr()) }),
            Output::Log => crate::log!(Info, function, "{text}"),
        }
    }

    /// Says what went wrong.
    ///
    /// # Safety
    /// As for [`Output::info`].
    pub unsafe fn error(self, function: &CStr, text: &str) {
        match self {
            Output::Object(object) => {
                // SAFETY: null or live, by the caller's contract
                if let Some(err) = unsafe { object.as_ref() }.and_then(|object| object.err) {
                    // SAFETY: the object's own function; the format takes one string
                    unsafe { err(object, c"%s".as_ptr(), c_text(text).as_ptr()) };
                }
            }
            Output::Console => eprintln!("{text}"),
            Output::Log => crate::log!(Error, function, "{text}"),
        }
    }

    /// Asks the user for something that isn't shown; `None` where nothing is told, and of the log.
    ///
    /// # Safety
    /// As for [`Output::info`].
    pub unsafe fn ask_secret(self, question: &str) -> Option<CString> {
        let object = match self {
            Output::Object(object) => object,
            Output::Console => return ask_at_terminal(question),
            Output::Log => return None,
        };
        // SAFETY: null or live, by the caller's contract
        let prompt = unsafe { object.as_ref() }.and_then(|object| object.prompt)?;
        let mut answer = std::ptr::null_mut();
        // SAFETY: the object's own function, which gives a string of malloc's or nothing
        unsafe { prompt(c_text(question).as_ptr(), false, &mut answer) };
        if answer.is_null() {
            return None;
        }
        // SAFETY: a string that ends with NUL
        let copied = unsafe { CStr::from_ptr(answer) }.to_owned();
        // SAFETY: of malloc's, and nobody else's
        unsafe { libc::free(answer.cast()) };
        Some(copied)
    }
}

/// Asks at the terminal, which shows nothing of the answer: its first word (`pcmk__text_prompt()`). `None` where standard
/// input is none.
fn ask_at_terminal(question: &str) -> Option<CString> {
    // SAFETY: numbers and arrays of them, of which any is a value
    let mut settings: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: tcgetattr(3): a place
    if unsafe { libc::tcgetattr(libc::STDIN_FILENO, &mut settings) } != 0 {
        return None;
    }
    let silent = libc::termios { c_lflag: settings.c_lflag & !libc::ECHO, ..settings };
    // SAFETY: tcsetattr(3): settings that were read
    if unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &silent) } != 0 {
        return None;
    }
    eprint!("{question}: ");
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    eprintln!();
    // SAFETY: the same
    unsafe { libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, &settings) };
    read.ok()?;
    line.split_whitespace().next().map(c_text)
}
