//! W~ or W~^T in the formats of matrix libraries.

use super::npy::{Element, array};
use super::spy;
use crate::algebra::Rational;
use crate::geometry::Layer;
use crate::limits::Cost;
use crate::proof::{Model, Proved};
use crate::taps::{Link, Taps};
use crate::tensor::{Tensor, unravel};
use crate::wording::excerpt;
use num_traits::{One, ToPrimitive, Zero};
use std::collections::TryReserveError;

/// A format for W~.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatrixFormat {
    /// Matrix Market coordinate format; a pattern where no weights are given.
    MatrixMarket,
    /// Comma-separated, written out; symbols where no weights are given.
    Csv,
    /// What `scipy.sparse.load_npz` reads.
    #[cfg(feature = "files")]
    Npz,
    /// A dense NumPy array.
    Npy,
    /// Every entry with its row, column, weight index and kernel cell.
    Json,
    /// A picture of the pattern in text.
    Spy,
}

impl MatrixFormat {
    /// Whether it holds numbers and nothing else.
    #[must_use]
    pub fn needs_weights(self) -> bool {
        match self {
            #[cfg(feature = "files")]
            Self::Npz => true,
            Self::Npy => true,
            Self::MatrixMarket | Self::Csv | Self::Json | Self::Spy => false,
        }
    }

    /// The name it is asked for by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MatrixMarket => "mtx",
            Self::Csv => "csv",
            #[cfg(feature = "files")]
            Self::Npz => "npz",
            Self::Npy => "npy",
            Self::Json => "json",
            Self::Spy => "spy",
        }
    }
}

/// A matrix to be exported: the taps with rows as rows, and the weights if they are known.
#[derive(Debug)]
pub struct MatrixExport<'a> {
    layer: &'a Layer,
    /// Rows as rows.
    pub(super) taps: Taps,
    weights: Option<&'a Tensor<Rational>>,
}

/// Which matrix of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// W~.
    AsItIs,
    /// W~^T.
    Transposed,
}

/// Why a matrix cannot be written in a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The format holds numbers, and none were given.
    #[error("{} holds numbers, and no weights are given", .0.name())]
    NeedsWeights(MatrixFormat),
    /// The written-out matrix has too many entries.
    #[error("written out the matrix has {entries} entries, more than the {limit} that are written")]
    TooLarge {
        /// Rows times columns.
        entries: u128,
        /// The most that is written.
        limit: u128,
    },
    /// A weight has no nearest double.
    #[error("the weight {0} is beyond the range of a double")]
    OutOfRange(String),
    /// The system does not give the memory.
    #[error("the matrix does not fit into memory: {0}")]
    OutOfMemory(#[source] TryReserveError),
}

/// The most entries of a written-out matrix.
const DENSE_LIMIT: u128 = 1 << 25;

impl<'a> MatrixExport<'a> {
    /// A matrix of the layer.
    ///
    /// # Panics
    /// When the weights do not have the layer's shape.
    #[must_use]
    pub fn new(proved: &'a Proved, orientation: Orientation, weights: Option<&'a Tensor<Rational>>) -> Self {
        let layer = proved.layer();
        assert!(weights.is_none_or(|weights| weights.shape() == layer.weight_shape()), "weights in the layer's shape");
        let taps = match orientation {
            Orientation::AsItIs => proved.taps().clone(),
            Orientation::Transposed => proved.taps().transposed(),
        };
        Self { layer, taps, weights }
    }

    /// The matrix as a file of the given format.
    ///
    /// # Errors
    /// When the format needs weights that are not given, a weight is no double, or the matrix is too large.
    pub fn write(&self, format: MatrixFormat) -> Result<Vec<u8>, ExportError> {
        match format {
            MatrixFormat::MatrixMarket => self.matrix_market().map(String::into_bytes),
            MatrixFormat::Csv => self.csv().map(String::into_bytes),
            #[cfg(feature = "files")]
            MatrixFormat::Npz => self.npz(),
            MatrixFormat::Npy => self.npy(),
            MatrixFormat::Json => Ok(self.json().into_bytes()),
            MatrixFormat::Spy => Ok(spy::picture(&self.taps).into_bytes()),
        }
    }

