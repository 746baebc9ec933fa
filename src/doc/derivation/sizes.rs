//! The output size, computed step by step.

use crate::doc::math::row;
use crate::doc::subject::{Subject, axis_names};
use crate::doc::{Math, Prose, Relation, Step, prose};
use crate::geometry::{AxisSettings, Padding};
use Relation::{Equals, Minus, Plus, Times};

/// How the output size is computed.
#[must_use]
pub fn steps(subject: &Subject<'_>) -> Vec<Step> {
    if subject.transposed() { transposed(subject) } else { convolution(subject) }
}

/// The axes that have to be shown: one if all are alike.
pub(in crate::doc) fn distinct_axes<'a>(subject: &'a Subject<'_>) -> Vec<(&'static str, usize, &'a AxisSettings)> {
    let axes = subject.layer.settings();
    if axes.iter().all(|axis| *axis == axes[0]) {
        let name = if axes.len() == 1 { "length" } else { "every axis" };
        return vec![(name, 0, &axes[0])];
    }
    axis_names(axes.len()).iter().zip(axes).enumerate().map(|(index, (name, axis))| (*name, index, axis)).collect()
}

fn minus_one(of: impl Into<Math>) -> Math {
    Math::Parenthesised(Box::new(row![of.into(), Minus, 1_usize]))
}

/// `2p`, or `p_begin - p_end` with the sign between them.
fn padding_symbols(symmetric: bool, sign: Relation) -> Math {
    if symmetric { row![2_usize, 'p'] } else { row![Math::Labelled('p', "begin"), sign, Math::Labelled('p', "end")] }
}

/// `p`, or `p_begin, p_end`.
fn padding_names(symmetric: bool) -> Math {
    if symmetric {
        'p'.into()
    } else {
        row![Math::Labelled('p', "begin"), Math::Words(" and ".into()), Math::Labelled('p', "end")]
    }
}

/// Names the parameters of an axis and the length of the output.
fn naming(subject: &Subject<'_>) -> Prose {
    let (input, output) = if subject.transposed() { ('m', 'n') } else { ('n', 'm') };
    prose![
        "On an axis with ",
        Math::from(input),
        " inputs, kernel size $k$, stride $s$, padding ",
        padding_names(subject.is_symmetric()),
        if subject.transposed() { ", dilation $d$ and output padding $o$" } else { " and dilation $d$" },
        ", the output has length ",
        Math::from(output),
        ":"
    ]
}

fn padding_numbers(symmetric: bool, sign: Relation, padding: Padding) -> Math {
    if symmetric { row![2_usize, Times, padding.begin] } else { row![padding.begin, sign, padding.end] }
}

fn transposed(subject: &Subject<'_>) -> Vec<Step> {
    let layer = subject.layer;
    let symmetric = subject.is_symmetric();
    let formula = row![
        minus_one('m'),
        's',
        Minus,
        padding_symbols(symmetric, Minus),
        Plus,
        'd',
        minus_one('k'),
        Plus,
        'o',
        Plus,
        1_usize
    ];
    let mut lines = vec![(row!['n'], row![Equals, formula])];
    for (name, index, axis) in distinct_axes(subject) {
        let AxisSettings { input, kernel, stride, padding, dilation, output_padding } = *axis;
        let numbers = row![
            minus_one(input),
            Times,
            stride,
            Minus,
            padding_numbers(symmetric, Minus, padding),
            Plus,
            dilation,
            Times,
            minus_one(kernel),
            Plus,
            output_padding,
            Plus,
            1_usize
        ];
        let size = layer.geometry().axes()[index].big();
        lines.push((name.into(), row![Equals, numbers, Equals, size]));
    }
    let mut steps = vec![Step::shown(naming(subject), Math::Aligned(lines)).because(prose![
        "The copies of the kernel start ",
        Math::from('s'),
        " cells apart, the last one at ",
        row![minus_one('m'), 's'],
        ", and each reaches ",
        row!['d', minus_one('k')],
        " cells further. Of all this, ",
        subject.lead(),
        " cells are cut off at the start and ",
        row![if symmetric { 'p'.into() } else { Math::Labelled('p', "end") }, Minus, 'o'],
        " at the end; where that is negative, cells are added instead, which no copy reaches."
    ])];
    for (name, index, axis) in distinct_axes(subject) {
        steps.push(Step::text(way_back(subject, name, index, axis)));
    }
    steps
}

