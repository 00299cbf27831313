//! From tokens to a tree of expressions (XPath 1.0, 2 and 3).

use super::{
    DEPTH_MAX, LENGTH_MAX, XPathError,
    functions::Function,
    lexer::{Placed, Token, tokens},
};
use string_cache::DefaultAtom;

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Binary(Operator, Box<(Expression, Expression)>),
    Negate(Box<Expression>),
    Number(f64),
    Literal(Box<str>),
    Call(Function, Vec<Expression>),
    Path(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Union,
}

#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) start: Start,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(super) enum Start {
    /// The node that the expression is evaluated for.
    Context,
    Document,
    /// What an expression yields, filtered.
    Filter(Box<Expression>, Vec<Expression>),
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) axis: Axis,
    pub(super) test: Test,
    pub(super) predicates: Vec<Expression>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

const AXES: [(&str, Axis); 13] = [
    ("ancestor", Axis::Ancestor),
    ("ancestor-or-self", Axis::AncestorOrSelf),
    ("attribute", Axis::Attribute),
    ("child", Axis::Child),
    ("descendant", Axis::Descendant),
    ("descendant-or-self", Axis::DescendantOrSelf),
    ("following", Axis::Following),
    ("following-sibling", Axis::FollowingSibling),
    ("namespace", Axis::Namespace),
    ("parent", Axis::Parent),
    ("preceding", Axis::Preceding),
    ("preceding-sibling", Axis::PrecedingSibling),
    ("self", Axis::Itself),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// `*`: elements, or attributes on that axis.
    Any,
    Name(DefaultAtom),
    Node,
    Text,
    Comment,
    /// `processing-instruction()`: no tree has any.
    Instruction,
}

/// Binary operators, the loosest first; those of one row group from the left.
const LEVELS: [&[(&str, Operator)]; 7] = [
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[("<", Operator::Less), ("<=", Operator::LessOrEqual), (">", Operator::Greater), (">=", Operator::GreaterOrEqual)],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("div", Operator::Divide), ("mod", Operator::Modulo)],
    &[("|", Operator::Union)],
];
/// The level below which a minus sign stands.
const UNARY: usize = 6;

pub(super) fn parse(text: &str) -> Result<Expression, XPathError> {
    if text.len() > LENGTH_MAX {
        let reason = format!("{} bytes, {LENGTH_MAX} are allowed", text.len());
        return Err(XPathError::Syntax { position: 1, reason });
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, end: text.len(), depth: 0 };
    let expression = parser.expression()?;
    if parser.peek().is_some() { Err(parser.error("the expression should end here")) } else { Ok(expression) }
}

