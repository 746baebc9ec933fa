//! Reads every chain `a = b = c` out of typed formulas and of the text around them, and evaluates it exactly.

use convt_matrix::algebra::{Number, Rational};
use convt_matrix::doc::{Cells, Grid, Inline, Math, Prose, Relation, Step};
use num_traits::Zero as _;
use std::collections::HashMap;

/// What a member of a chain comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Number(Rational),
    Tuple(Vec<Rational>),
    /// Rows of a matrix.
    Matrix(Vec<Vec<Rational>>),
}

/// What letters and entries stand for, by how they are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(HashMap<String, Value>);

impl Known {
    pub(crate) fn set(&mut self, symbol: &Math, number: Rational) {
        self.0.insert(key(symbol).expect("a letter or an entry"), Value::Number(number));
    }

    pub(crate) fn forget(&mut self, letter: char) {
        self.0.remove(&key(&letter.into()).expect("a letter"));
    }

    pub(crate) fn letter(&mut self, letter: char, number: usize) {
        self.set(&letter.into(), integer(number as i64));
    }
}

/// The length of a side and the parameters of the axis with a name, such as `height`.
pub(crate) type Axes = Vec<(&'static str, Known)>;

pub(crate) fn integer(number: i64) -> Rational {
    Rational::from_integer(number.into())
}

/// A symbol by how it is written; its style is no part of it.
fn key(math: &Math) -> Option<String> {
    match math {
        Math::Name(name) => Some(format!("{name:?}")),
        Math::Entry(entry) => Some(format!("{:?} {:?} {:?}", entry.of, entry.channels, entry.place)),
        Math::Labelled(letter, label) => Some(format!("{letter}_{label}")),
        Math::Partial(of) => key(of).map(|of| format!("partial {of}")),
        _ => None,
    }
}

/// How two members are related.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Compared {
    Equal,
    Less,
    AtMost,
    AtLeast,
}

/// A piece of a chain.
#[derive(Clone, Debug)]
enum Token {
    Piece(Math),
    Compared(Compared),
    /// Words or space: here a chain ends and another begins.
    End,
}

/// Counts what it compares, and collects what is false.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    /// How many pairs of neighbouring members, both known, were compared.
    pub(crate) compared: usize,
    /// What is false, or is arithmetic that hides in words.
    pub(crate) complaints: Vec<String>,
}

impl Checker {
    /// What is false; or that fewer pairs than this were compared: a reader that reads nothing is no check.
    pub(crate) fn verdict(self, about: &str, floor: usize) -> Result<(), String> {
        let shown = &self.complaints[..self.complaints.len().min(5)];
        match (shown, self.compared) {
            ([], compared) if compared >= floor => Ok(()),
            ([], compared) => Err(format!("{about}: only {compared} pairs were compared, not {floor}")),
            _ => Err(format!("{about}: {shown:#?}")),
        }
    }

    /// Fails unless everything holds.
    #[track_caller]
    pub(crate) fn finish(self, about: &str, floor: usize) {
        self.verdict(about, floor).unwrap_or_else(|verdict| panic!("{verdict}"));
    }

    pub(crate) fn steps(&mut self, steps: &[Step], known: &Known, axes: &Axes) {
        for step in steps {
            let mut known = known.clone();
            self.prose(&step.claim, &mut known);
            step.formulas().for_each(|formula| self.display(formula, &known, axes));
            step.reason.iter().for_each(|reason| self.prose(reason, &mut known));
        }
    }

