//! The syntax of a pasted call, such as `self.up = nn.Conv2d(1, 1, kernel_size=3)  # a comment`; no meaning yet.

use crate::framework::{CallError, Remedy};
use crate::wording::excerpt;

/// The most characters of a call.
const LONGEST: usize = 10_000;

/// A call: what is called, and with which arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    /// With its dots: `nn.Conv2d`.
    pub(super) function: &'a str,
    pub(super) arguments: Vec<Argument<'a>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument<'a> {
    pub(super) keyword: Option<&'a str>,
    pub(super) value: Value<'a>,
}

/// A value and the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// Saturated where it does not fit.
    Integer(i128),
    /// A number with a point.
    Float,
    /// What stands between quotes.
    Text(&'a str),
    /// `True`, `None`, `same`, or a name whose value is not known here.
    Word(&'a str),
    /// A tuple or a list.
    Sequence(Vec<Value<'a>>),
    /// Anything else.
    Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenKind {
    Name,
    Number,
    Text,
    Open,
    Close,
    Comma,
    Equals,
    Colon,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Token<'a> {
    kind: TokenKind,
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Reads one call. An assignment before it, the name that a printed `Sequential` puts before it, a comma and
/// comments after it are skipped.
pub(super) fn parse(text: &str) -> Result<Call<'_>, CallError> {
    if text.len() > LONGEST {
        return Err(CallError::new(format!("{} bytes are no call of a layer", text.len()), Remedy::LayerAlone));
    }
    let tokens = tokens(without_harmless_methods(text))?;
    let tokens = without_target(&tokens);
    let [function, open, rest @ ..] = tokens else {
        return Err(CallError::new(format!("'{}' is no call of a layer", excerpt(text.trim())), Remedy::LayerAlone));
    };
    if function.kind != TokenKind::Name || open.text != "(" {
        return Err(CallError::new(format!("'{}' is no call of a layer", excerpt(text.trim())), Remedy::LayerAlone));
    }
    let (arguments, after) = until_closed(text, open, rest)?;
    let after = match after {
        [comma, after @ ..] if comma.kind == TokenKind::Comma => after,
        _ => after,
    };
    if let Some(token) = after.first() {
        let more = excerpt(text[token.start..].trim_end());
        return Err(CallError::new(format!("'{more}' stands after the closing parenthesis"), Remedy::LayerAlone));
    }
    let arguments = arguments.iter().map(|tokens| argument(text, tokens)).collect::<Result<_, _>>()?;
    Ok(Call { function: function.text, arguments })
}

/// Without the methods at the end that move a layer or set a mode, and change no number.
fn without_harmless_methods(text: &str) -> &str {
    const HARMLESS: [&str; 4] = [".cuda()", ".cpu()", ".eval()", ".train()"];
    let mut text = text.trim_end();
    while let Some(before) = HARMLESS.iter().find_map(|method| text.strip_suffix(method)) {
        text = before;
    }
    text
}

/// What follows `name =`, `name: Type =` and `(name):`.
fn without_target<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    use TokenKind::{Close, Colon, Equals, Name, Number, Open};
    let kinds = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.kind).collect::<Vec<_>>();
    loop {
        let skipped = match kinds(&tokens[..tokens.len().min(4)]).as_slice() {
            [Name, Equals, ..] => 2,
            [Name, Colon, Name, Equals] | [Open, Name | Number, Close, Colon] => 4,
            _ => return tokens,
        };
        tokens = &tokens[skipped..];
    }
}

/// The arguments up to the parenthesis that closes `open`, and what follows it.
type Closed<'t, 'a> = (Vec<&'t [Token<'a>]>, &'t [Token<'a>]);

