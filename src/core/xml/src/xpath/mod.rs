//! XPath 1.0, as queries of a CIB and access rules use it (https://www.w3.org/TR/xpath-10/).
//!
//! Counterpart: libxml2's `xpath.c` behind pacemaker's `lib/common/xpath.c`. All of the language, but for what can't
//! come up: there are no namespaces, no variables, no `lang()`, and no DTD to give `id()` something to find. Expressions
//! nest to a limit, and a query that takes too many steps is ended with an error, so that nobody's expression keeps a
//! daemon busy.

mod eval;
mod functions;
mod lexer;
mod nodes;
mod parser;
mod value;

use crate::document::{Document, NodeId};
use eval::Evaluation;
use nodes::Item;
use parser::Expression;
use value::Value;

/// Characters of an expression.
const LENGTH_MAX: usize = 64 * 1024;
/// Parentheses, predicates and operators inside each other.
const DEPTH_MAX: usize = 128;
/// Nodes that one query visits at most: some seconds' work.
const STEPS_MAX: u64 = 50_000_000;

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct XPath(Expression);

/// Why an expression can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XPathError {
    /// It is no XPath.
    #[error("at character {position} of the XPath: {reason}")]
    Syntax {
        /// Counted from 1, in bytes.
        position: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A function was given what it can't take, or something that isn't a set of nodes was used as one.
    #[error("{0}")]
    Type(&'static str),
    /// It takes more steps than one query may.
    #[error("the query takes more than {STEPS_MAX} steps")]
    TooCostly,
}

impl XPath {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It is no XPath, or too long or deep for one query.
    pub fn parse(text: &str) -> Result<XPath, XPathError> {
        parser::parse(text).map(XPath)
    }

    /// The elements that match, in the document's order. Where an attribute or text matches, the element it belongs to
    /// is meant, and the root element where the document does (`getXpathResult()`); so an element can come twice. An
    /// expression that yields no nodes matches nothing. A relative path starts nowhere, and finds nothing either.
    ///
    /// # Errors
    /// See [`XPathError`].
    pub fn elements(&self, document: &Document) -> Result<Vec<NodeId>, XPathError> {
        let Value::Nodes(items) = Evaluation::new(document).start(&self.0)? else { return Ok(Vec::new()) };
        let element = |item: Item| match item {
            Item::Document => Some(document.root()),
            Item::Node(node) if document.name(node).is_some() => Some(node),
            Item::Node(node) => document.parent(node),
            Item::Attribute(node, _) => Some(node),
        };
        Ok(items.into_iter().filter_map(element).collect())
    }
}
