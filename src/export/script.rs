//! Python scripts that check a layer's numbers in another program.

use crate::algebra::Rational;
use crate::data::{ExactNumber, to_f64};
use crate::exact::{ExactError, Outcome, Plan, Problem, Samples, Values};
use crate::framework::Call;
use crate::geometry::{AxisSettings, Layer, Operation};
use crate::limits::Budget;
use crate::render::{TemplateError, Templates};
use crate::roads::gradient::Gradients;
use crate::taps::Taps;
use crate::tensor::Tensor;
use crate::wording::tuple;
use num_traits::{One, ToPrimitive as _, Zero as _};
use serde_json::json;

/// Which program checks the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScriptKind {
    /// PyTorch: the layer, its output and its gradients.
    Torch,
    /// SciPy: W~ rebuilt as a sparse matrix, and its product.
    Scipy,
}

/// The numbers of one instance, all known.
#[derive(Clone, Debug)]
pub struct Numbers {
    x: Tensor<Rational>,
    w: Tensor<Rational>,
    b: Option<Tensor<Rational>>,
    g: Tensor<Rational>,
    y: Tensor<Rational>,
    gradients: Gradients<Rational>,
    /// The largest number that can arise on the way, in whatever order is summed.
    largest: Rational,
}

impl Numbers {
    /// The numbers, the output and the gradients they lead to by every road.
    ///
    /// # Errors
    /// When it would cost more than the budget has, before it is spent; or the first entry on which the roads differ.
    ///
    /// # Panics
    /// When there is no gradient of the output, or the taps or a shape are not the layer's.
    pub fn of(taps: &Taps, problem: Problem<'_>, budget: &Budget) -> Result<Self, ExactError> {
        assert_eq!(problem.samples, Samples::Single, "a script checks one sample");
        let g = problem.output_gradient.expect("a script checks gradients");
        let plan = Plan::of(problem, budget)?;
        // The same again over absolute values.
        budget.check("calculating with these numbers", plan.cost().beside(plan.cost()).beside(plan.written()))?;
        let (y, gradients) = rationals(plan.run(taps)?);
        let absolute = |tensor: &Tensor<ExactNumber>| tensor.map(ExactNumber::abs);
        let (input, weight) = (absolute(problem.input), absolute(problem.weight));
        let (bias, output_gradient) = (problem.bias.map(absolute), absolute(g));
        let of_sizes = Problem {
            input: &input,
            weight: &weight,
            bias: bias.as_ref(),
            output_gradient: Some(&output_gradient),
            ..problem
        };
        let (sizes, of_gradients) = rationals(Plan::of(of_sizes, budget)?.run(taps)?);
        let sums = [&sizes, &of_gradients.input, &of_gradients.weight, &of_gradients.bias];
        let largest = sums.into_iter().flat_map(Tensor::entries).max().cloned().unwrap_or_else(Rational::zero);
        let given = |tensor: &Tensor<ExactNumber>| tensor.map(ExactNumber::to_rational);
        let (x, w) = (given(problem.input), given(problem.weight));
        Ok(Self { x, w, b: problem.bias.map(given), g: given(g), y, gradients, largest })
    }

    /// Whether every number has a nearest double.
    #[must_use]
    pub fn are_doubles(&self) -> bool {
        let Self { x, w, b, g, y, gradients, .. } = self;
        let tensors = [x, w, g, y, &gradients.input, &gradients.weight, &gradients.bias].into_iter().chain(b);
        tensors.flat_map(Tensor::entries).all(|value| to_f64(value).is_finite())
    }
}

fn rationals(outcome: Outcome) -> (Tensor<Rational>, Gradients<Rational>) {
    let exact = |values: Values| values.into_rationals().expect("what is calculated exactly is no float");
    let gradients = outcome.gradients.expect("the gradient of the output asks for them");
    let [input, weight, bias] = [gradients.input, gradients.weight, gradients.bias].map(exact);
    (exact(outcome.output), Gradients { input, weight, bias })
}