fn until_closed<'t, 'a>(text: &str, open: &Token<'a>, tokens: &'t [Token<'a>]) -> Result<Closed<'t, 'a>, CallError> {
    let mut arguments = Vec::new();
    let mut opened = vec![open.text];
    let mut begin = 0;
    for (place, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => opened.push(token.text),
            TokenKind::Close => {
                if !matches!((opened.pop(), token.text), (Some("("), ")") | (Some("["), "]") | (Some("{"), "}")) {
                    let before = excerpt(&text[..token.end()]);
                    return Err(CallError::new(
                        format!("in '{before}' a bracket of another kind is closed"),
                        Remedy::LayerAlone,
                    ));
                }
                if opened.is_empty() {
                    // After a last comma nothing need follow.
                    if begin < place {
                        arguments.push(&tokens[begin..place]);
                    }
                    return Ok((arguments, &tokens[place + 1..]));
                }
            }
            TokenKind::Comma if opened.len() == 1 => {
                if begin == place {
                    let before = excerpt(&text[..token.end()]);
                    return Err(CallError::new(
                        format!("in '{before}' an argument is missing before the comma"),
                        Remedy::LayerAlone,
                    ));
                }
                arguments.push(&tokens[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    Err(CallError::new(format!("'{}' lacks {} at its end", excerpt(text.trim()), closing(&opened)), Remedy::LayerAlone))
}

/// What closes so many brackets, innermost first.
fn closing(opened: &[&str]) -> String {
    let closed: String = opened
        .iter()
        .rev()
        .map(|open| match *open {
            "(" => ')',
            "[" => ']',
            _ => '}',
        })
        .collect();
    excerpt(&closed)
}

fn argument<'a>(text: &'a str, tokens: &[Token<'a>]) -> Result<Argument<'a>, CallError> {
    match tokens {
        [name, equals] if name.kind == TokenKind::Name && equals.kind == TokenKind::Equals => Err(CallError::new(
            format!("{}= has no value", excerpt(name.text)),
            "write it behind the sign, or leave both out",
        )),
        [name, equals, value @ ..] if name.kind == TokenKind::Name && equals.kind == TokenKind::Equals => {
            Ok(Argument { keyword: Some(name.text), value: read_value(text, value) })
        }
        _ => Ok(Argument { keyword: None, value: read_value(text, tokens) }),
    }
}

/// The value that some tokens (at least one) spell.
fn read_value<'a>(text: &'a str, tokens: &[Token<'a>]) -> Value<'a> {
    let source = &text[tokens[0].start..tokens[tokens.len() - 1].end()];
    let kind = match tokens {
        [sign, number] if number.kind == TokenKind::Number && matches!(sign.text, "-" | "+") => {
            read_number(number.text, sign.text == "-")
        }
        [open, inside @ .., close] if open.kind == TokenKind::Open && close.kind == TokenKind::Close => {
            read_sequence(text, open.text, inside)
        }
        [only] => match only.kind {
            TokenKind::Number => read_number(only.text, false),
            TokenKind::Text => Kind::Text(&only.text[1..only.text.len() - 1]),
            TokenKind::Name => Kind::Word(only.text),
            _ => Kind::Expression,
        },
        _ => Kind::Expression,
    };
    Value { text: source, kind }
}

/// A tuple or list of plain values; one value in parentheses, without a comma, is itself.
fn read_sequence<'a>(text: &'a str, open: &str, inside: &[Token<'a>]) -> Kind<'a> {
    let nested = inside.iter().any(|token| matches!(token.kind, TokenKind::Open | TokenKind::Close));
    if open == "{" || nested {
        return Kind::Expression;
    }
    let mut parts: Vec<&[Token<'a>]> = inside.split(|token| token.kind == TokenKind::Comma).collect();
    if open == "(" && parts.len() == 1 && !parts[0].is_empty() {
        return read_value(text, parts[0]).kind;
    }
    // After a last comma nothing need follow.
    if parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Kind::Expression;
    }
    Kind::Sequence(parts.into_iter().map(|part| read_value(text, part)).collect())
}

fn read_number<'a>(text: &str, negative: bool) -> Kind<'a> {
    // Python allows single underscores between digits.
    let groups: Vec<&str> = text.split('_').collect();
    if groups.iter().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit())) {
        let magnitude: i128 = groups.concat().parse().unwrap_or(i128::MAX);
        return Kind::Integer(if negative { -magnitude } else { magnitude });
    }
    if text.parse::<f64>().is_ok() { Kind::Float } else { Kind::Expression }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, CallError> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        let while_in = |inside: &dyn Fn(char) -> bool| rest.find(|character| !inside(character)).unwrap_or(rest.len());
        let (kind, length) = match first {
            '#' => {
                start += while_in(&|character| character != '\n');
                continue;
            }
            // A backslash continues a line.
            _ if first.is_whitespace() || first == '\\' => {
                start += first.len_utf8();
                continue;
            }
            '\'' | '"' => {
                let Some(length) = rest[1..].find(first) else {
                    return Err(CallError::new(
                        format!("the text {} is not closed", excerpt(rest)),
                        Remedy::LayerAlone,
                    ));
                };
                (TokenKind::Text, length + 2)
            }
            '(' | '[' | '{' => (TokenKind::Open, 1),
            ')' | ']' | '}' => (TokenKind::Close, 1),
            ',' => (TokenKind::Comma, 1),
            '=' => (TokenKind::Equals, 1),
            ':' => (TokenKind::Colon, 1),
            _ if first.is_ascii_digit() || first == '.' => (
                TokenKind::Number,
                while_in(&|character| character.is_alphanumeric() || matches!(character, '_' | '.')),
            ),
            _ if first.is_alphabetic() || first == '_' => {
                (TokenKind::Name, while_in(&|character| character.is_alphanumeric() || matches!(character, '_' | '.')))
            }
            _ => (TokenKind::Other, first.len_utf8()),
        };
        tokens.push(Token { kind, text: &rest[..length], start });
        start += length;
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Option<String>, String)> {
        let call = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let show = |argument: &Argument<'_>| (argument.keyword.map(str::to_owned), argument.value.text.to_owned());
        call.arguments.iter().map(show).collect()
    }

    fn kind(value: &str) -> String {
        format!("{:?}", parse(&format!("f({value})")).unwrap().arguments[0].value.kind)
    }

    fn refused(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn arguments_are_positional_or_have_a_keyword() {
        let expected = [(None, "1"), (Some("stride"), "(2, 1)"), (Some("mode"), "'a,b)'")];
        let expected = expected.map(|(keyword, value)| (keyword.map(str::to_owned), value.to_owned()));
        assert_eq!(shown("f(1, stride = (2, 1), mode='a,b)')"), expected);
        assert_eq!(shown("f(\n  1, # one, two)\n  stride=(2, 1), \\\n mode='a,b)',\n)  # done"), expected);
        assert_eq!(shown("f()"), []);
    }

    #[test]
    fn assignments_and_the_names_in_a_printed_model_are_skipped() {
        for text in [
            "nn.f(1)",
            "self.up = nn.f(1)",
            "a = b = nn.f(1)",
            "up: nn.Module = nn.f(1)",
            "(up): nn.f(1)",
            "  (0): nn.f(1),",
            "nn.f(1),  # next",
        ] {
            let call = parse(text).unwrap();
            assert_eq!((call.function, call.arguments.len()), ("nn.f", 1), "{text}");
        }
    }

    #[test]
    fn values_are_told_apart() {
        assert_eq!(kind("1_000"), "Integer(1000)");
        assert_eq!(kind("- 3"), "Integer(-3)");
        assert_eq!(kind("+3"), "Integer(3)");
        assert_eq!(kind("(3)"), "Integer(3)");
        assert_eq!(kind(&"9".repeat(100)), format!("Integer({})", i128::MAX));
        assert_eq!(kind("2.0"), "Float");
        assert_eq!(kind("1e3"), "Float");
        assert_eq!(kind("'same'"), "Text(\"same\")");
        assert_eq!(kind("True"), "Word(\"True\")");
        assert!(kind("(3,)").starts_with("Sequence([Value { text: \"3\""));
        assert!(kind("[3, 5,]").contains("Integer(5)"));
        assert_eq!(kind("()"), "Sequence([])");
        for text in
            ["2*3", "1__0", "1_", "0x10", "((1, 2), 3)", "{1}", "(,)", "(1,,2)", "*sizes", "f(2)", "-x", "1 2", "é"]
        {
            assert!(["Expression", "Word(\"é\")"].contains(&kind(text).as_str()), "{text}: {}", kind(text));
        }
    }

    #[test]
    fn what_is_no_call_is_refused() {
        for text in ["", "  ", "Conv2d", "Conv2d 3", "3(1)", "(1, 2)", "[Conv2d](1)", "= f(1)", "import torch"] {
            assert!(refused(text).contains("is no call of a layer"), "{text}: {}", refused(text));
        }
        assert!(refused(&"f(".repeat(100_000)).contains("200000 bytes"));
    }

    #[test]
    fn unbalanced_brackets_and_quotes_are_refused() {
        assert!(refused("f(1, (2").contains("'f(1, (2' lacks )) at its end"));
        assert!(refused("f(1").contains("lacks ) at its end"));
        assert!(refused("f(1, (2]").contains("a bracket of another kind"));
        assert!(refused("f(1))").contains("')' stands after"));
        assert!(refused("f(mode='a)").contains("is not closed"));
        assert!(refused(&"f(".repeat(4_000)).contains("lacks ))))"));
    }

    #[test]
    fn a_missing_argument_or_value_and_more_than_a_call_are_refused() {
        assert!(refused("f(1,, 2)").contains("an argument is missing before the comma"));
        assert!(refused("f(, 2)").contains("an argument is missing before the comma"));
        assert!(refused("f(stride=)").contains("stride= has no value"));
        assert!(refused("f(1)(x)").contains("'(x)' stands after the closing parenthesis"));
        assert!(refused("f(1); g(2)").contains("stands after the closing parenthesis"));
    }
}
