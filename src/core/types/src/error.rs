//! `cs_error_t`: the one error convention of corosync's C interfaces.

/// The failures of corosync's interfaces, numbered as in `corotypes.h`. `CS_OK` (1) is no error: calls give
/// `Result<_, CsError>`, and [`CsError::code`] of a result is what crosses the C boundary or goes in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(i32)]
#[allow(missing_docs, reason = "the message of each variant says it")]
pub enum CsError {
    #[error("CS_ERR_LIBRARY")]
    Library = 2,
    #[error("CS_ERR_VERSION")]
    Version = 3,
    #[error("CS_ERR_INIT")]
    Init = 4,
    #[error("CS_ERR_TIMEOUT")]
    Timeout = 5,
    #[error("CS_ERR_TRY_AGAIN")]
    TryAgain = 6,
    #[error("CS_ERR_INVALID_PARAM")]
    InvalidParam = 7,
    #[error("CS_ERR_NO_MEMORY")]
    NoMemory = 8,
    #[error("CS_ERR_BAD_HANDLE")]
    BadHandle = 9,
    #[error("CS_ERR_BUSY")]
    Busy = 10,
    #[error("CS_ERR_ACCESS")]
    Access = 11,
    #[error("CS_ERR_NOT_EXIST")]
    NotExist = 12,
    #[error("CS_ERR_NAME_TOO_LONG")]
    NameTooLong = 13,
    #[error("CS_ERR_EXIST")]
    Exist = 14,
    #[error("CS_ERR_NO_SPACE")]
    NoSpace = 15,
    #[error("CS_ERR_INTERRUPT")]
    Interrupt = 16,
    #[error("CS_ERR_NAME_NOT_FOUND")]
    NameNotFound = 17,
    #[error("CS_ERR_NO_RESOURCES")]
    NoResources = 18,
    #[error("CS_ERR_NOT_SUPPORTED")]
    NotSupported = 19,
    #[error("CS_ERR_BAD_OPERATION")]
    BadOperation = 20,
    #[error("CS_ERR_FAILED_OPERATION")]
    FailedOperation = 21,
    #[error("CS_ERR_MESSAGE_ERROR")]
    MessageError = 22,
    #[error("CS_ERR_QUEUE_FULL")]
    QueueFull = 23,
    #[error("CS_ERR_QUEUE_NOT_AVAILABLE")]
    QueueNotAvailable = 24,
    #[error("CS_ERR_BAD_FLAGS")]
    BadFlags = 25,
    #[error("CS_ERR_TOO_BIG")]
    TooBig = 26,
    #[error("CS_ERR_NO_SECTIONS")]
    NoSections = 27,
    #[error("CS_ERR_CONTEXT_NOT_FOUND")]
    ContextNotFound = 28,
    #[error("CS_ERR_TOO_MANY_GROUPS")]
    TooManyGroups = 30,
    #[error("CS_ERR_SECURITY")]
    Security = 100,
}

/// `CS_OK`.
const OK: i32 = 1;

const ALL: [CsError; 29] = {
    use CsError::*;
    [
        Library,
        Version,
        Init,
        Timeout,
        TryAgain,
        InvalidParam,
        NoMemory,
        BadHandle,
        Busy,
        Access,
        NotExist,
        NameTooLong,
        Exist,
        NoSpace,
        Interrupt,
        NameNotFound,
        NoResources,
        NotSupported,
        BadOperation,
        FailedOperation,
        MessageError,
        QueueFull,
        QueueNotAvailable,
        BadFlags,
        TooBig,
        NoSections,
        ContextNotFound,
        TooManyGroups,
        Security,
    ]
};

impl CsError {
    /// The `cs_error_t` of a result.
    pub fn code<T>(result: Result<T, CsError>) -> i32 {
        result.map_or_else(|error| error as i32, |_| OK)
    }

    /// A `cs_error_t` read from a reply. A number that `corotypes.h` doesn't name is `CS_ERR_LIBRARY`.
    pub fn check(code: i32) -> Result<(), CsError> {
        if code == OK {
            return Ok(());
        }
        Err(ALL.into_iter().find(|&error| error as i32 == code).unwrap_or(CsError::Library))
    }

    /// What the reference's libraries report for a failed libqb or system call (`qb_to_cs_error`); `errno` is
    /// positive.
    pub fn from_errno(errno: i32) -> CsError {
        use libc as e;
        match errno {
            e::EBADF => CsError::BadHandle,
            e::ENOMEM => CsError::NoMemory,
            e::ENOMSG | e::ENOBUFS | e::ETIMEDOUT | e::EAGAIN => CsError::TryAgain,
            e::EBADE => CsError::FailedOperation,
            e::ETIME => CsError::Timeout,
            e::EINVAL => CsError::InvalidParam,
            e::EBUSY => CsError::Busy,
            e::EACCES => CsError::Access,
            e::EOVERFLOW => CsError::NameTooLong,
            e::EEXIST => CsError::Exist,
            e::ENOSPC => CsError::NoSpace,
            e::EINTR => CsError::Interrupt,
            e::ENOENT | e::ENODEV => CsError::NotExist,
            e::ENOSYS | e::ENOTSUP => CsError::NotSupported,
            e::EBADMSG => CsError::MessageError,
            e::EMSGSIZE | e::E2BIG => CsError::TooBig,
            _ => CsError::Library,
        }
    }
}
