//! Speed of writing the full symbolic W~ as LaTeX: the writer alone, with the template, and the whole way from the layer.

use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::doc::{Block, BlockLines, Document, Extent, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation};
use convt_matrix::instance::Instance;
use convt_matrix::proof::{Model, Proved};
use convt_matrix::render::{Format, Frame, Latex, Templates, TextShown, Writer as _, ZeroStyle, render};
use divan::Bencher;
use divan::counter::BytesCount;

/// Sides of the square input; 32 gives a matrix of 900 by 1024 in 3.7 MB of text, 64 one of 63 MB.
const SIDES: [usize; 3] = [16, 32, 64];

fn main() {
    divan::main();
}

/// A convolution with a 3x3 kernel, proved; the proof is not part of what is measured.
struct Case {
    proved: Proved,
}

impl Case {
    fn new(side: usize) -> Self {
        let axis = AxisSettings::new(side, 3);
        let layer = Layer::new(Operation::Convolution, vec![axis; 2], ChannelSettings::default()).expect("legal");
        Self { proved: Model::of(layer).expect("small").prove().expect("it holds") }
    }

    fn document(&self) -> Document {
        let instance = Instance::symbolic();
        let subject = Subject::new(&self.proved, Bias::Absent, &instance, Extent::Full, BlockLines::Drawn);
        DERIVATION
            .only(&["matrix"])
            .expect("it has one")
            .document(&subject, &(), &Templates::built_in())
            .expect("built-in templates")
    }

    /// The formula `W~ = [...]`.
    fn formula(&self) -> Block {
        let steps = self.document().sections.into_iter().flat_map(|section| section.steps);
        steps.flat_map(|step| step.blocks).next().expect("W~ is displayed")
    }
}

fn text(document: &Document) -> String {
    let format = Format::Latex(Frame::Fragment);
    render(document, format, ZeroStyle::Digit, TextShown::None, &Templates::built_in()).expect("built-in templates")
}

/// The floor: the finished text, copied once.
#[divan::bench(args = SIDES, sample_count = 30)]
fn a_floor_copy(bencher: Bencher<'_, '_>, side: usize) {
    let text = text(&Case::new(side).document());
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| text.clone());
}

/// The writer: from the formula to LaTeX.
#[divan::bench(args = SIDES, sample_count = 30)]
fn b_writer(bencher: Bencher<'_, '_>, side: usize) {
    let (formula, latex) = (Case::new(side).formula(), Latex::new(ZeroStyle::Digit, Frame::Fragment));
    bencher.counter(BytesCount::of_str(&latex.display(&formula).body)).bench_local(|| latex.display(&formula));
}

/// Writer and template: from the document to the finished text.
#[divan::bench(args = SIDES, sample_count = 30)]
fn c_render(bencher: Bencher<'_, '_>, side: usize) {
    let document = Case::new(side).document();
    bencher.counter(BytesCount::of_str(&text(&document))).bench_local(|| text(&document));
}

/// Taps, derivation, writer and template: from the layer to the finished text.
#[divan::bench(args = SIDES, sample_count = 30)]
fn d_derive_and_render(bencher: Bencher<'_, '_>, side: usize) {
    let case = Case::new(side);
    let length = text(&case.document()).len();
    bencher.counter(BytesCount::new(length)).bench_local(|| text(&case.document()));
}
