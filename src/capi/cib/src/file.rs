//! CIBs in files, without a manager.
//!
//! Counterpart: the file variant of `lib/cib/cib_file.c` (2.1.5). The file is read at sign-on and written at sign-off.
//! Where all file variants of a process share one CIB in the reference, each has its own here.

use crate::border::{EINVAL, ENOTCONN, ENXIO, SCHEMA, UNSUPPORTED, give_node, put, text};
use crate::new::{self, CONFIG_DIR, DAEMON_USER};
use crate::perform::announce;
use crate::requests::Asked;
use crate::types::{Cib as CibHandle, Dnotify, connection, state, variant};
use crate::{disk, schemas};
use capi_pcmk::{functions, log, results};
use core_cib::{
    Access, Answer, CallOptions, Cib, CibError, Failure, Operation, Options, Origin, Request, Versioning, part_of,
};
use core_xml::{Document, Form};
use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int, c_uint};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use sys_cib::{FileError, Owner, read_plain, write_plain};
use sys_xml::node::XmlNode;

/// What a file's `cib_t` has of its own.
struct FileCib {
    path: PathBuf,
    /// Whether it is the cluster's own file, which has a digest and backups.
    live: bool,
    open: RefCell<Option<Open>>,
}

/// A file that was read.
struct Open {
    cib: Cib,
    changed: bool,
}

/// A `cib_t` for a file.
pub(crate) fn make(path: &Path) -> *mut CibHandle {
    let live = match (path.canonicalize(), Path::new(CONFIG_DIR).join("cib.xml").canonicalize()) {
        (Ok(path), Ok(cluster)) => path == cluster,
        _ => false,
    };
    let own = Box::into_raw(Box::new(FileCib { path: path.to_owned(), live, open: RefCell::default() }));
    new::make(variant::FILE, own.cast(), |cib, operations| {
        cib.delegate = Some(cib_file_perform_op_delegate);
        operations.signon = Some(cib_file_signon);
        operations.signoff = Some(cib_file_signoff);
        operations.free = Some(cib_file_free);
        operations.inputfd = Some(no_descriptor);
        operations.register_notification = Some(no_notification);
        operations.set_connection_dnotify = Some(no_dnotify);
    })
}

/// What a file's `cib_t` has of its own; `None` for null and for other variants.
///
/// # Safety
/// `cib` is null or of this library and lives as long as `'a`.
unsafe fn own<'a>(cib: *mut CibHandle) -> Option<&'a FileCib> {
    // SAFETY: null or of this library, by the caller's contract
    let cib = unsafe { cib.as_ref() }.filter(|cib| cib.variant == variant::FILE)?;
    // SAFETY: made by `make`
    unsafe { cib.own.cast::<FileCib>().as_ref() }
}

impl FileCib {
    fn read(&self) -> Result<Open, c_int> {
        let (mut document, _) = read_plain(&self.path).map_err(|error| match error {
            FileError::Io(_) if !schemas::is_standard_input(&self.path) && !self.path.exists() => ENXIO,
            error => {
                log!(Error, c"filename2xml", "Couldn't parse {}: {error}", self.path.display());
                SCHEMA
            }
        })?;
        let root = document.root();
        if document.child(root, Some("status")).is_none() {
            document.append_element(root, "status");
        }
        if !schemas::fits(&mut document) {
            let schema = document.attribute(root, "validate-with").unwrap_or("(null)");
            log!(Error, c"load_file_cib", "CIB does not validate against {schema}");
            return Err(SCHEMA);
        }
        Ok(Open { cib: Cib::new(document).map_err(|_| SCHEMA)?, changed: false })
    }

    fn write(&self, cib: &Cib) -> Result<(), String> {
        if !self.live {
            return write_plain(&self.path, cib.document()).map_err(|error| error.to_string());
        }
        let daemon = nix::unistd::User::from_name(DAEMON_USER).ok().flatten().ok_or("there is no such user")?;
        let me = nix::unistd::geteuid();
        if !me.is_root() && me != daemon.uid {
            // the reference takes it for written, too
            log!(Error, c"cib_file_write_live", "Must be root or {DAEMON_USER} to modify live CIB");
            return Ok(());
        }
        let owner = me.is_root().then(|| Owner { user: daemon.uid.as_raw(), group: daemon.gid.as_raw() });
        disk::write_live(&self.path, cib, owner).map_err(results::words)
    }