    /// Running text. What it states of a letter holds until the paragraph ends.
    pub(crate) fn prose(&mut self, prose: &Prose, known: &mut Known) {
        let mut tokens = Vec::new();
        // What something was said to be at most, until something else is more.
        let mut limit = None;
        for piece in prose {
            match piece {
                Inline::Math(math) => flatten(math, &mut tokens, &mut self.complaints),
                Inline::Text(text) => {
                    let (joint, rest) = match limit {
                        Some(limit) if text.starts_with(" is more") => {
                            (Some((Compared::AtLeast, Some(Math::from(limit + 1)))), ".")
                        }
                        _ => joint(text),
                    };
                    limit = behind(text, " is at most ").or(limit);
                    match joint {
                        // Behind a formula, text may go on with its chain.
                        Some((compared, number)) if matches!(tokens.last(), Some(Token::Piece(_))) => {
                            tokens.push(Token::Compared(compared));
                            tokens.extend(number.map(Token::Piece));
                            if !rest.is_empty() {
                                tokens.push(Token::End);
                            }
                            hides_nothing(rest, &mut self.complaints);
                        }
                        _ => {
                            tokens.push(Token::End);
                            hides_nothing(text, &mut self.complaints);
                        }
                    }
                }
                Inline::Emphasis(text) => {
                    tokens.push(Token::End);
                    hides_nothing(text, &mut self.complaints);
                }
                Inline::Code(_) => tokens.push(Token::End),
            }
        }
        self.chains(&tokens, known);
        self.told(prose, known);
        self.met(known);
    }

    pub(crate) fn display(&mut self, display: &Math, known: &Known, axes: &Axes) {
        let Math::Aligned(lines) = display else {
            let mut tokens = Vec::new();
            flatten(display, &mut tokens, &mut self.complaints);
            return self.chains(&tokens, &mut known.clone());
        };
        // `n = (m - 1)s - ...` on the first line is said in the numbers of an axis on those below it.
        let rule = match &lines[..] {
            [(Math::Name(_), Math::Row(right)), _, ..] if right.first() == Some(&Relation::Equals.into()) => {
                Some(Math::Row(right[1..].to_vec()))
            }
            _ => None,
        };
        for (left, right) in lines {
            let mut tokens = Vec::new();
            match (left, &rule) {
                (Math::Words(name), Some(rule)) => {
                    let axis = axes.iter().find(|(axis, _)| axis == name);
                    let value = axis.and_then(|(_, axis)| value(rule, axis));
                    tokens.extend(value.and_then(written).map(Token::Piece));
                }
                _ => flatten(left, &mut tokens, &mut self.complaints),
            }
            flatten(right, &mut tokens, &mut self.complaints);
            self.chains(&tokens, &mut known.clone());
        }
    }

    fn chains(&mut self, tokens: &[Token], known: &mut Known) {
        for chain in tokens.split(|token| matches!(token, Token::End)) {
            self.chain(chain, known);
        }
    }

    fn chain(&mut self, chain: &[Token], known: &mut Known) {
        let mut last: Option<Value> = None;
        let mut compared = Compared::Equal;
        let mut members = Vec::new();
        for member in chain.split_inclusive(|token| matches!(token, Token::Compared(_))) {
            let pieces: Vec<&Math> = member.iter().filter_map(Token::piece).collect();
            let value = sum(&pieces, known);
            match (&last, &value) {
                (Some(before), Some(value)) => self.compare(before, compared, value, chain),
                // An inequality is about its two neighbours, an equality about all members between.
                (_, None) if compared != Compared::Equal => last = None,
                _ => {}
            }
            last = value.clone().or(last);
            members.push((pieces, value));
            if let Some(Token::Compared(next)) = member.last() {
                compared = *next;
            }
        }
        // `m = 3` says what the letter stands for.
        if let [(left, None), (_, Some(value))] = &members[..]
            && let ([letter @ Math::Name(_)], Compared::Equal) = (&left[..], compared)
        {
            known.0.insert(key(letter).expect("a letter"), value.clone());
        }
    }

    fn compare(&mut self, before: &Value, compared: Compared, value: &Value, chain: &[Token]) {
        let holds = match (compared, before, value) {
            // The number of a slice stands before the slice.
            (Compared::Equal, Value::Tuple(_) | Value::Number(_), Value::Matrix(_)) => return,
            (Compared::Equal, before, value) => before == value,
            (Compared::Less, Value::Number(before), Value::Number(value)) => before < value,
            (Compared::AtMost, Value::Number(before), Value::Number(value)) => before <= value,
            (Compared::AtLeast, Value::Number(before), Value::Number(value)) => before >= value,
            _ => false,
        };
        self.compared += 1;
        if !holds {
            let chain: String = format!("{chain:?}").chars().take(1500).collect();
            self.complaints.push(format!("{before:?} is not {compared:?} {value:?} in {chain}"));
        }
    }

