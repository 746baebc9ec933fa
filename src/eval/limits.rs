//! What is too much: cases are refused, with the numbers, before they take time or memory.
//!
//! The limits keep one case within a few seconds and about a gigabyte.

use super::{Case, EvalError};

/// Multiply-adds of the most wasteful road, over all samples.
pub(super) const MULTIPLY_ADDS: u128 = 1 << 27;
/// Entries of one tensor that is read, written or built on the way.
pub(super) const ENTRIES: u128 = 1 << 23;
/// Cells that are built on the way, over all samples.
const CELLS: u128 = 1 << 25;
/// Multiplications of 64-bit words, where numbers are longer than that.
pub(super) const WORD_PRODUCTS: u128 = 1 << 30;
/// What a multiply-add of long integers costs beside its word products: allocation and bookkeeping.
const OVERHEAD: u128 = 64;
/// Bytes of all tensors together, where numbers are longer than 64 bits.
const LONG_BYTES: u128 = 1 << 28;

/// Where the numbers are the trouble.
const WAY_OUT: &str = "use a smaller layer, shorter numbers, or floats";

/// Checks everything that does not depend on the numbers.
pub(super) fn check_effort(case: &Case) -> Result<(), EvalError> {
    let (samples, layer) = (case.samples(), case.layer());
    let size = |shape: Vec<usize>| shape.iter().fold(1_u128, |size, &extent| size.saturating_mul(extent as u128));
    let effort = case.effort();
    let per_sample = effort.cells / samples.count() as u128;
    let checks = [
        ("the input has", "entries", size(samples.shape(&layer.input_shape())), ENTRIES),
        ("the weight has", "entries", size(layer.weight_shape()), ENTRIES),
        ("the output has", "entries", size(samples.shape(&layer.output_shape())), ENTRIES),
        ("the largest tensor a road builds has", "entries", per_sample, ENTRIES),
        ("the largest tensors a road builds for the samples have", "entries", effort.cells, CELLS),
        ("the most wasteful road takes", "multiply-adds", effort.multiply_adds, MULTIPLY_ADDS),
    ];
    for (subject, unit, count, most) in checks {
        if count > most {
            let what = format!(
                "{subject} {count} {unit}, and at most {most} are evaluated; use a smaller layer or fewer samples"
            );
            return Err(EvalError::TooLarge(what));
        }
    }
    Ok(())
}

/// How long the numbers of a tensor are, where they are longer than 64 bits.
#[derive(Clone, Copy)]
pub(super) struct Length {
    pub(super) entries: u128,
    /// Words of the longest numerator over the common denominator.
    pub(super) words: u128,
    /// Words of the common denominator; 0 for the denominator 1.
    pub(super) denominator: u128,
}

impl Length {
    /// Of a tensor that is not there.
    pub(super) const NONE: Self = Self { entries: 0, words: 0, denominator: 0 };

    fn bytes(self) -> u128 {
        self.entries.saturating_mul(40 + 8 * (self.words + self.denominator))
    }

    /// Multiplications of words that put the tensor over its denominator, or a result into lowest terms.
    fn scaling(self) -> u128 {
        self.entries.saturating_mul(self.denominator * (32 * self.denominator + self.words))
    }

    /// The results that are sums of products of the two.
    fn results(entries: u128, one: Self, other: Self) -> Self {
        let denominator = one.denominator + other.denominator;
        Self { entries, words: one.words + other.words, denominator }
    }
}

/// The lengths of all tensors of a case.
pub(super) struct Lengths {
    pub(super) input: Length,
    pub(super) weight: Length,
    pub(super) bias: Length,
    pub(super) grad_output: Length,
}

impl Lengths {
    /// The tensors of the case and of its results.
    fn tensors(&self, case: &Case) -> [Length; 7] {
        let Self { input, weight, bias, grad_output } = *self;
        let outputs = case.samples().shape(&case.layer().output_shape()).iter().product::<usize>() as u128;
        // No upstream gradient, no gradients.
        let gradients = grad_output.entries.min(1);
        [
            input,
            weight,
            bias,
            grad_output,
            Length::results(outputs, Length::results(1, input, weight), bias),
            Length::results(gradients * input.entries, weight, grad_output),
            Length::results(gradients * weight.entries, input, grad_output),
        ]
    }
}

/// Checks the memory that integers beyond 64 bits, or fractions, take.
pub(super) fn check_memory(case: &Case, lengths: &Lengths) -> Result<(), EvalError> {
    let held = lengths.tensors(case).iter().fold(0_u128, |held, tensor| held.saturating_add(tensor.bytes()));
    if held > LONG_BYTES {
        return Err(EvalError::TooLarge(format!(
            "its long numbers and fractions take about {held} bytes, and at most {LONG_BYTES} are held; {WAY_OUT}"
        )));
    }
    Ok(())
}

/// Checks the time that calculating with integers beyond 64 bits takes.
pub(super) fn check_work(case: &Case, lengths: &Lengths) -> Result<(), EvalError> {
    let Lengths { input, weight, bias, grad_output } = *lengths;
    let pair = (input.words * weight.words).max(grad_output.words * weight.words.max(input.words));
    let multiply_adds = case.effort().multiply_adds;
    let work = lengths
        .tensors(case)
        .iter()
        .fold(multiply_adds.saturating_mul(OVERHEAD + pair), |work, tensor| work.saturating_add(tensor.scaling()));
    if work > WORD_PRODUCTS {
        let longest = input.words.max(weight.words).max(grad_output.words).max(bias.words);
        return Err(EvalError::TooLarge(format!(
            "its multiply-adds, {multiply_adds}, with numbers of up to {longest} 64-bit words take about {work} steps, and at most {WORD_PRODUCTS} are taken; {WAY_OUT}"
        )));
    }
    Ok(())
}