    /// What a user may do, where access rules apply to it.
    fn access(cib: &Cib, user: Option<&str>) -> Option<Access> {
        let user = user.filter(|user| Access::is_needed_by(user))?;
        let enabled = Options::of(cib.document(), &sys_cib::now()).access_rules;
        enabled.then(|| Access::of(cib.document(), user, &|group| sys_os::is_listed_in_group(user, group)))
    }
}

/// What came of a request.
struct Done {
    result: c_int,
    output: Option<Document>,
}

impl Done {
    fn failed(error: CibError) -> Done {
        Done { result: error.rc(), output: None }
    }
}

fn query(cib: &Cib, asked: &Asked) -> Done {
    let filtered = match FileCib::access(cib, asked.user.as_deref()).map(|access| cib.readable_by(&access)) {
        None => None,
        Some(Ok(Some(readable))) => Some(readable),
        Some(Ok(None)) => return Done { result: -libc::EACCES, output: None },
        Some(Err(error)) => return Done::failed(error),
    };
    let cib = filtered.as_ref().unwrap_or(cib);
    let section = asked.section.as_deref().filter(|section| !section.eq_ignore_ascii_case("all"));
    match cib.query(section, asked.options) {
        Ok(Answer::Element(element)) => Done { result: 0, output: Some(cib.document().extract(element)) },
        Ok(Answer::Made(made)) => Done { result: 0, output: Some(made) },
        Err(error) => Done::failed(error),
    }
}

fn change(open: &mut Open, operation: Operation, asked: &Asked) -> Done {
    let access = FileCib::access(&open.cib, asked.user.as_deref());
    let data = asked.data.as_ref();
    let data = data.and_then(|data| Some((data, part_of(data, data.root(), asked.section.as_deref())?)));
    let request = Request {
        operation,
        section: asked.section.as_deref(),
        options: asked.options,
        data,
        digest: None,
        origin: Origin::default(),
        access: access.as_ref(),
        newest_schema: None,
    };
    match open.cib.change(&request, Versioning::Managed, &schemas::Installed) {
        Ok(mut change) => {
            if let Some(patch) = &mut change.patch {
                announce(patch, &open.cib, asked.options);
            }
            open.changed = true;
            Done { result: 0, output: None }
        }
        Err(Failure { error, answer, rejected, .. }) => {
            if let Some(rejected) = rejected {
                // what the validator says of it is in the log
                eprint!("{}", core_schema::numbered(&rejected.text(rejected.root(), Form::Formatted)));
            }
            Done { result: error.rc(), output: answer.map(|answer| *answer) }
        }
    }
}

/// Operations that need no manager.
fn operation_of(asked: &Asked) -> Option<Operation> {
    use Operation::{ApplyPatch, Bump, Create, Delete, Erase, Modify, Query, Replace, Upgrade};
    Operation::named(&asked.operation.to_ascii_lowercase()).filter(|operation| {
        matches!(operation, Query | Modify | ApplyPatch | Bump | Replace | Create | Delete | Erase | Upgrade)
    })
}

fn perform(own: &FileCib, mut asked: Asked) -> Done {
    log!(
        Info,
        c"cib_file_perform_op_delegate",
        "Handling {} operation for {} as {}",
        asked.operation,
        asked.section.as_deref().unwrap_or("entire CIB"),
        asked.user.as_deref().unwrap_or("default user")
    );
    asked.options |= CallOptions::NO_MTIME | CallOptions::INHIBIT_BROADCAST | CallOptions::SCOPE_LOCAL;
    let Some(operation) = operation_of(&asked) else { return Done { result: UNSUPPORTED, output: None } };
    match (own.open.borrow_mut().as_mut(), operation) {
        (None, _) => Done { result: ENOTCONN, output: None },
        (Some(open), Operation::Query) => query(&open.cib, &asked),
        (Some(open), operation) => change(open, operation, &asked),
    }
}

