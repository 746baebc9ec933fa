//! Lines of JSON: a case in, its answer out.
//!
//! ```text
//! in   {"id": ..., "op": "conv" | "conv_transpose", "input": nested, "weight": nested, "bias": [...],
//!       "stride": ..., "padding": ..., "dilation": ..., "output_padding": ..., "groups": ..., "grad_output": nested}
//! out  {"id": ..., "shape": [...], "output": nested, "agree": true,
//!       "grad_input": nested, "grad_weight": nested, "grad_bias": [...]}
//! or   {"id": ..., "error": "..."}
//! ```
//!
//! Numbers are JSON numbers of any length, taken exactly, or strings such as `"1/3"`. The settings are whole numbers or
//! lists of one for each axis; paddings may be `[begin, end]` for each axis. What is left out (or null) has PyTorch's
//! default. The gradients are given where `grad_output` is.

mod fields;
mod nested;
mod write;

pub use fields::read;
pub use write::write;

use super::{Arithmetic, evaluate};
use crate::limits::Budget;

/// The `id` of a line, as it was written: any JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// The id of a line that has none.
    #[must_use]
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The JSON it was written as.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

/// Reads one line, evaluates it, and writes its answer, without a line break.
///
/// ```
/// use convt_matrix::{eval::{Arithmetic, json}, limits::Budget};
/// let answer = |line| json::answer(line, Arithmetic::Exact, &Budget::DEFAULT);
/// let line = r#"{"id": 1, "op": "conv_transpose", "input": [[1, "1/2"]], "weight": [[[1, 2]]]}"#;
/// assert_eq!(answer(line), r#"{"id":1,"shape":[1,3],"output":[[1,"5/2",1]],"agree":true}"#);
/// let line = r#"{"id": 2, "op": "conv"}"#;
/// assert_eq!(answer(line), r#"{"id":2,"error":"input: it is missing"}"#);
/// ```
#[must_use]
pub fn answer(line: &str, arithmetic: Arithmetic, budget: &Budget) -> String {
    let (id, case) = read(line, budget);
    write(&id, &case.and_then(|case| evaluate(&case, arithmetic, budget)))
}