    /// What a formula comes to, told in words behind it: `the difference is 3`, `they begin at 3`.
    fn told(&mut self, prose: &Prose, known: &Known) {
        let text: String = prose.iter().filter_map(text_of).collect();
        self.told_sum(&text);
        let mut formula = None;
        for (place, piece) in prose.iter().enumerate() {
            let told = match piece {
                Inline::Math(math @ Math::Row(pieces)) if !pieces.contains(&Relation::Equals.into()) => {
                    formula = Some(math);
                    None
                }
                Inline::Text(text) if text.ends_with(" begin at ") => match prose.get(place + 1) {
                    Some(Inline::Math(math)) => value(math, known),
                    _ => None,
                },
                Inline::Text(text) => {
                    if let Some(Inline::Math(next)) = prose.get(place + 1) {
                        self.listed(text, next, known);
                    }
                    behind(text, "the difference is ").map(|number| Value::Number(integer(number)))
                }
                _ => None,
            };
            if let (Some(told), Some(value)) = (told, formula.and_then(|formula| value(formula, known))) {
                self.compare(&value, Compared::Equal, &told, &[]);
            }
        }
    }

    /// Remainders and counts that are listed: `these remainders are 0, 1, 0; so the counts for the remainders 0, 1 are
    /// (2, 1)`, of `(d t - p) mod s`.
    fn listed(&mut self, text: &str, counts: &Math, known: &Known) {
        let letter = |letter: char| known.0.get(&key(&letter.into())?).cloned().and_then(number);
        let (Some(s), Some(d), Some(p)) = (letter('s'), letter('d'), letter('p')) else { return };
        let lists = text.strip_prefix(" these remainders are ").and_then(|rest| rest.strip_suffix(" are "));
        let Some((list, all)) = lists.and_then(|lists| lists.split_once("; so the counts for the remainders ")) else {
            return;
        };
        let numbers =
            |list: &str| -> Vec<i64> { list.split(", ").map(|number| number.parse().expect("a number")).collect() };
        let remainders = numbers(list);
        let next = numbers(all).len() as i64;
        self.compare(&Value::Number(s.clone()), Compared::Equal, &Value::Number(integer(next)), &[]);
        for (t, remainder) in remainders.iter().enumerate() {
            let place = &d * integer(t as i64) - &p;
            let expected = &place - (&place / &s).floor() * &s;
            self.compare(&Value::Number(expected), Compared::Equal, &Value::Number(integer(*remainder)), &[]);
        }
        let strides = (0..).take_while(|&remainder| integer(remainder) < s);
        let counted = strides.map(|remainder| remainders.iter().filter(|other| **other == remainder).count() as i64);
        let counted = Math::Tuple(counted.collect());
        if let (Some(counted), Some(counts)) = (value(&counted, known), value(counts, known)) {
            self.compare(&counted, Compared::Equal, &counts, &[]);
        }
    }

    /// Where an input, an output and a kernel cell are named that meet, `j = s i + d t - p` on every axis.
    fn met(&mut self, known: &Known) {
        let named = |letter: char| match known.0.get(&key(&letter.into())?)? {
            Value::Number(number) => Some(vec![number.clone()]),
            Value::Tuple(numbers) => Some(numbers.clone()),
            Value::Matrix(_) => None,
        };
        let one = |letter: char| Some(named(letter)?.remove(0));
        let (Some(i), Some(j), Some(t)) = (named('i'), named('j'), named('t')) else { return };
        let (Some(s), Some(d), Some(p)) = (one('s'), one('d'), one('p')) else { return };
        for axis in 0..j.len() {
            let position = &s * &i[axis] + &d * &t[axis] - &p;
            self.compare(&Value::Number(position), Compared::Equal, &Value::Number(j[axis].clone()), &[]);
        }
    }

    /// Sums that are told in words: what is added, what is taken away, what is left.
    fn told_sum(&mut self, text: &str) {
        let told = |words: &str| behind(text, words).unwrap_or(0);
        let sums = [
            (
                told("the stride adds ") + told(" the kernel ") + told(" the output padding "),
                told("the padding takes away "),
                behind(text, "the difference is "),
            ),
            (told(" = "), before(text, " of which are padding"), behind(text, "The shortest input has ")),
        ];
        for (added, taken, left) in sums {
            if let Some(left) = left {
                let number = |number| Value::Number(integer(number));
                self.compare(&number(added - taken), Compared::Equal, &number(left), &[]);
            }
        }
    }
}