/// Which lengths the convolution of the same parameters maps to `m`, and whether `n` is one of them.
fn way_back(subject: &Subject<'_>, name: &str, index: usize, axis: &AxisSettings) -> Prose {
    let canonical = &subject.layer.geometry().axes()[index];
    let (m, n, stride) = (canonical.small(), canonical.big(), axis.stride);
    let along = match name {
        "length" => String::new(),
        "every axis" => " on every axis".to_owned(),
        _ => format!(" along the {name}"),
    };
    if axis.output_padding >= axis.stride {
        let room = n + axis.padding.begin + axis.padding.end - canonical.effective_kernel();
        return prose![
            "*Caution.*",
            format!(
                " The output padding {}{along} is not smaller than the stride {stride}. The convolution with these \
                 parameters that reads {n} cells writes {}, not {m}: the layer is not its adjoint, but that of its \
                 first {m} outputs.",
                axis.output_padding,
                room / stride + 1
            )
        ];
    }
    // The s lengths with this one in their midst, without those below 1.
    let shortest = n.saturating_sub(axis.output_padding).max(1);
    let longest = n + (stride - 1 - axis.output_padding);
    if shortest == longest {
        return prose![format!(
            "The convolution with the same parameters maps length {longest}, and no other length, back to {m}{along}."
        )];
    }
    prose![
        format!(
            "The convolution with the same parameters maps every length from {shortest} to {longest} onto {m}{along}; the output padding "
        ),
        row!['o', Equals, axis.output_padding],
        format!(" says that {n} is meant.")
    ]
}

fn convolution(subject: &Subject<'_>) -> Vec<Step> {
    let symmetric = subject.is_symmetric();
    let formula = row![
        Math::FloorQuotient(
            Box::new(row!['n', Plus, padding_symbols(symmetric, Plus), Minus, 'd', minus_one('k'), Minus, 1_usize]),
            Box::new('s'.into())
        ),
        Plus,
        1_usize
    ];
    let mut lines = vec![(row!['m'], row![Equals, formula])];
    let mut steps = Vec::new();
    for (name, index, axis) in distinct_axes(subject) {
        let room = row![
            axis.input,
            Plus,
            padding_numbers(symmetric, Plus, axis.padding),
            Minus,
            axis.dilation,
            Times,
            minus_one(axis.kernel),
            Minus,
            1_usize
        ];
        let canonical = &subject.layer.geometry().axes()[index];
        let quotient = Math::FloorQuotient(Box::new(room), Box::new(axis.stride.into()));
        lines.push((name.into(), row![Equals, quotient, Plus, 1_usize, Equals, canonical.small()]));
        let last_reached = (canonical.small() - 1) * axis.stride + canonical.effective_kernel();
        let unread = axis.input + axis.padding.begin + axis.padding.end - last_reached;
        if unread > 0 {
            let place = if name == "length" { String::new() } else { format!(" ({name})") };
            steps.push(Step::text(prose![format!(
                "The division leaves a remainder{place}: the kernel never reaches the last {} of the padded input.",
                if unread == 1 { "cell".to_owned() } else { format!("{unread} cells") }
            )]));
        }
    }
    let claim = naming(subject);
    steps.insert(
        0,
        Step::shown(claim, Math::Aligned(lines)).because(prose![
            "The dilated kernel covers ",
            row!['d', minus_one('k'), Plus, 1_usize],
            " cells, and it is placed at every ",
            Math::from('s'),
            "-th cell from which it still fits into the padded input."
        ]),
    );
    steps
}
