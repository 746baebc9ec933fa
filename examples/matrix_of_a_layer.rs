//! Builds W~ of a layer, transposes it, and multiplies it with exact fractions.

use convt_matrix::algebra::Rational;
use convt_matrix::matrix::{multiply, weight_matrix, with_weights};
use convt_matrix::{AxisSettings, Layer, Padding, Taps};
use num_bigint::BigInt;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    // ConvTranspose1d(1, 1, 3, stride=2, padding=1, output_padding=1) on three inputs.
    let axis = AxisSettings { stride: 2, padding: Padding::both(1), output_padding: 1, ..AxisSettings::new(3, 3) };
    let layer = Layer::transposed([axis])?;

    // W~ holds *which* weight stands where; numbers are put in afterwards.
    let pattern = weight_matrix(&Taps::of(layer.geometry())?);
    let fractions = |numerators: &[i64]| -> Vec<Rational> {
        numerators.iter().map(|&numerator| Rational::new(BigInt::from(numerator), BigInt::from(2))).collect()
    };
    let matrix = with_weights(&pattern, &fractions(&[2, 20, 200]));
    let output = multiply(matrix.transpose_view(), &fractions(&[2, 4, 6]));

    let written: Vec<String> = output.iter().map(ToString::to_string).collect();
    println!("{}", written.join(" "));
    assert_eq!(written, ["10", "102", "20", "203", "30", "300"]);
    Ok(())
}
