//! What expressions yield, and how one kind becomes another (XPath 1.0, 4).

use super::{XPathError, nodes, nodes::Item, parser::Operator};
use crate::document::Document;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// In the document's order, each once.
    Nodes(Vec<Item>),
    Boolean(bool),
    Number(f64),
    Text(String),
}

impl Value {
    pub(super) fn boolean(&self) -> bool {
        match self {
            Value::Nodes(items) => !items.is_empty(),
            Value::Boolean(boolean) => *boolean,
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
        }
    }

    pub(super) fn number(&self, document: &Document) -> f64 {
        match self {
            Value::Boolean(boolean) => f64::from(u8::from(*boolean)),
            Value::Number(number) => *number,
            Value::Text(text) => number_of(text),
            Value::Nodes(_) => number_of(&self.text(document)),
        }
    }

    pub(super) fn text(&self, document: &Document) -> String {
        match self {
            Value::Nodes(items) => items.first().map(|item| nodes::text(document, *item)).unwrap_or_default(),
            Value::Boolean(boolean) => boolean.to_string(),
            Value::Number(number) => text_of(*number),
            Value::Text(text) => text.clone(),
        }
    }

    pub(super) fn nodes(self) -> Result<Vec<Item>, XPathError> {
        match self {
            Value::Nodes(items) => Ok(items),
            _ => Err(XPathError::Type("a set of nodes is needed where the XPath has something else")),
        }
    }
}

/// `  -1.5 ` as a number; NaN where it is none. Exponents and plus signs are not XPath's.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && digits.bytes().any(|byte| byte.is_ascii_digit()) { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

fn text_of(number: f64) -> String {
    if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// `left operator right`, for the six comparisons. Where a set of nodes is compared, it is enough that one of them fits.
pub(super) fn compare(document: &Document, operator: Operator, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Boolean(_), _) | (_, Value::Boolean(_)) if is_equality(operator) => {
            fits(operator, f64::from(u8::from(left.boolean())), f64::from(u8::from(right.boolean())))
        }
        (Value::Boolean(_), Value::Nodes(_)) | (Value::Nodes(_), Value::Boolean(_)) => {
            fits(operator, f64::from(u8::from(left.boolean())), f64::from(u8::from(right.boolean())))
        }
        (Value::Nodes(items), other) => items.iter().any(|item| {
            let item = Value::Text(nodes::text(document, *item));
            match other {
                Value::Nodes(others) => others
                    .iter()
                    .any(|other| compare(document, operator, &item, &Value::Text(nodes::text(document, *other)))),
                Value::Number(number) => fits(operator, item.number(document), *number),
                _ => compare(document, operator, &item, other),
            }
        }),
        (other, Value::Nodes(items)) => items.iter().any(|item| {
            let item = Value::Text(nodes::text(document, *item));
            compare(document, operator, other, &item)
        }),
        (Value::Text(left), Value::Text(right)) if is_equality(operator) => {
            (left == right) == (operator == Operator::Equal)
        }
        _ => fits(operator, left.number(document), right.number(document)),
    }
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::NotEqual)
}

fn fits(operator: Operator, left: f64, right: f64) -> bool {
    match operator {
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        Operator::Less => left < right,
        Operator::LessOrEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterOrEqual => left >= right,
        _ => false,
    }
}
