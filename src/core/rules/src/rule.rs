//! Rules and what they are made of.

use crate::date::DateTime;
use crate::expression;
use core_xml::{Document, NodeId};

/// How deep rules are looked into, and how many: those that name each other may go round.
const DEPTH_MAX: usize = 64;
/// See [`DEPTH_MAX`].
const RULES_MAX: usize = 1000;

/// Whether a block counts: it has no rule, or one that holds (`pe_eval_rules()`).
#[must_use]
pub fn rules_hold(document: &Document, block: NodeId, now: &DateTime) -> bool {
    let mut rules = document.elements(block).filter(|node| document.name(*node) == Some("rule")).peekable();
    let mut left = RULES_MAX;
    rules.peek().is_none() || rules.any(|rule| holds(document, rule, now, DEPTH_MAX, &mut left))
}

/// The element that stands for one: itself, or the only one of its name with the id that its `id-ref` says
/// (`expand_idref()`); `None` where there is no such one.
#[must_use]
pub fn referenced(document: &Document, node: NodeId) -> Option<NodeId> {
    let Some(id) = document.attribute(node, "id-ref") else { return Some(node) };
    let is_it = |other: &NodeId| document.name(*other) == document.name(node) && document.id(*other) == Some(id);
    let mut found = document.walk(document.root()).nodes().filter(is_it);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether a rule holds (`pe_eval_expr()`): all that is in it, or any of that. One with nothing in it holds where all would
/// have to.
fn holds(document: &Document, rule: NodeId, now: &DateTime, depth: usize, left: &mut usize) -> bool {
    let (Some(depth), Some(fewer)) = (depth.checked_sub(1), left.checked_sub(1)) else { return false };
    *left = fewer;
    let Some(rule) = referenced(document, rule) else { return true };
    let any = document.attribute(rule, "boolean-op").is_some_and(|word| word.eq_ignore_ascii_case("or"));
    let mut parts = document.elements(rule).map(|part| match document.name(part) {
        Some("rule") => holds(document, part, now, depth, left),
        Some("date_expression") => expression::holds(document, part, now),
        _ => false,
    });
    if any { parts.any(|held| held) } else { parts.all(|held| held) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::Limits;

    #[test]
    fn rules_that_go_round_come_to_an_end() {
        let rule = |id: &str, other: &str| {
            let reference = format!("<rule id='x' id-ref='{other}'/>");
            format!("<rule id='{id}'>{reference}{reference}</rule>")
        };
        let text = format!("<a>{}{}</a>", rule("one", "other"), rule("other", "one"));
        let document = Document::parse(&text, Limits::default()).unwrap();
        assert!(!rules_hold(&document, document.root(), &DateTime::new(2026, 1, 1, 0, 0).unwrap()));
    }
}
