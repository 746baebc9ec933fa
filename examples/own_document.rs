//! Derives a layer and writes two of the sections as Markdown.

use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::doc::{BlockLines, Extent, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation};
use convt_matrix::instance::Instance;
use convt_matrix::proof::Model;
use convt_matrix::render::{Format, Templates, TextShown, ZeroStyle, render};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layer = Layer::new(Operation::Convolution, vec![AxisSettings::new(4, 2)], ChannelSettings::default())?;
    let proved = Model::of(layer)?.prove()?;
    let instance = Instance::symbolic();
    let subject = Subject::new(&proved, Bias::Absent, &instance, Extent::Readable, BlockLines::Drawn);
    let document = DERIVATION.only(&["matrix", "entries"])?.document(&subject, &());
    let markdown = render(&document, Format::Markdown, ZeroStyle::Digit, TextShown::Sections, &Templates::built_in())?;
    assert!(markdown.contains("y_{0} &= w_{0} x_{0} + w_{1} x_{1}"));
    print!("{markdown}");
    Ok(())
}
