//! What a key may hold.

use crate::VALUE_MAX;
use core_types::CsError;

/// A key's type, numbered as `cmap_value_types_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum Type {
    I8 = 1,
    U8 = 2,
    I16 = 3,
    U16 = 4,
    I32 = 5,
    U32 = 6,
    I64 = 7,
    U64 = 8,
    Float = 9,
    Double = 10,
    String = 11,
    Binary = 12,
}

/// A key's value. Strings are bytes without their NUL: clients may set any. Two are equal when their types and
/// bytes are, floating point numbers too.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names are C's")]
pub enum Value {
    I8(i8),
    U8(u8),
    I16(i16),
    U16(u16),
    I32(i32),
    U32(u32),
    I64(i64),
    U64(u64),
    Float(f32),
    Double(f64),
    String(Vec<u8>),
    Binary(Vec<u8>),
}

impl Type {
    /// The type of that number, if there is one.
    pub fn from_number(number: u8) -> Option<Type> {
        use Type::*;
        [I8, U8, I16, U16, I32, U32, I64, U64, Float, Double, String, Binary]
            .into_iter()
            .find(|&kind| kind as u8 == number)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.kind() == other.kind() && self.with_bytes(|mine| other.with_bytes(|theirs| mine == theirs))
    }
}

impl Value {
    /// A value as a client hands it in: the type's number and the value's bytes, a string with or without its
    /// NUL. `CS_ERR_INVALID_PARAM` for an unknown type, a wrong length, or bytes after a string's NUL.
    pub fn from_client(number: u8, bytes: &[u8]) -> Result<Value, CsError> {
        let kind = Type::from_number(number).ok_or(CsError::InvalidParam)?;
        if bytes.len() > VALUE_MAX {
            return Err(CsError::InvalidParam);
        }
        let bytes = match bytes {
            [text @ .., 0] if kind == Type::String => text,
            _ => bytes,
        };
        if kind == Type::String && bytes.contains(&0) {
            return Err(CsError::InvalidParam);
        }
        Value::from_bytes(kind, bytes).ok_or(CsError::InvalidParam)
    }

    /// A value of that type from its bytes in memory order (a string without its NUL). `None` when the length
    /// doesn't fit the type.
    pub fn from_bytes(kind: Type, bytes: &[u8]) -> Option<Value> {
        Some(match kind {
            Type::I8 => Value::I8(i8::from_ne_bytes(bytes.try_into().ok()?)),
            Type::U8 => Value::U8(u8::from_ne_bytes(bytes.try_into().ok()?)),
            Type::I16 => Value::I16(i16::from_ne_bytes(bytes.try_into().ok()?)),
            Type::U16 => Value::U16(u16::from_ne_bytes(bytes.try_into().ok()?)),
            Type::I32 => Value::I32(i32::from_ne_bytes(bytes.try_into().ok()?)),
            Type::U32 => Value::U32(u32::from_ne_bytes(bytes.try_into().ok()?)),
            Type::I64 => Value::I64(i64::from_ne_bytes(bytes.try_into().ok()?)),
            Type::U64 => Value::U64(u64::from_ne_bytes(bytes.try_into().ok()?)),
            Type::Float => Value::Float(f32::from_ne_bytes(bytes.try_into().ok()?)),
            Type::Double => Value::Double(f64::from_ne_bytes(bytes.try_into().ok()?)),
            Type::String => Value::String(bytes.to_vec()),
            Type::Binary => Value::Binary(bytes.to_vec()),
        })
    }

    /// The value's type.
    pub fn kind(&self) -> Type {
        match self {
            Value::I8(_) => Type::I8,
            Value::U8(_) => Type::U8,
            Value::I16(_) => Type::I16,
            Value::U16(_) => Type::U16,
            Value::I32(_) => Type::I32,
            Value::U32(_) => Type::U32,
            Value::I64(_) => Type::I64,
            Value::U64(_) => Type::U64,
            Value::Float(_) => Type::Float,
            Value::Double(_) => Type::Double,
            Value::String(_) => Type::String,
            Value::Binary(_) => Type::Binary,
        }
    }

    /// Hands `f` the value's bytes in memory order (a string without its NUL).
    pub fn with_bytes<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Value::I8(number) => f(&number.to_ne_bytes()),
            Value::U8(number) => f(&number.to_ne_bytes()),
            Value::I16(number) => f(&number.to_ne_bytes()),
            Value::U16(number) => f(&number.to_ne_bytes()),
            Value::I32(number) => f(&number.to_ne_bytes()),
            Value::U32(number) => f(&number.to_ne_bytes()),
            Value::I64(number) => f(&number.to_ne_bytes()),
            Value::U64(number) => f(&number.to_ne_bytes()),
            Value::Float(number) => f(&number.to_ne_bytes()),
            Value::Double(number) => f(&number.to_ne_bytes()),
            Value::String(bytes) | Value::Binary(bytes) => f(bytes),
        }
    }

    /// Its length as clients are told it, in bytes: a string's with its NUL.
    pub fn client_len(&self) -> usize {
        self.with_bytes(<[u8]>::len) + usize::from(self.kind() == Type::String)
    }

    /// The integer plus `step`, wrapping in its own width; `None` for other types.
    pub(crate) fn adjusted(&self, step: i32) -> Option<Value> {
        Some(match *self {
            Value::I8(number) => Value::I8(number.wrapping_add(step as i8)),
            Value::U8(number) => Value::U8(number.wrapping_add(step as u8)),
            Value::I16(number) => Value::I16(number.wrapping_add(step as i16)),
            Value::U16(number) => Value::U16(number.wrapping_add(step as u16)),
            Value::I32(number) => Value::I32(number.wrapping_add(step)),
            Value::U32(number) => Value::U32(number.wrapping_add(step as u32)),
            Value::I64(number) => Value::I64(number.wrapping_add(step.into())),
            Value::U64(number) => Value::U64(number.wrapping_add(i64::from(step) as u64)),
            _ => return None,
        })
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Value {
                Value::$variant(value)
            }
        })*
    };
}
from!(i8 => I8, u8 => U8, i16 => I16, u16 => U16, i32 => I32, u32 => U32, i64 => I64, u64 => U64, f32 => Float, f64 => Double);

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.as_bytes().to_vec())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_values_are_checked() {
        assert_eq!(Value::from_client(6, &7u32.to_ne_bytes()), Ok(Value::U32(7)));
        for text in [&b"ab"[..], b"ab\0"] {
            let value = Value::from_client(11, text).unwrap();
            assert_eq!((&value, value.client_len()), (&Value::from("ab"), 3));
        }
        assert_eq!(Value::from_client(12, b"a\0b").unwrap().client_len(), 3);
        let bad: [(u8, &[u8]); 7] =
            [(6, b"abc"), (6, b""), (0, b""), (13, b""), (11, b"a\0b"), (11, b"\0\0"), (12, &[1; VALUE_MAX + 1])];
        for (number, bytes) in bad {
            assert_eq!(Value::from_client(number, bytes), Err(CsError::InvalidParam), "{number} {bytes:?}");
        }
    }
}