    /// What it takes to write the file of a layer's matrix, either way round, in memory; the limit of written-out matrices
    /// comes before it.
    #[must_use]
    pub fn cost(model: &Model, weights: Option<&Tensor<Rational>>, format: MatrixFormat) -> Cost {
        let digits = |count: usize| u128::from(count.max(1).ilog10()) + 1;
        let (layer, taps) = (model.layer(), model.taps());
        let index = digits(taps.rows()) + digits(taps.columns());
        let (rows, columns, taps) = (taps.rows() as u128, taps.columns() as u128, taps.count() as u128);
        let value = weights.map_or(0, |weights| {
            let bits = weights.entries().iter().map(|value| value.numer().bits() + value.denom().bits()).max();
            u128::from(bits.unwrap_or(0)) * 31 / 100 + 4
        });
        let symbol = 2 + layer.weight_shape().iter().map(|&extent| digits(extent) + 1).sum::<u128>();
        let places = rows.saturating_mul(columns);
        // Text grows by doubling; arrays stand beside the file that they are copied to.
        let memory = match format {
            MatrixFormat::MatrixMarket => taps * 2 * (index + value.min(24) + 3) + 2 * (rows + columns),
            MatrixFormat::Csv => (places * 2 + taps * (symbol.max(value) + 1)) * 2,
            #[cfg(feature = "files")]
            MatrixFormat::Npz => taps * (12 + 8 + 20) + (rows + columns) * 16,
            MatrixFormat::Npy => places.saturating_mul(16),
            MatrixFormat::Json => taps * 2 * (index + value + 2 * symbol + 60),
            MatrixFormat::Spy => 1 << 20,
        };
        Cost { work: memory.saturating_add(taps.saturating_mul(100)), memory }
    }

    fn value(&self, link: Link) -> Option<&Rational> {
        self.weights.map(|weights| &weights.entries()[link.weight as usize])
    }