functions! {
    local fn no_descriptor(_cib: *mut CibHandle) -> c_int, or UNSUPPORTED => {
        UNSUPPORTED
    }

    local fn no_notification(_cib: *mut CibHandle, _event: *const c_char, _enabled: c_int) -> c_int, or UNSUPPORTED => {
        UNSUPPORTED
    }

    local fn no_dnotify(_cib: *mut CibHandle, _notify: Option<Dnotify>) -> c_int, or UNSUPPORTED => {
        UNSUPPORTED
    }

    /// `signon()` of file variants: reads the file.
    ///
    /// # Safety
    /// `cib` is null or of this library; `name` is null or a string.
    export fn cib_file_signon(cib: *mut CibHandle, name: *const c_char, _kind: c_uint) -> c_int, or EINVAL => {
        const FUNCTION: &CStr = c"cib_file_signon";
        // SAFETY: the caller's contract, passed on
        let (Some(own), name) = (unsafe { (own(cib), text(name)) }) else { return EINVAL };
        let (path, name) = (own.path.display(), name.as_deref().unwrap_or("(null)"));
        match own.read() {
            Ok(open) => {
                log!(Debug, FUNCTION, "Opened connection to local file '{path}' for {name}");
                *own.open.borrow_mut() = Some(open);
                // SAFETY: of this library
                unsafe {
                    (*cib).state = state::CONNECTED_COMMAND;
                    (*cib).kind = connection::COMMAND;
                }
                0
            }
            Err(code) => {
                let words = results::words(code);
                log!(Info, FUNCTION, "Connection to local file '{path}' for {name} failed: {words}");
                code
            }
        }
    }

    /// `signoff()` of file variants: writes the file where it changed.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_file_signoff(cib: *mut CibHandle) -> c_int, or EINVAL => {
        const FUNCTION: &CStr = c"cib_file_signoff";
        // SAFETY: the caller's contract, passed on
        let Some(own) = (unsafe { own(cib) }) else { return EINVAL };
        log!(Debug, FUNCTION, "Disconnecting from the CIB manager");
        // SAFETY: of this library
        unsafe {
            (*cib).state = state::DISCONNECTED;
            (*cib).kind = connection::NONE;
        }
        let open = own.open.borrow_mut().take();
        let Some(open) = open.filter(|open| open.changed) else { return 0 };
        let path = own.path.display();
        match own.write(&open.cib) {
            Ok(()) => {
                log!(Info, FUNCTION, "Wrote CIB to {path}");
                0
            }
            Err(why) => {
                log!(Error, FUNCTION, "Could not write CIB to {path}: {why}");
                results::ERR_GENERIC
            }
        }
    }

    /// `free()` of file variants.
    ///
    /// # Safety
    /// `cib` is null or of this library, and nobody uses it any more.
    export fn cib_file_free(cib: *mut CibHandle) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            if own(cib).is_none() {
                return EINVAL;
            }
            let result = if (*cib).state == state::DISCONNECTED { 0 } else { cib_file_signoff(cib) };
            if result != 0 {
                eprintln!("Couldn't sign off: {result}");
            }
            drop(Box::from_raw((*cib).own.cast::<FileCib>()));
            new::unmake(cib);
            result
        }
    }

    /// A request of file variants, for nobody in particular.
    ///
    /// # Safety
    /// As `cib_internal_op()`.
    export fn cib_file_perform_op(
        cib: *mut CibHandle, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe { cib_file_perform_op_delegate(cib, operation, host, section, data, output, options, null()) }
    }

    /// A request of file variants, which is carried out here and now.
    ///
    /// # Safety
    /// As `cib_internal_op()`.
    export fn cib_file_perform_op_delegate(
        cib: *mut CibHandle, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int, user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let Some(own) = (unsafe { own(cib) }) else { return EINVAL };
        // SAFETY: of this library
        if unsafe { (*cib).state } == state::DISCONNECTED {
            return ENOTCONN;
        }
        // SAFETY: null or a place, by the caller's contract
        unsafe { put(output, null_mut()) };
        // SAFETY: the caller's contract, passed on
        let Some(asked) = (unsafe { Asked::read(operation, host, section, data, options, user) }) else { return EINVAL };
        if operation_of(&asked).is_none() {
            return UNSUPPORTED;
        }
        // SAFETY: of this library
        let (call, callback) = unsafe {
            (*cib).call_id = (*cib).call_id.wrapping_add(1);
            ((*cib).call_id, (*cib).op_callback)
        };
        let done = perform(own, asked);
        let answer = done.output.as_ref().map_or(null_mut(), give_node);
        if let Some(callback) = callback {
            // SAFETY: the caller's function
            unsafe { callback(null(), call, done.result, answer) };
        }
        if output.is_null() {
            // SAFETY: null or made above, and nobody else's
            unsafe { sys_xml::node::free(answer) };
        } else {
            // SAFETY: a place, by the caller's contract
            unsafe { put(output, answer) };
        }
        done.result
    }
}
