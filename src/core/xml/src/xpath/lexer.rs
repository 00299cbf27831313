//! An expression's text in tokens (XPath 1.0, 3.7).

use super::XPathError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// `( ) [ ] . .. @ , :: / // | + - = != < <= > >= *` (as a name test), `$`
    Symbol(&'static str),
    /// `and or mod div *` (as a product)
    Operator(&'static str),
    Name(&'a str),
    Number(f64),
    Literal(&'a str),
}

/// Longer ones first where one begins like another.
const SYMBOLS: [&str; 20] =
    ["..", "::", "//", "!=", "<=", ">=", "(", ")", "[", "]", ".", "@", ",", "/", "|", "+", "-", "=", "<", ">"];

/// A token and where it begins, in bytes.
pub(super) type Placed<'a> = (usize, Token<'a>);

pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, XPathError> {
    let mut tokens: Vec<Placed<'_>> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let position = text.len() - rest.len();
        let after_operand = tokens.last().is_some_and(|(_, token)| ends_operand(token));
        let (token, length) = next(rest, after_operand)
            .map_err(|reason| XPathError::Syntax { position: position + 1, reason: reason.to_owned() })?;
        tokens.push((position, token));
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// Whether what follows can only be an operator: then `*`, `and` and the like are.
fn ends_operand(token: &Token<'_>) -> bool {
    match token {
        Token::Symbol(symbol) => matches!(*symbol, ")" | "]" | "." | ".." | "*"),
        Token::Operator(_) => false,
        Token::Name(_) | Token::Number(_) | Token::Literal(_) => true,
    }
}

fn next(rest: &str, after_operand: bool) -> Result<(Token<'_>, usize), &'static str> {
    let first = rest.as_bytes()[0];
    if first == b'"' || first == b'\'' {
        let inside = &rest[1..];
        let end = inside.find(char::from(first)).ok_or("a text that doesn't end")?;
        return Ok((Token::Literal(&inside[..end]), end + 2));
    }
    let digit_follows = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if first.is_ascii_digit() || (first == b'.' && digit_follows) {
        let length = number_length(rest);
        return Ok((Token::Number(rest[..length].parse().map_err(|_| "no number")?), length));
    }
    if first == b'*' {
        return Ok((if after_operand { Token::Operator("*") } else { Token::Symbol("*") }, 1));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok((Token::Symbol(symbol), symbol.len()));
    }
    let length = name_length(rest);
    match &rest[..length] {
        "" => Err("this is nothing that XPath knows"),
        name if after_operand => ["and", "or", "mod", "div"]
            .into_iter()
            .find(|operator| *operator == name)
            .map(|operator| (Token::Operator(operator), length))
            .ok_or("an operator should follow"),
        name => Ok((Token::Name(name), length)),
    }
}

fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    match text[whole..].strip_prefix('.') {
        Some(fraction) => whole + 1 + digits(fraction),
        None => whole,
    }
}

fn name_length(text: &str) -> usize {
    let starts = |character: char| character.is_alphabetic() || character == '_';
    let goes_on = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
    if text.starts_with(starts) { text.find(|character| !goes_on(character)).unwrap_or(text.len()) } else { 0 }
}