struct Parser<'a> {
    tokens: Vec<Placed<'a>>,
    next: usize,
    end: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(found) | Token::Operator(found)) if *found == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), XPathError> {
        if self.take(symbol) { Ok(()) } else { Err(self.error(&format!("{symbol} should follow"))) }
    }

    fn error(&self, reason: &str) -> XPathError {
        let position = self.tokens.get(self.next).map_or(self.end, |(position, _)| *position);
        XPathError::Syntax { position: position + 1, reason: reason.to_owned() }
    }

    fn expression(&mut self) -> Result<Expression, XPathError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error("too deep"));
        }
        let expression = self.level(0)?;
        self.depth -= 1;
        Ok(expression)
    }

    fn level(&mut self, level: usize) -> Result<Expression, XPathError> {
        if level == UNARY {
            return self.unary();
        }
        let mut left = self.level(level + 1)?;
        let mut operators = 0;
        while let Some(operator) = self.operator(level) {
            operators += 1;
            if operators > DEPTH_MAX {
                return Err(self.error("too many operators in a row"));
            }
            left = Expression::Binary(operator, Box::new((left, self.level(level + 1)?)));
        }
        Ok(left)
    }

    fn operator(&mut self, level: usize) -> Option<Operator> {
        let (_, operator) = LEVELS[level].iter().find(|(symbol, _)| self.is(symbol))?;
        // As a name test `*` stands where an operand does, which the lexer tells apart.
        if matches!(self.peek(), Some(Token::Symbol("*"))) {
            return None;
        }
        self.next += 1;
        Some(*operator)
    }

    fn unary(&mut self) -> Result<Expression, XPathError> {
        let mut signs = 0_usize;
        while self.take("-") {
            signs += 1;
        }
        let mut left = self.path()?;
        let mut operators = 0;
        while self.operator(UNARY).is_some() {
            operators += 1;
            if operators > DEPTH_MAX {
                return Err(self.error("too many operators in a row"));
            }
            left = Expression::Binary(Operator::Union, Box::new((left, self.path()?)));
        }
        // Each sign makes a number of it; two of them change nothing more.
        for _ in 0..signs.min(2 - signs % 2) {
            left = Expression::Negate(Box::new(left));
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expression, XPathError> {
        if self.starts_primary() {
            let primary = self.primary()?;
            let predicates = self.predicates()?;
            let mut steps = Vec::new();
            if self.is("/") || self.is("//") {
                self.steps_after_slash(&mut steps)?;
            }
            if predicates.is_empty() && steps.is_empty() {
                return Ok(primary);
            }
            return Ok(Expression::Path(Path { start: Start::Filter(Box::new(primary), predicates), steps }));
        }
        let mut steps = Vec::new();
        if self.is("//") {
            self.steps_after_slash(&mut steps)?;
            return Ok(Expression::Path(Path { start: Start::Document, steps }));
        }
        if self.take("/") {
            if self.starts_step() {
                self.relative(&mut steps)?;
            }
            return Ok(Expression::Path(Path { start: Start::Document, steps }));
        }
        self.relative(&mut steps)?;
        Ok(Expression::Path(Path { start: Start::Context, steps }))
    }

    /// Whether an expression of its own follows, and not a step: a node test looks like a function.
    fn starts_primary(&self) -> bool {
        match self.peek() {
            Some(Token::Number(_) | Token::Literal(_) | Token::Symbol("(")) => true,
            Some(Token::Name(name)) => {
                let called = matches!(self.tokens.get(self.next + 1), Some((_, Token::Symbol("("))));
                called && !matches!(*name, "node" | "text" | "comment" | "processing-instruction")
            }
            _ => false,
        }
    }

    fn primary(&mut self) -> Result<Expression, XPathError> {
        let token = self.peek().cloned();
        match token {
            Some(Token::Number(number)) => {
                self.next += 1;
                Ok(Expression::Number(number))
            }
            Some(Token::Literal(text)) => {
                self.next += 1;
                Ok(Expression::Literal(text.into()))
            }
            Some(Token::Name(name)) => self.call(name),
            _ => {
                self.expect("(")?;
                let inside = self.expression()?;
                self.expect(")")?;
                Ok(inside)
            }
        }
    }

    fn call(&mut self, name: &str) -> Result<Expression, XPathError> {
        let function = Function::named(name).ok_or_else(|| self.error(&format!("{name}() is not known")))?;
        let at_name = self.error("");
        self.next += 1;
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.expression()?);
            while self.take(",") {
                arguments.push(self.expression()?);
            }
        }
        self.expect(")")?;
        match (function.takes(arguments.len()), at_name) {
            (true, _) => Ok(Expression::Call(function, arguments)),
            (false, XPathError::Syntax { position, .. }) => {
                let reason = format!("{name}() doesn't take {} arguments", arguments.len());
                Err(XPathError::Syntax { position, reason })
            }
            (false, error) => Err(error),
        }
    }

    fn steps_after_slash(&mut self, steps: &mut Vec<Step>) -> Result<(), XPathError> {
        loop {
            if self.take("//") {
                let test = Test::Node;
                steps.push(Step { axis: Axis::DescendantOrSelf, test, predicates: Vec::new() });
            } else if !self.take("/") {
                return Ok(());
            }
            let step = self.step()?;
            push(steps, step);
        }
    }

    fn relative(&mut self, steps: &mut Vec<Step>) -> Result<(), XPathError> {
        let step = self.step()?;
        steps.push(step);
        self.steps_after_slash(steps)
    }

    fn starts_step(&self) -> bool {
        matches!(self.peek(), Some(Token::Name(_) | Token::Symbol("." | ".." | "@" | "*")))
    }

    fn step(&mut self) -> Result<Step, XPathError> {
        let abbreviated = |axis| Step { axis, test: Test::Node, predicates: Vec::new() };
        if self.take(".") {
            return Ok(abbreviated(Axis::Itself));
        }
        if self.take("..") {
            return Ok(abbreviated(Axis::Parent));
        }
        let axis = if self.take("@") { Axis::Attribute } else { self.axis()? };
        let test = self.test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn axis(&mut self) -> Result<Axis, XPathError> {
        let Some(Token::Name(name)) = self.peek().cloned() else { return Ok(Axis::Child) };
        if !matches!(self.tokens.get(self.next + 1), Some((_, Token::Symbol("::")))) {
            return Ok(Axis::Child);
        }
        let axis = AXES.iter().find(|(known, _)| *known == name).map(|(_, axis)| *axis);
        let axis = axis.ok_or_else(|| self.error(&format!("{name} is no axis")))?;
        self.next += 2;
        Ok(axis)
    }

    fn test(&mut self) -> Result<Test, XPathError> {
        if self.take("*") {
            return Ok(Test::Any);
        }
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(self.error("a step should follow"));
        };
        self.next += 1;
        if !self.take("(") {
            return Ok(Test::Name(name.into()));
        }
        let test = match name {
            "node" => Test::Node,
            "text" => Test::Text,
            "comment" => Test::Comment,
            "processing-instruction" => {
                self.next += usize::from(matches!(self.peek(), Some(Token::Literal(_))));
                Test::Instruction
            }
            _ => return Err(self.error(&format!("{name}() is no step"))),
        };
        self.expect(")")?;
        Ok(test)
    }

    fn predicates(&mut self) -> Result<Vec<Expression>, XPathError> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.expression()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

