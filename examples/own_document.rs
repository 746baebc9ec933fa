//! Derives a layer and writes two of the sections as Markdown.

use convt_matrix::{AxisSettings, Format, Layer, Model};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layer = Layer::convolution([AxisSettings::new(4, 2)])?;
    let proved = Model::of(layer)?.prove()?;
    let markdown = proved.derivation(&["matrix", "entries"])?.written(Format::Markdown)?;
    assert!(markdown.contains("y_{0} &= w_{0} x_{0} + w_{1} x_{1}"));
    print!("{markdown}");
    Ok(())
}