    pub(super) fn needed(&self, format: MatrixFormat) -> Result<&'a Tensor<Rational>, ExportError> {
        self.weights.ok_or(ExportError::NeedsWeights(format))
    }

    fn matrix_market(&self) -> Result<String, ExportError> {
        let field = match self.weights {
            None => "pattern",
            Some(weights) if are_integers(weights) => "integer",
            Some(_) => "real",
        };
        let (rows, columns, count) = (self.taps.rows(), self.taps.columns(), self.taps.count());
        let mut out = format!("%%MatrixMarket matrix coordinate {field} general\n{rows} {columns} {count}\n");
        for row in 0..rows {
            for link in self.taps.row(row) {
                out.push_str(&format!("{} {}", row + 1, link.column + 1));
                match self.value(link) {
                    Some(value) if field == "integer" => out.push_str(&format!(" {value}")),
                    Some(value) => out.push_str(&format!(" {:?}", double(value)?)),
                    None => {}
                }
                out.push('\n');
            }
        }
        Ok(out)
    }

    fn csv(&self) -> Result<String, ExportError> {
        self.check_dense()?;
        let labels: Vec<String> = match self.weights {
            Some(weights) => weights.entries().iter().map(Rational::to_string).collect(),
            None => (0..self.taps.weights()).map(|flat| self.symbol(flat)).collect(),
        };
        let mut out = String::new();
        for row in 0..self.taps.rows() {
            let mut next = 0;
            for link in self.taps.row(row) {
                out.push_str(&"0,".repeat(link.column as usize - next));
                out.push_str(&labels[link.weight as usize]);
                out.push(',');
                next = link.column as usize + 1;
            }
            out.push_str(&"0,".repeat(self.taps.columns() - next));
            out.pop();
            out.push('\n');
        }
        Ok(out)
    }

    /// `w_1_2`, with the channel indices first where there are several channels.
    fn symbol(&self, flat: usize) -> String {
        let index = unravel(&self.layer.weight_shape(), flat);
        let channels = self.layer.geometry().channels();
        let first = if channels.small() == 1 && channels.big() == 1 { 2 } else { 0 };
        index[first..].iter().fold("w".to_owned(), |name, i| format!("{name}_{i}"))
    }

    fn npy(&self) -> Result<Vec<u8>, ExportError> {
        let weights = Numbers::of(self.needed(MatrixFormat::Npy)?)?;
        self.check_dense()?;
        let (rows, columns) = (self.taps.rows(), self.taps.columns());
        // Zero has the same eight bytes as an integer and as a double.
        let mut bytes = vec![0_u8; rows * columns * 8];
        for row in 0..rows {
            for link in self.taps.row(row) {
                let at = (row * columns + link.column as usize) * 8;
                bytes[at..at + 8].copy_from_slice(&weights.bytes[link.weight as usize]);
            }
        }
        Ok(array(weights.element, &[rows, columns], bytes))
    }

    fn json(&self) -> String {
        let weight_shape = self.layer.weight_shape();
        let list = |index: &[usize]| index.iter().map(usize::to_string).collect::<Vec<_>>().join(",");
        let (rows, columns) = (self.taps.rows(), self.taps.columns());
        let mut out =
            format!("{{\"rows\":{rows},\"columns\":{columns},\"weight_shape\":[{}],\"entries\":[", list(&weight_shape));
        let mut first = true;
        for row in 0..rows {
            for link in self.taps.row(row) {
                let index = unravel(&weight_shape, link.weight as usize);
                out.push_str(if first { "\n" } else { ",\n" });
                first = false;
                out.push_str(&format!(
                    "{{\"row\":{row},\"column\":{},\"weight\":[{}],\"kernel_cell\":[{}]",
                    link.column,
                    list(&index),
                    list(&index[2..])
                ));
                match self.value(link) {
                    Some(value) if value.denom().is_one() => out.push_str(&format!(",\"value\":{value}")),
                    Some(value) => out.push_str(&format!(",\"value\":\"{value}\"")),
                    None => {}
                }
                out.push('}');
            }
        }
        out.push_str("\n]}\n");
        out
    }

    fn check_dense(&self) -> Result<(), ExportError> {
        let entries = self.taps.rows() as u128 * self.taps.columns() as u128;
        if entries > DENSE_LIMIT { Err(ExportError::TooLarge { entries, limit: DENSE_LIMIT }) } else { Ok(()) }
    }
}

/// Weights as NumPy stores them: 64-bit integers if all of them fit, else doubles.
pub(super) struct Numbers {
    pub(super) element: Element,
    pub(super) bytes: Vec<[u8; 8]>,
}

impl Numbers {
    pub(super) fn of(weights: &Tensor<Rational>) -> Result<Self, ExportError> {
        let integer = |value: &Rational| if value.denom().is_one() { value.numer().to_i64() } else { None };
        let integers: Option<Vec<[u8; 8]>> =
            weights.entries().iter().map(|value| integer(value).map(i64::to_le_bytes)).collect();
        match integers {
            Some(bytes) => Ok(Self { element: Element::Int64, bytes }),
            None => {
                let bytes = weights.entries().iter().map(|value| double(value).map(f64::to_le_bytes));
                Ok(Self { element: Element::Float64, bytes: bytes.collect::<Result<_, _>>()? })
            }
        }
    }
}

fn are_integers(weights: &Tensor<Rational>) -> bool {
    weights.entries().iter().all(|value| value.denom().is_one())
}

fn double(value: &Rational) -> Result<f64, ExportError> {
    match value.to_f64() {
        Some(double) if double.is_finite() && (double != 0.0 || value.is_zero()) => Ok(double),
        _ => Err(ExportError::OutOfRange(excerpt(&value.to_string()))),
    }
}
