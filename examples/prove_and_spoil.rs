//! Proves that the three roads agree, then plants a well-known mistake and prints the counterexample.

use convt_matrix::proof::{Fault, symbolic_identity};
use convt_matrix::roads::rewritten::StrideOne;
use convt_matrix::{AxisSettings, Layer, Model};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layer = Layer::transposed([AxisSettings::new(2, 3)])?;
    let proved = Model::of(layer.clone())?.prove()?;
    println!("agreed in {} outputs: {:?}", proved.outputs(), proved.grades());

    let spoilt = StrideOne::ZeroInsertion(Fault::NoFlip.planted(&layer));
    let counterexample = symbolic_identity(&layer, proved.taps(), &spoilt).expect_err("the kernel was not flipped");
    println!("without the flip, {counterexample}");
    Ok(())
}