/// Writes a script that recomputes the numbers and asserts that they agree.
///
/// # Errors
/// When a replaced template does not work.
pub fn script(
    kind: ScriptKind,
    layer: &Layer,
    taps: &Taps,
    numbers: &Numbers,
    templates: &Templates,
) -> Result<String, TemplateError> {
    let axes = layer.geometry().axes();
    let settings = layer.settings();
    let channels = layer.geometry().channels();
    let transposed = layer.operation() == Operation::Transposed;
    let asymmetric = settings.iter().any(|axis| axis.padding.begin != axis.padding.end);
    let largest = &numbers.largest;
    let all = [&numbers.x, &numbers.w, &numbers.g].into_iter().chain(&numbers.b);
    let integers = all.flat_map(Tensor::entries).all(|value| value.denom().is_one());
    let functional = if transposed { "conv_transpose" } else { "conv" };
    // torch.nn.functional.pad counts axes from the last. A transposed layer is cut instead of padded.
    let frame = axes.iter().zip(settings).rev().flat_map(|(axis, settings)| {
        let (begin, end) = (settings.padding.begin as i64, settings.padding.end as i64);
        if transposed { [-axis.crop_begin(), -axis.crop_end()] } else { [begin, end] }
    });
    let constructor = constructor(layer, asymmetric, numbers.b.is_some());
    let page = json!({
        "module": constructor.module().to_owned(),
        "functional": format!("{functional}{}d", layer.dimensions()),
        "dimensions": layer.dimensions(),
        "transposed": transposed,
        "constructor": constructor.arguments(),
        "x": nested(&numbers.x),
        "w": nested(&numbers.w),
        "b": numbers.b.as_ref().map(nested).unwrap_or_default(),
        "g": nested(&numbers.g),
        "y": nested(&numbers.y),
        "grad_x": nested(&numbers.gradients.input),
        "grad_w": nested(&numbers.gradients.weight),
        "grad_b": nested(&numbers.gradients.bias),
        "has_bias": numbers.b.is_some(),
        // Whether every number and every sum on the way is a 53-bit integer, so that doubles are exact.
        "exact": integers && *largest <= Rational::from_integer((1_i64 << 53).into()),
        // How far rounded results may lie apart: a tiny part of the largest sum of absolute values.
        "tolerance": format!("{:e}", largest.to_f64().unwrap_or(f64::MAX) * 1e-12),
        // Padding of the layer's own kind, or all zeros and frames below.
        "asymmetric": asymmetric,
        // For each axis from the last: what is put before and after (negative: cut), as `torch.nn.functional.pad` takes it.
        "frame": frame.collect::<Vec<i64>>(),
        "stride": settings.iter().map(|axis| axis.stride).collect::<Vec<usize>>(),
        "dilation": settings.iter().map(|axis| axis.dilation).collect::<Vec<usize>>(),
        "padding": settings.iter().map(|axis| axis.padding.begin).collect::<Vec<usize>>(),
        "crop": axes.iter().map(|axis| axis.crop_begin()).collect::<Vec<i64>>(),
        "small": axes.iter().map(|axis| axis.small()).collect::<Vec<usize>>(),
        "big": axes.iter().map(|axis| axis.big()).collect::<Vec<usize>>(),
        "kernel": axes.iter().map(|axis| axis.kernel()).collect::<Vec<usize>>(),
        "small_channels": channels.small(),
        "big_channels": channels.big(),
        "groups": channels.groups(),
        "taps": taps.count(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let template = match kind {
        ScriptKind::Torch => "pytorch.py",
        ScriptKind::Scipy => "scipy.py",
    };
    templates.render(template, &page)
}

/// The module's constructor, every argument spelled out.
fn constructor(layer: &Layer, asymmetric: bool, has_bias: bool) -> Call {
    let tuple = |value: fn(&AxisSettings) -> usize| tuple(&layer.settings().iter().map(value).collect::<Vec<_>>());
    let call = Call::of(layer.operation(), layer.dimensions())
        .with(layer.input_shape()[0])
        .with(layer.output_shape()[0])
        .with(tuple(|axis| axis.kernel))
        .keyword("stride", tuple(|axis| axis.stride))
        .keyword("dilation", tuple(|axis| axis.dilation))
        .keyword("groups", layer.geometry().channels().groups())
        .keyword("bias", if has_bias { "True" } else { "False" })
        .keyword("dtype", "torch.float64");
    match (asymmetric, layer.operation()) {
        (true, _) => call,
        (false, Operation::Convolution) => call.keyword("padding", tuple(|axis| axis.padding.begin)),
        (false, Operation::Transposed) => call
            .keyword("padding", tuple(|axis| axis.padding.begin))
            .keyword("output_padding", tuple(|axis| axis.output_padding)),
    }
}

/// Nested lists; a fraction as a quotient.
fn nested(tensor: &Tensor<Rational>) -> String {
    let mut out = String::new();
    tensor.write_nested(&mut out, ", ", |out, value| out.push_str(&number(value)));
    out
}

fn number(value: &Rational) -> String {
    if value.denom().is_one() { value.to_string() } else { format!("{} / {}", value.numer(), value.denom()) }
}