impl Token {
    fn piece(&self) -> Option<&Math> {
        match self {
            Self::Piece(math) => Some(math),
            _ => None,
        }
    }
}

/// Plain text, without its formulas.
pub(crate) fn text_of(piece: &Inline) -> Option<&str> {
    match piece {
        Inline::Text(text) => Some(text),
        _ => None,
    }
}

/// The number behind words, if they are there.
pub(crate) fn behind(text: &str, words: &str) -> Option<i64> {
    let (_, rest) = text.split_once(words)?;
    let end = rest.char_indices().find(|&(at, c)| !c.is_ascii_digit() && (at > 0 || c != '-'));
    rest[..end.map_or(rest.len(), |(at, _)| at)].parse().ok()
}

/// The number before words; 0 if they are not there.
fn before(text: &str, words: &str) -> i64 {
    let number = text.split_once(words).and_then(|(rest, _)| rest.rsplit(' ').next()?.parse().ok());
    number.unwrap_or(0)
}

/// Takes a formula apart into what stands side by side.
fn flatten(math: &Math, tokens: &mut Vec<Token>, complaints: &mut Vec<String>) {
    match math {
        Math::Row(pieces) => pieces.iter().for_each(|piece| flatten(piece, tokens, complaints)),
        Math::Relation(Relation::Equals) => tokens.push(Token::Compared(Compared::Equal)),
        Math::Relation(Relation::Less) => tokens.push(Token::Compared(Compared::Less)),
        Math::Relation(Relation::Approximately) | Math::Space | Math::Dots => tokens.push(Token::End),
        Math::Words(words) if words == " mod " => tokens.push(Token::Piece(math.clone())),
        Math::Words(words) => {
            tokens.push(Token::End);
            hides_nothing(words, complaints);
        }
        _ => tokens.push(Token::Piece(math.clone())),
    }
}

/// What goes on with the chain of the formula before the text: how, with which number, and the text behind it.
fn joint(text: &str) -> (Option<(Compared, Option<Math>)>, &str) {
    let beginnings =
        [(" = ", Compared::Equal), (" is at most ", Compared::AtMost), (" is at least ", Compared::AtLeast)];
    let Some((compared, rest)) = beginnings.iter().find_map(|(begin, how)| Some((*how, text.strip_prefix(begin)?)))
    else {
        return (None, text);
    };
    if rest.is_empty() {
        return (Some((compared, None)), rest);
    }
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if let Some(inside) = rest.strip_prefix('(')
        && let Some(end) = inside.find(')')
        && let Ok(numbers) = inside[..end].split(", ").map(str::parse).collect::<Result<Vec<i64>, _>>()
    {
        return (Some((compared, Some(Math::Tuple(numbers)))), &inside[end + 1..]);
    }
    match digits(rest.strip_prefix('-').unwrap_or(rest)) {
        0 => (None, text),
        length => {
            let length = length + usize::from(rest.starts_with('-'));
            let number: i64 = rest[..length].parse().expect("digits");
            (Some((compared, Some(number.into()))), &rest[length..])
        }
    }
}

/// No sign of a calculation stands in words: there nothing would check it.
fn hides_nothing(text: &str, complaints: &mut Vec<String>) {
    let characters: Vec<char> = text.chars().filter(|character| *character != ' ').collect();
    let is_calculated = |three: &[char]| {
        three[0].is_ascii_digit() && matches!(three[1], '+' | '−' | '-' | '*' | '/') && three[2].is_ascii_digit()
    };
    if text.contains(['=', '·', '≈']) || characters.windows(3).any(is_calculated) {
        complaints.push(format!("arithmetic hides in the text {text:?}"));
    }
}

