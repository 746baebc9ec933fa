//! What it takes to write a document, known from its volume before anything of it is made.

use super::{Format, Frame, Latex, Markdown, Unicode, ZeroStyle};
use crate::data::ExactNumber;
use crate::data::exact::Form;
use crate::doc::Writing::*;
use crate::doc::{Math, Notation, Volume};
use crate::instance::Given;
use crate::limits::{Cost, Count};
use crate::tensor::Tensor;
use std::num::Saturating;

/// How wide the widest symbol and the widest number of a document are.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Widths {
    /// In bytes.
    symbol: Count,
    /// In characters, which are what columns of text are aligned by.
    columns: Count,
    /// In digits.
    number: Count,
    /// In digits, of what is computed.
    result: Count,
}

impl Widths {
    /// Of the entries of a layer's tensors, and of the numbers given for them.
    pub fn of(format: Format, notation: &Notation, given: &Given) -> Self {
        let bodies = || notation.widest().into_iter().map(|symbol| body(format, &symbol));
        let tensors = [&given.weight, &given.input, &given.bias, &given.output_gradient];
        let digits = tensors.map(|tensor| tensor.as_ref().map_or(0, most_digits));
        Self {
            symbol: longest(bodies().map(|body| body.len() as u128)),
            columns: longest(bodies().map(|body| body.chars().count() as u128)),
            number: Saturating(digits.into_iter().max().unwrap_or(0)),
            // A product has the digits of both factors; a sum of fewer than 10^9 of them has 9 more.
            result: Saturating(digits.into_iter().sum::<u128>() + 9),
        }
    }
}

fn longest(lengths: impl Iterator<Item = u128>) -> Count {
    Saturating(lengths.max().unwrap_or(0))
}

fn body(format: Format, math: &Math) -> String {
    let zeros = ZeroStyle::Digit;
    match format {
        Format::Latex(frame) => Latex::new(zeros, frame).math(math),
        Format::Markdown => Markdown::new(zeros).math(math),
        Format::Text => Unicode::new(zeros).math(math),
    }
}

/// Digits of the longest number, numerator and denominator together; at most.
fn most_digits(tensor: &Tensor<ExactNumber>) -> u128 {
    let of = |bits: u64| u128::from(bits) * 31 / 100 + 2;
    let digits = |number: &ExactNumber| match number.form() {
        Form::Short { digits, exponent, .. } => {
            of(u64::from(64 - digits.unsigned_abs().leading_zeros())) + u128::from(exponent.unsigned_abs())
        }
        Form::Long { digits, exponent } => of(digits.bits()) + u128::from(exponent.unsigned_abs()),
        Form::Fraction { numerator, denominator } => of(numerator.bits()) + of(denominator.bits()),
    };
    tensor.entries().iter().map(digits).max().unwrap_or(0)
}

/// What it takes to make and write a document of the volume: its tree, and the text as often as it stands in memory
/// while templates place it.
#[must_use]
pub fn cost(volume: &Volume, format: Format, widths: Widths) -> Cost {
    /// A node of the tree, and the lists of an entry's indices.
    const NODE: Count = Saturating(size_of::<Math>() as u128);
    const INDICES: Count = Saturating(96);
    /// An entry of a matrix that is held in compressed rows.
    const COMPRESSED: Count = Saturating(8);
    /// The shortest document: the templates.
    const ANY: Count = Saturating(500_000);
    /// A number beside its digits: signs around it, and in the tree numerator and denominator.
    const SIGNS: Count = Saturating(10);
    const FRACTION: Count = Saturating(128);
    let Widths { symbol, columns, number, result } = widths;
    // Between the cells of a row, or around the terms of a sum.
    let apart = Saturating(3);
    // In text every cell is as wide as the widest.
    let (zero, zero_among_numbers, blank) = match format {
        Format::Latex(_) | Format::Markdown => (Saturating(4), Saturating(4), Saturating(0)),
        Format::Text => (columns + Saturating(1), number + Saturating(1), columns + Saturating(1)),
    };
    let (narrow_zero, narrow_rule, rule, bar) = match format {
        Format::Latex(_) | Format::Markdown => (Saturating(4), Saturating(0), Saturating(0), Saturating(1)),
        // Characters of three bytes.
        Format::Text => {
            (Saturating(2), Saturating(6), (columns.max(number) + Saturating(1)) * Saturating(3), Saturating(4))
        }
    };
    let digits = volume[Numbers] * (number + SIGNS) + volume[Results] * (result + SIGNS);
    let text = volume[Symbols] * (symbol + apart)
        + digits
        + volume[Zeros] * zero
        + volume[ZerosAmongNumbers] * zero_among_numbers
        + volume[NarrowZeros] * narrow_zero
        + volume[NarrowRules] * narrow_rule
        + volume[Rules] * rule
        + volume[Bars] * bar
        + volume[Products] * apart
        + volume[Equations] * Saturating(12);
    let numbers = volume[Numbers] + volume[Results];
    let nodes = volume[Symbols]
        + numbers * Saturating(2)
        + volume[Zeros]
        + volume[ZerosAmongNumbers]
        + volume[NarrowZeros]
        + (volume[Products] + volume[Equations]) * Saturating(2);
    // What stands in compressed rows has no node of its own.
    let nodes = Saturating(nodes.0.saturating_sub(volume[Sparse].0));
    let tree = nodes * NODE + volume[Symbols] * INDICES + numbers * FRACTION + digits + volume[Sparse] * COMPRESSED;
    let (copies, steps) = match format {
        Format::Text => (Saturating(5), Saturating(16)),
        Format::Latex(Frame::Standalone) => (Saturating(6), Saturating(2)),
        Format::Latex(Frame::Fragment) | Format::Markdown => (Saturating(5), Saturating(2)),
    };
    // Buffers grow by steps, so there is some room in them.
    // Blanks at the end of a line do not last.
    let memory = (tree + text * copies + volume[Blanks] * blank * Saturating(3)) * Saturating(5) / Saturating(4) + ANY;
    Cost { work: (text * steps + nodes * Saturating(40)).0, memory: memory.0 }
}
