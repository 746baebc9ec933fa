//! Proves that the three roads agree, then plants a well-known mistake and prints the counterexample.

use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation};
use convt_matrix::proof::{Fault, prove, symbolic_identity};
use convt_matrix::roads::rewritten::StrideOne;
use convt_matrix::taps::Taps;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let layer = Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3)], ChannelSettings::default())?;
    let taps = Taps::of(layer.geometry())?;

    let proof = prove(&layer, &taps)?;
    println!("agreed in {} outputs: {:?}", proof.outputs, proof.grades);

    let spoilt = StrideOne::ZeroInsertion(Fault::NoFlip.planted(&layer));
    let counterexample = symbolic_identity(&layer, &taps, &spoilt).expect_err("the kernel was not flipped");
    println!("without the flip, {counterexample}");
    Ok(())
}
