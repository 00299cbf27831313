//! How requests fail, and the numbers that say so to clients (`crm/common/results.h`).

use core_xml::PatchError;

/// Why a request was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CibError {
    /// It makes no sense: no such operation or section, or no data where some is needed.
    #[error("Invalid argument")]
    Invalid,
    /// What it is about is not there.
    #[error("No such device or address")]
    NotFound,
    /// What it creates is there already.
    #[error("File exists")]
    Exists,
    /// Its user may not.
    #[error("Permission denied")]
    Denied,
    /// This host does not decide.
    #[error("Operation not permitted")]
    NotPrimary,
    /// There is nobody to send to.
    #[error("Transport endpoint is not connected")]
    NotConnected,
    /// It brings a feature set that is newer than ours.
    #[error("Protocol not supported")]
    FeatureSet,
    /// A part of it is missing.
    #[error("No message of desired type")]
    NoMessage,
    /// A patchset is about several trees at once.
    #[error("Name not unique on network")]
    Ambiguous,
    /// What came of it doesn't fit its schema.
    #[error("Update does not conform to the configured schema")]
    Schema,
    /// There is no newer schema to upgrade to.
    #[error("Schema is already the latest available")]
    SchemaUnchanged,
    /// A schema upgrade failed.
    #[error("Schema transform failed")]
    Transform,
    /// It is older than what we have.
    #[error("Update was older than existing configuration")]
    OldData,
    /// A patchset can't be applied.
    #[error("Application of update diff failed")]
    DiffFailed,
    /// A patchset is newer than what we have: the whole CIB must come.
    #[error("Application of update diff failed, requesting full refresh")]
    DiffResync,
}

impl CibError {
    /// The number in a reply's `cib_rc`: negative, as functions of libcib return it.
    #[must_use]
    pub fn rc(self) -> i32 {
        -match self {
            CibError::NotPrimary => 1,
            CibError::NotFound => 6,
            CibError::Denied => 13,
            CibError::Exists => 17,
            CibError::Invalid => 22,
            CibError::NoMessage => 42,
            CibError::Ambiguous => 76,
            CibError::FeatureSet => 93,
            CibError::NotConnected => 107,
            CibError::Schema => 203,
            CibError::Transform => 204,
            CibError::OldData => 205,
            CibError::DiffFailed => 206,
            CibError::DiffResync => 207,
            CibError::SchemaUnchanged => 211,
        }
    }
}

impl From<PatchError> for CibError {
    fn from(error: PatchError) -> CibError {
        match error {
            PatchError::Newer { .. } => CibError::DiffResync,
            PatchError::Older { .. } => CibError::OldData,
            PatchError::Failed(_) | PatchError::Digest { .. } => CibError::DiffFailed,
            PatchError::NoResult(_) => CibError::NoMessage,
            PatchError::Ambiguous(_) => CibError::Ambiguous,
            PatchError::Format(_) => CibError::Invalid,
        }
    }
}
