//! The functions (XPath 1.0, 4.1 to 4.4).

use super::{
    XPathError,
    eval::{Context, Evaluation},
    nodes,
    parser::Expression,
    value::{Value, number_of},
};

macro_rules! functions {
    ($($function:ident $name:literal $least:literal..=$most:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Function {
            $($function,)*
        }

        impl Function {
            pub(super) fn named(name: &str) -> Option<Function> {
                match name {
                    $($name => Some(Function::$function),)*
                    _ => None,
                }
            }

            /// Whether it takes so many arguments.
            pub(super) fn takes(self, count: usize) -> bool {
                match self {
                    $(Function::$function => ($least..=$most).contains(&count),)*
                }
            }
        }
    };
}

functions! {
    Last "last" 0..=0,
    Position "position" 0..=0,
    Count "count" 1..=1,
    Id "id" 1..=1,
    LocalName "local-name" 0..=1,
    NamespaceUri "namespace-uri" 0..=1,
    Name "name" 0..=1,
    String "string" 0..=1,
    Concat "concat" 2..=1000,
    StartsWith "starts-with" 2..=2,
    Contains "contains" 2..=2,
    SubstringBefore "substring-before" 2..=2,
    SubstringAfter "substring-after" 2..=2,
    Substring "substring" 2..=3,
    StringLength "string-length" 0..=1,
    NormalizeSpace "normalize-space" 0..=1,
    Translate "translate" 3..=3,
    Boolean "boolean" 1..=1,
    Not "not" 1..=1,
    True "true" 0..=0,
    False "false" 0..=0,
    Number "number" 0..=1,
    Sum "sum" 1..=1,
    Floor "floor" 1..=1,
    Ceiling "ceiling" 1..=1,
    Round "round" 1..=1,
}

impl Function {
    pub(super) fn is_place(self) -> bool {
        matches!(self, Function::Last | Function::Position)
    }

    pub(super) fn yields_number(self) -> bool {
        use Function::{Ceiling, Count, Floor, Last, Number, Position, Round, StringLength, Sum};
        matches!(self, Last | Position | Count | StringLength | Number | Sum | Floor | Ceiling | Round)
    }
}

impl Evaluation<'_> {
    pub(super) fn call(
        &mut self,
        function: Function,
        arguments: &[Expression],
        context: Context,
    ) -> Result<Value, XPathError> {
        let values = arguments.iter().map(|argument| self.value(argument, context)).collect::<Result<Vec<_>, _>>()?;
        let document = self.document;
        // Without an argument, many functions are about the context node.
        let subject = || values.first().cloned().unwrap_or(Value::Nodes(context.item.into_iter().collect()));
        let text = |place: usize| values[place].text(document);
        Ok(match function {
            Function::Last => number(context.size),
            Function::Position => number(context.position),
            Function::Count => number(subject().nodes()?.len()),
            Function::Id => Value::Nodes(Vec::new()),
            Function::LocalName | Function::Name => {
                let items = subject().nodes()?;
                Value::Text(items.first().map(|item| nodes::name(document, *item)).unwrap_or_default().to_owned())
            }
            Function::NamespaceUri => subject().nodes().map(|_| Value::Text(String::new()))?,
            Function::String => Value::Text(subject().text(document)),
            Function::Concat => Value::Text((0..values.len()).map(text).collect()),
            Function::StartsWith => Value::Boolean(text(0).starts_with(&text(1))),
            Function::Contains => Value::Boolean(text(0).contains(&text(1))),
            Function::SubstringBefore => {
                Value::Text(text(0).split_once(&text(1)).map_or("", |(before, _)| before).to_owned())
            }
            Function::SubstringAfter => {
                Value::Text(text(0).split_once(&text(1)).map_or("", |(_, after)| after).to_owned())
            }
            Function::Substring => {
                let length = values.get(2).map_or(f64::INFINITY, |length| length.number(document));
                Value::Text(substring(&text(0), values[1].number(document), length))
            }
            Function::StringLength => number(subject().text(document).chars().count()),
            Function::NormalizeSpace => Value::Text(normalize_space(&subject().text(document))),
            Function::Translate => Value::Text(translate(&text(0), &text(1), &text(2))),
            Function::Boolean => Value::Boolean(values[0].boolean()),
            Function::Not => Value::Boolean(!values[0].boolean()),
            Function::True => Value::Boolean(true),
            Function::False => Value::Boolean(false),
            Function::Number => Value::Number(subject().number(document)),
            Function::Sum => {
                let items = subject().nodes()?;
                Value::Number(items.iter().map(|item| number_of(&nodes::text(document, *item))).sum())
            }
            Function::Floor => Value::Number(values[0].number(document).floor()),
            Function::Ceiling => Value::Number(values[0].number(document).ceil()),
            Function::Round => Value::Number(round(values[0].number(document))),
        })
    }
}

/// A count as XPath's number: exact, as no document has 2^53 nodes.
fn number(count: usize) -> Value {
    Value::Number(count as f64)
}

/// To the nearest whole number, halves upwards.
fn round(number: f64) -> f64 {
    if number.is_finite() { (number + 0.5).floor() } else { number }
}

/// The characters whose places, counted from 1, are at least `start` and before `start + length`, both rounded.
fn substring(text: &str, start: f64, length: f64) -> String {
    let (first, end) = (round(start), round(start) + round(length));
    let inside = |place: usize| {
        let place = place as f64 + 1.0;
        place >= first && place < end
    };
    text.chars().enumerate().filter(|(place, _)| inside(*place)).map(|(_, character)| character).collect()
}

fn normalize_space(text: &str) -> String {
    text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(|character| match from.chars().position(|candidate| candidate == character) {
            Some(place) => to.get(place).copied(),
            None => Some(character),
        })
        .collect()
}