/// Adds a step; `//name` becomes one step over all descendants where no predicate asks for a place among siblings.
fn push(steps: &mut Vec<Step>, step: Step) {
    let behind_slashes = steps.last().is_some_and(|last| {
        last.axis == Axis::DescendantOrSelf && last.test == Test::Node && last.predicates.is_empty()
    });
    if behind_slashes && step.axis == Axis::Child && !step.predicates.iter().any(Expression::asks_for_place) {
        steps.pop();
        steps.push(Step { axis: Axis::Descendant, ..step });
    } else {
        steps.push(step);
    }
}

impl Expression {
    /// Whether, as a predicate, it may depend on the place of a node: it is a number, or it says so.
    fn asks_for_place(&self) -> bool {
        self.may_be_number() || self.mentions_place()
    }

    fn may_be_number(&self) -> bool {
        match self {
            Expression::Negate(_) | Expression::Number(_) => true,
            Expression::Binary(operator, _) => matches!(
                operator,
                Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo
            ),
            Expression::Call(function, _) => function.yields_number(),
            Expression::Literal(_) | Expression::Path(_) => false,
        }
    }

    fn mentions_place(&self) -> bool {
        match self {
            Expression::Negate(inside) => inside.mentions_place(),
            Expression::Binary(_, sides) => sides.0.mentions_place() || sides.1.mentions_place(),
            Expression::Call(function, arguments) => {
                function.is_place() || arguments.iter().any(Expression::mentions_place)
            }
            // What is inside a path's predicates has places of its own.
            Expression::Path(Path { start: Start::Filter(inside, _), .. }) => inside.mentions_place(),
            Expression::Number(_) | Expression::Literal(_) | Expression::Path(_) => false,
        }
    }
}