fn number(value: Value) -> Option<Rational> {
    match value {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// A number or a tuple as a formula again.
fn written(value: Value) -> Option<Math> {
    Some(Math::Number(Number::Exact(number(value)?)))
}

/// What pieces side by side come to: terms with signs between.
fn sum(pieces: &[&Math], known: &Known) -> Option<Value> {
    if let Some(at) = pieces.iter().position(|piece| **piece == Math::from(" mod ")) {
        let (left, right) = (number(sum(&pieces[..at], known)?)?, number(sum(&pieces[at + 1..], known)?)?);
        return Some(Value::Number(&left - (&left / &right).floor() * &right));
    }
    let sign = |piece: &Math| match piece {
        Math::Relation(Relation::Plus) => Some(true),
        Math::Relation(Relation::Minus) => Some(false),
        _ => None,
    };
    let mut total: Option<Rational> = None;
    let mut begin = 0;
    let mut adds = true;
    for at in 0..=pieces.len() {
        let next = pieces.get(at).and_then(|piece| sign(piece));
        if at < pieces.len() && next.is_none() {
            continue;
        }
        let term = product(&pieces[begin..at], known)?;
        if begin == 0 && at == pieces.len() {
            return Some(term);
        }
        let term = number(term)?;
        let before = total.unwrap_or_else(Rational::zero);
        total = Some(if adds { before + term } else { before - term });
        (begin, adds) = (at + 1, next.unwrap_or(true));
    }
    total.map(Value::Number)
}

/// Factors side by side, with or without dots between: numbers, or matrices.
fn product(pieces: &[&Math], known: &Known) -> Option<Value> {
    let factors = pieces.iter().filter(|piece| ***piece != Relation::Times.into());
    let values: Option<Vec<Value>> = factors.map(|factor| value(factor, known)).collect();
    values?.into_iter().map(Some).reduce(|left, right| match (left?, right?) {
        (Value::Number(left), Value::Number(right)) => Some(Value::Number(left * right)),
        (Value::Matrix(left), Value::Matrix(right)) => {
            assert!(left.iter().all(|row| row.len() == right.len()), "matrices that fit");
            let entry = |row: &[Rational], column: usize| -> Rational {
                row.iter().zip(&right).map(|(entry, other)| entry * &other[column]).sum()
            };
            let columns = right.first().map_or(0, Vec::len);
            Some(Value::Matrix(
                left.iter().map(|row| (0..columns).map(|column| entry(row, column)).collect()).collect(),
            ))
        }
        _ => None,
    })?
}

/// What a formula comes to; none if something in it is not known, or left out.
fn value(math: &Math, known: &Known) -> Option<Value> {
    let quotient = |above: &Math, below: &Math| {
        let (above, below) = (number(value(above, known)?)?, number(value(below, known)?)?);
        (!below.is_zero()).then(|| above / below)
    };
    Some(match math {
        Math::Zero => Value::Number(Rational::zero()),
        Math::Number(Number::Exact(number)) => Value::Number(number.clone()),
        Math::Name(_) | Math::Entry(_) | Math::Labelled(..) | Math::Partial(_) => known.0.get(&key(math)?)?.clone(),
        Math::Row(pieces) => sum(&pieces.iter().collect::<Vec<_>>(), known)?,
        Math::Dropped(inner) | Math::Framed(inner) | Math::Parenthesised(inner) => value(inner, known)?,
        Math::Tuple(numbers) => match &numbers[..] {
            [only] => Value::Number(integer(*only)),
            _ => Value::Tuple(numbers.iter().copied().map(integer).collect()),
        },
        Math::Quotient(above, below) => Value::Number(quotient(above, below)?),
        Math::FloorQuotient(above, below) => Value::Number(quotient(above, below)?.floor()),
        Math::CeilingQuotient(above, below) => Value::Number(quotient(above, below)?.ceil()),
        Math::Sum(terms) => {
            let terms: Option<Vec<Rational>> = terms.iter().map(|term| number(value(term, known)?)).collect();
            Value::Number(terms?.into_iter().sum())
        }
        Math::Grid(grid) => Value::Matrix(matrix(grid, known)?),
        _ => return None,
    })
}

/// The entries of a grid that is shown whole.
fn matrix(grid: &Grid, known: &Known) -> Option<Vec<Vec<Rational>>> {
    let is_whole = grid.rows.is_all() && grid.columns.is_all() && matches!(grid.cells, Cells::Dense(_));
    let row = |row: usize| grid.row(row).map(|cell| number(value(cell, known)?)).collect();
    is_whole.then(|| (0..grid.rows.total()).map(row).collect())?
}
