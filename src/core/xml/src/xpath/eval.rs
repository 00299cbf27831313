//! Evaluating an expression for a document.

use super::{
    STEPS_MAX, XPathError,
    nodes::{Item, Order, along, passes},
    parser::{Axis, Expression, Operator, Path, Start, Step},
    value::{Value, compare},
};
use crate::document::Document;

/// What an expression is evaluated for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// `None` at the start: an expression's paths begin at the document.
    pub(super) item: Option<Item>,
    /// Its place among `size`, counted from 1.
    pub(super) position: usize,
    pub(super) size: usize,
}

pub(super) struct Evaluation<'a> {
    pub(super) document: &'a Document,
    order: Order,
    steps: u64,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(document: &'a Document) -> Evaluation<'a> {
        Evaluation { document, order: Order::default(), steps: 0 }
    }

    pub(super) fn start(&mut self, expression: &Expression) -> Result<Value, XPathError> {
        self.value(expression, Context { item: None, position: 1, size: 1 })
    }

    pub(super) fn value(&mut self, expression: &Expression, context: Context) -> Result<Value, XPathError> {
        match expression {
            Expression::Number(number) => Ok(Value::Number(*number)),
            Expression::Literal(text) => Ok(Value::Text(text.to_string())),
            Expression::Negate(inside) => {
                let number = self.value(inside, context)?.number(self.document);
                Ok(Value::Number(-number))
            }
            Expression::Binary(operator, sides) => self.binary(*operator, &sides.0, &sides.1, context),
            Expression::Call(function, arguments) => self.call(*function, arguments, context),
            Expression::Path(path) => self.path(path, context).map(Value::Nodes),
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Expression,
        right: &Expression,
        context: Context,
    ) -> Result<Value, XPathError> {
        let left = self.value(left, context)?;
        match operator {
            Operator::Or if left.boolean() => return Ok(Value::Boolean(true)),
            Operator::And if !left.boolean() => return Ok(Value::Boolean(false)),
            _ => {}
        }
        let right = self.value(right, context)?;
        let numbers = || (left.number(self.document), right.number(self.document));
        Ok(match operator {
            Operator::Or | Operator::And => Value::Boolean(right.boolean()),
            Operator::Add => Value::Number(numbers().0 + numbers().1),
            Operator::Subtract => Value::Number(numbers().0 - numbers().1),
            Operator::Multiply => Value::Number(numbers().0 * numbers().1),
            Operator::Divide => Value::Number(numbers().0 / numbers().1),
            Operator::Modulo => Value::Number(numbers().0 % numbers().1),
            Operator::Union => {
                let mut items = left.nodes()?;
                items.extend(right.nodes()?);
                self.order.sort(self.document, &mut items);
                Value::Nodes(items)
            }
            _ => {
                if let (Value::Nodes(left), Value::Nodes(right)) = (&left, &right) {
                    self.spend(left.len().saturating_mul(right.len()))?;
                }
                Value::Boolean(compare(self.document, operator, &left, &right))
            }
        })
    }

    fn path(&mut self, path: &Path, context: Context) -> Result<Vec<Item>, XPathError> {
        let mut items = match &path.start {
            Start::Document => vec![Item::Document],
            Start::Context => context.item.into_iter().collect(),
            Start::Filter(expression, predicates) => {
                let mut items = self.value(expression, context)?.nodes()?;
                for predicate in predicates {
                    items = self.filter(items, predicate)?;
                }
                items
            }
        };
        for step in &path.steps {
            items = self.step(step, &items)?;
        }
        Ok(items)
    }

    fn step(&mut self, step: &Step, from: &[Item]) -> Result<Vec<Item>, XPathError> {
        let mut found = Vec::new();
        for item in from {
            let mut candidates = Vec::new();
            let (document, steps) = (self.document, &mut self.steps);
            along(document, step.axis, *item, |candidate| {
                if passes(document, candidate, &step.test) {
                    candidates.push(candidate);
                }
                spend(steps, 1)
            })?;
            for predicate in &step.predicates {
                candidates = self.filter(candidates, predicate)?;
            }
            found.append(&mut candidates);
        }
        let backwards =
            matches!(step.axis, Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling);
        // From several nodes, or backwards, they come in another order than the document's, and may come twice; the
        // attributes of nodes in order are in order.
        if backwards || (from.len() > 1 && !matches!(step.axis, Axis::Attribute | Axis::Itself)) {
            self.order.sort(self.document, &mut found);
        }
        Ok(found)
    }

    /// Those for which a predicate holds: it is true, or the number of their place.
    fn filter(&mut self, items: Vec<Item>, predicate: &Expression) -> Result<Vec<Item>, XPathError> {
        let size = items.len();
        let mut kept = Vec::new();
        for (place, item) in items.into_iter().enumerate() {
            self.spend(1)?;
            let position = place + 1;
            let holds = match self.value(predicate, Context { item: Some(item), position, size })? {
                Value::Number(number) => number == position as f64,
                value => value.boolean(),
            };
            if holds {
                kept.push(item);
            }
        }
        Ok(kept)
    }

    fn spend(&mut self, steps: usize) -> Result<(), XPathError> {
        spend(&mut self.steps, steps as u64)
    }
}

fn spend(spent: &mut u64, steps: u64) -> Result<(), XPathError> {
    *spent = spent.saturating_add(steps);
    if *spent > STEPS_MAX { Err(XPathError::TooCostly) } else { Ok(()) }
}
