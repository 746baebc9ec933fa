//! From the typed layer to a checked one.

use super::args::LayerArgs;
use super::error::CliError;
use super::infer::Sizes;
use super::literals::Literals;
use super::values::{PaddingWidth, PerAxis, Size};
use convt_matrix::framework::LayerCall;
use convt_matrix::geometry::{Bias, ChannelSettings, Layer, Operation, Window};
use convt_matrix::limits::Budget;
use convt_matrix::proof::Model;
use convt_matrix::solve;
use convt_matrix::taps::Taps;
use convt_matrix::wording::{counted, tuple};

/// A layer as it was typed, checked.
#[derive(Debug)]
pub(super) struct ParsedLayer {
    pub(super) layer: Layer,
    pub(super) bias: Bias,
}

/// The layer that the flags describe; sizes that they leave out are taken from the numbers.
pub(super) fn parse(args: &LayerArgs, data: &Literals) -> Result<ParsedLayer, CliError> {
    match &args.layer {
        Some(call) => {
            let sizes = |sizes: &Option<PerAxis<Size>>| sizes.as_ref().map(|sizes| plain(&sizes.0));
            of_call(LayerCall::parse(call)?, sizes(&args.input), sizes(&args.output_size), data)
        }
        None => of_flags(args, data),
    }
}

/// A pasted layer over an input of the given sizes, without numbers.
pub(super) fn pasted(call: &str, input: Option<Vec<usize>>) -> Result<ParsedLayer, CliError> {
    of_call(LayerCall::parse(call)?, input, None, &Literals::default())
}

fn of_call(
    call: LayerCall,
    input: Option<Vec<usize>>,
    output_size: Option<Vec<usize>>,
    data: &Literals,
) -> Result<ParsedLayer, CliError> {
    let dimensions = call.windows.len();
    let inputs = match input {
        None => Sizes::of_input(data).last(dimensions)?,
        Some(sizes) if sizes.len() == dimensions => sizes,
        Some(sizes) => {
            let (given, wanted) =
                (counted(sizes.len(), "size", "sizes"), counted(dimensions, "dimension", "dimensions"));
            let example = ["5", "4x4", "2x2x2"][dimensions - 1];
            return Err(CliError::usage(
                format!("--in has {given}, but {} has {wanted}", call.name),
                format!("give a size for each, such as --in {example}"),
            ));
        }
    };
    // As in PyTorch, a size that is asked for outweighs the layer's output padding.
    let windows = match (call.output_size, output_size) {
        (Some(_), Some(_)) => {
            return Err(CliError::usage(
                "--output-size: the pasted layer has an output_size, too",
                "leave one of them out",
            ));
        }
        (None, Some(_)) if call.operation == Operation::Convolution => {
            return Err(CliError::usage(
                format!("--output-size: {} makes one size only", call.name),
                "leave it out; only a transposed convolution can choose among sizes",
            ));
        }
        (Some(sizes), None) => solve::with_output_size(&call.windows, &inputs, &sizes)
            .map_err(|error| CliError::output_size("--layer: output_size", &error))?,
        (None, Some(sizes)) => of_output_size(&call.windows, &inputs, sizes)?,
        (None, None) => call.windows,
    };
    if call.bias == Bias::Absent && data.bias.is_some() {
        return Err(CliError::usage("--bias: the pasted layer says bias=False", "leave one of them out"));
    }
    let settings = windows.into_iter().zip(inputs).map(|(window, input)| window.over(input)).collect();
    let layer = Layer::new(call.operation, settings, call.channels).map_err(CliError::of_call)?;
    Ok(ParsedLayer { layer, bias: call.bias })
}

fn of_flags(args: &LayerArgs, data: &Literals) -> Result<ParsedLayer, CliError> {
    let dimensions = dimensions(args, data)?;
    if dimensions.count > 3 {
        return Err(CliError::usage(
            format!("{} has {} sizes, a layer has 1, 2 or 3 dimensions", dimensions.told_by, dimensions.count),
            "give one, two or three sizes, such as 5, 4x4 or 2x2x2",
        ));
    }
    let sizes = |flag: &str, values: &PerAxis<Size>| spread(flag, values, dimensions).map(|sizes| plain(&sizes));
    let inputs = match &args.input {
        Some(input) => sizes("--in", input)?,
        None => Sizes::of_input(data).last(dimensions.count)?,
    };
    let kernels = match &args.kernel_size {
        Some(kernel) => sizes("--kernel-size", kernel)?,
        None => Sizes::of_kernel(data).last(dimensions.count)?,
    };
    let (strides, dilations) = (sizes("--stride", &args.stride)?, sizes("--dilation", &args.dilation)?);
    let output_paddings = sizes("--output-padding", &args.output_padding)?;
    let paddings: Vec<PaddingWidth> = spread("--padding", &args.padding, dimensions)?;
    let mut windows: Vec<Window> = (0..dimensions.count)
        .map(|axis| Window {
            kernel: kernels[axis],
            stride: strides[axis],
            padding: paddings[axis].0,
            dilation: dilations[axis],
            output_padding: output_paddings[axis],
        })
        .collect();
    if let Some(sizes) = &args.output_size {
        windows = of_output_size(&windows, &inputs, plain(&sizes.0))?;
    }
    let settings = windows.into_iter().zip(inputs).map(|(window, input)| window.over(input)).collect();
    let layer = Layer::new(operation(args), settings, channels(args))?;
    let bias = if data.bias.is_some() { Bias::Present } else { Bias::Absent };
    Ok(ParsedLayer { layer, bias })
}

/// The windows that lead to the size of the flag; one size holds for every axis.
fn of_output_size(windows: &[Window], inputs: &[usize], sizes: Vec<usize>) -> Result<Vec<Window>, CliError> {
    let sizes = if sizes.len() == 1 { vec![sizes[0]; windows.len()] } else { sizes };
    solve::with_output_size(windows, inputs, &sizes).map_err(|error| CliError::output_size("--output-size", &error))
}

/// The layer with its taps, if they can be listed within the budget.
pub(super) fn model(layer: &Layer, budget: &Budget) -> Result<Model, CliError> {
    let on_one_axis = u32::try_from(budget.memory / Taps::BYTES_ON_ONE_AXIS).unwrap_or(u32::MAX);
    Model::within(layer.clone(), on_one_axis).map_err(|error| CliError::too_large(&error, layer))
}

fn operation(args: &LayerArgs) -> Operation {
    if args.conv { Operation::Convolution } else { Operation::Transposed }
}

fn channels(args: &LayerArgs) -> ChannelSettings {
    ChannelSettings { input: args.in_channels.0, output: args.out_channels.0, groups: args.groups.0 }
}

/// The number of dimensions and the flag that told it.
#[derive(Clone, Copy)]
struct Dimensions {
    count: usize,
    told_by: &'static str,
}

/// As many as `--in` has sizes; else as many as `--kernel-size` has, if it has several; else what the shapes of the
/// numbers tell.
fn dimensions(args: &LayerArgs, data: &Literals) -> Result<Dimensions, CliError> {
    if let Some(input) = &args.input {
        return Ok(Dimensions { count: input.0.len(), told_by: "--in" });
    }
    let input = Sizes::of_input(data).shape()?;
    if let Some(kernel) = args.kernel_size.as_ref().filter(|kernel| kernel.0.len() > 1) {
        return Ok(Dimensions { count: kernel.0.len(), told_by: "--kernel-size" });
    }
    let ChannelSettings { input: ins, output: outs, groups } = channels(args);
    let weight = if args.kernel_size.is_none() { Some(Sizes::of_kernel(data).shape()?) } else { None };
    match solve::dimensions(operation(args), channels(args), input, weight) {
        Some(count) => Ok(Dimensions { count, told_by: "--input" }),
        None => Err(CliError::usage(
            format!(
                "--in is missing: {} with {}, {} and {} is a tensor of no layer",
                data_shapes(input, weight),
                counted(ins, "input channel", "input channels"),
                counted(outs, "output channel", "output channels"),
                counted(groups, "group", "groups"),
            ),
            "give --in, such as --in 4x4, or the channels with --in-channels and --out-channels",
        )),
    }
}

fn data_shapes(input: &[usize], weight: Option<&[usize]>) -> String {
    let named = [("--input", Some(input)), ("--weight", weight)].into_iter();
    let named = named.filter_map(|(flag, shape)| shape.map(|shape| format!("{flag} of shape {}", tuple(shape))));
    named.collect::<Vec<_>>().join(" and ")
}

fn plain(sizes: &[Size]) -> Vec<usize> {
    sizes.iter().map(|size| size.0).collect()
}

fn spread<T: Copy>(flag: &str, values: &PerAxis<T>, dimensions: Dimensions) -> Result<Vec<T>, CliError> {
    values.spread(dimensions.count).ok_or_else(|| {
        let remedy = match dimensions.count {
            1 => "give one".to_owned(),
            count => format!("give one for all axes, or {count}"),
        };
        let (given, wanted) = (values.0.len(), counted(dimensions.count, "size", "sizes"));
        CliError::usage(format!("{flag} has {given} values, but {} has {wanted}", dimensions.told_by), remedy)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser, Debug)]
    struct Typed {
        #[command(flatten)]
        layer: LayerArgs,
    }

    fn with(arguments: &[&str], data: &Literals) -> Result<Layer, String> {
        let typed = Typed::try_parse_from([&["test"], arguments].concat()).map_err(|error| error.to_string())?;
        parse(&typed.layer, data).map(|parsed| parsed.layer).map_err(|error| error.to_string())
    }

    fn typed(arguments: &[&str]) -> Result<Layer, String> {
        with(arguments, &Literals::default())
    }

    fn refused(arguments: &[&str]) -> String {
        typed(arguments).unwrap_err()
    }

    fn data(weight: Option<&str>, input: Option<&str>) -> Literals {
        use convt_matrix::{algebra::SmallIntegers, data::Literal};
        let literal = |text: &str| Literal::parse(text, SmallIntegers::new(0)).unwrap();
        Literals { weight: weight.map(literal), input: input.map(literal), ..Literals::default() }
    }

    #[test]
    fn a_pasted_layer_is_the_layer_of_the_flags() {
        let pairs: [(&[&str], &[&str]); 4] = [
            (
                &["--layer=ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)", "--in=4x4"],
                &["--k=4", "-s2", "-p1", "--in=4x4"],
            ),
            (
                &["--layer=nn.Conv1d(4, 6, 3, groups=2)", "--in=9"],
                &["--conv", "--k=3", "--in=9", "--in-channels=4", "--out-channels=6", "--groups=2"],
            ),
            (
                &["--layer=Conv2d(1, 1, (2, 3), padding='same', dilation=3)", "--in=4x5"],
                &["--conv", "--k=2x3", "--in=4x5", "-d3", "-p1:2x3"],
            ),
            (
                &["--layer=ConvTranspose1d(1, 1, 4, 3, 1, output_size=(12,))", "--in=4"],
                &["--k=4", "-s3", "-p1", "--output-padding=1", "--in=4"],
            ),
        ];
        for (pasted, flags) in pairs {
            assert_eq!(typed(pasted).unwrap(), typed(flags).unwrap(), "{pasted:?}");
        }
    }

    #[test]
    fn a_pasted_layer_does_not_mix_with_the_flags_that_describe_one() {
        for flag in [
            "--k=3",
            "--stride=1",
            "--padding=0",
            "--dilation=1",
            "--output-padding=0",
            "--in-channels=1",
            "--out-channels=1",
            "--groups=1",
            "--conv",
        ] {
            let message = refused(&["--layer=Conv1d(1, 1, 3)", "--in=5", flag]);
            assert!(message.contains("cannot be used with"), "{flag}: {message}");
        }
    }

    #[test]
    fn the_sizes_of_in_are_as_many_as_the_pasted_layer_has_dimensions() {
        let message = refused(&["--layer=ConvTranspose2d(1, 1, 4)", "--in=4"]);
        assert!(message.starts_with("--in has 1 size, but ConvTranspose2d has 2 dimensions\n"), "{message}");
        assert!(message.contains("such as --in 4x4"), "{message}");
    }

    #[test]
    fn an_impossible_pasted_layer_names_its_argument() {
        let message = refused(&["--layer=ConvTranspose1d(1, 1, 3, output_padding=2, stride=2)", "--in=5"]);
        assert!(message.starts_with("--layer: output_padding=2 (axis 0): it must be smaller"), "{message}");
        assert!(refused(&["--layer=Conv1d(0, 1, 3)", "--in=5"]).starts_with("--layer: in_channels=0: "));
        assert!(refused(&["--layer=Conv1d(1, 1, 3)", "--in=0"]).starts_with("--in 0 (axis 0): "));
        assert!(refused(&["--layer=Conv1d(1, 1, 3, stride=0)", "--in=3"]).starts_with("--layer: stride=0 (axis 0): "));
    }

    #[test]
    fn an_output_size_is_given_once_and_only_to_a_transposed_layer() {
        assert_eq!(typed(&["--k=3", "--in=4", "-s2", "--output-size=10"]).unwrap().output_shape(), [1, 10]);
        assert_eq!(typed(&["--k=3", "--in=4x4", "-s2", "--output-size=1,1,10,9"]).unwrap().output_shape(), [1, 10, 9]);
        let pasted = "--layer=ConvTranspose1d(1, 1, 3, 2, output_padding=0)";
        assert_eq!(typed(&[pasted, "--in=4", "--output-size=10"]).unwrap().output_shape(), [1, 10]);
        let message = refused(&["--layer=ConvTranspose1d(1, 1, 3, output_size=(6,))", "--in=4", "--output-size=6"]);
        assert!(message.contains("leave one of them out"), "{message}");
        assert!(
            refused(&["--layer=Conv1d(1, 1, 3)", "--in=4", "--output-size=2"]).contains("Conv1d makes one size only")
        );
        assert!(refused(&["--conv", "--k=3", "--in=4", "--output-size=2"]).contains("cannot be used with"));
        let message = refused(&["--k=3", "--in=4", "--output-size=2", "--output-padding=0"]);
        assert!(message.contains("cannot be used with"), "{message}");
        assert!(refused(&["--k=3", "--in=4", "-s2", "--output-size=11"]).starts_with("--output-size 11 (axis 0): "));
        assert!(refused(&["--k=3", "--in=4", "-s0", "--output-size=11"]).starts_with("--stride 0 (axis 0): "));
    }

    #[test]
    fn a_missing_size_is_named_with_an_example() {
        assert!(
            refused(&["--k=3"])
                .starts_with("--in is missing: nothing else tells the size\n  help: give it, such as --in 4x4")
        );
        let message = refused(&["--in=3"]);
        assert!(
            message.starts_with("--kernel-size is missing: ") && message.contains("--kernel-size 3, or"),
            "{message}"
        );
        assert!(refused(&["--layer=Conv1d(1, 1, 3)"]).starts_with("--in is missing: "));
        assert!(refused(&[]).starts_with("--in is missing: "));
        let message = with(&["--k=3"], &data(None, Some("iota"))).unwrap_err();
        assert!(message.starts_with("--in is missing: the numbers of --input fill any size"), "{message}");
        let message = with(&["--in=4x4"], &data(Some("1 2 3 4"), None)).unwrap_err();
        assert!(
            message.starts_with("--kernel-size is missing: --weight has the shape (4,), which does not tell 2 sizes"),
            "{message}"
        );
    }

    #[test]
    fn the_numbers_tell_the_sizes() {
        let shapes = |arguments: &[&str], weight, input| {
            let layer = with(arguments, &data(weight, input)).unwrap();
            (layer.weight_shape()[2..].to_vec(), layer.input_shape()[1..].to_vec())
        };
        assert_eq!(shapes(&[], Some("1 2 3"), Some("1 2")), (vec![3], vec![2]));
        assert_eq!(shapes(&[], Some("1 2; 3 4"), Some("1 2 3; 4 5 6")), (vec![2, 2], vec![2, 3]));
        assert_eq!(shapes(&["--k=2"], None, Some("[[[1,2],[3,4]]]")), (vec![2, 2], vec![2, 2]));
        // A flat weight fills the kernel that the flag describes.
        assert_eq!(shapes(&["--k=2"], Some("1 2 3 4"), Some("1 2; 3 4")), (vec![2, 2], vec![2, 2]));
        assert_eq!(shapes(&["--k=1x2"], None, Some("[[[1,2],[3,4]]]")), (vec![1, 2], vec![2, 2]));
        assert_eq!(shapes(&["--in=4x4"], Some("[[[[1,2],[3,4]]]]"), None), (vec![2, 2], vec![4, 4]));
        let channels = ["--in-channels=2", "--out-channels=3"];
        assert_eq!(shapes(&channels, Some("[[[1],[2],[3]],[[4],[5],[6]]]"), Some("1 2 3; 4 5 6")), (vec![1], vec![3]));
    }

    #[test]
    fn numbers_that_fit_no_layer_are_refused_with_their_shapes() {
        let message = with(&[], &data(Some("1 2; 3 4"), Some("1 2 3"))).unwrap_err();
        assert!(
            message.contains("--input of shape (3,) and --weight of shape (2, 2) with 1 input channel,"),
            "{message}"
        );
        let message = with(&["--k=3", "--groups=0"], &data(None, Some("[[[[[1]]]],[[[[1]]]]]"))).unwrap_err();
        assert!(message.contains("--input of shape (2, 1, 1, 1, 1) with"), "{message}");
        let message = with(&["--k=1x2x3"], &data(None, Some("1 2"))).unwrap_err();
        assert!(message.contains("--input has the shape (2,), which does not tell 3 sizes"), "{message}");
    }

    #[test]
    fn more_than_three_dimensions_are_refused() {
        assert!(refused(&["--k=1", "--in=1x1x1x1"]).starts_with("--in has 4 sizes, a layer has 1, 2 or 3 dimensions"));
        let message = with(&["--k=1x1x1x1"], &data(None, Some("1 2"))).unwrap_err();
        assert!(message.starts_with("--kernel-size has 4 sizes"), "{message}");
    }

    #[test]
    fn a_flag_with_the_wrong_number_of_values_says_who_told_the_dimensions() {
        assert!(
            refused(&["--k=3", "--in=4x4", "-s1x1x1"]).starts_with("--stride has 3 values, but --in has 2 sizes\n")
        );
        assert!(refused(&["--k=3x3", "--in=4"]).starts_with("--kernel-size has 2 values, but --in has 1 size\n"));
    }

    #[test]
    fn absurd_numbers_are_an_error_and_no_overflow() {
        let most = i64::MAX;
        for call in [
            format!("Conv1d({most}, {most}, {most}, {most}, {most}, {most}, {most})"),
            format!("Conv1d(1, 1, {most}, padding='same', dilation={most})"),
            format!("ConvTranspose1d(1, {most}, {most}, {most}, {most}, {most}, 1, True, {most})"),
            format!("ConvTranspose1d({most}, 2, 1)"),
            format!("ConvTranspose1d(1, 1, {most}, {most}, dilation={most}, output_size=({most},))"),
            "ConvTranspose1d(0, 0, 0, 0, 0, 0, 0, True, 0, output_size=(0,))".into(),
        ] {
            for input in ["0".into(), most.to_string()] {
                let refused = refused(&["--layer", &call, "--in", &input]);
                assert!(refused.contains("\n  help: "), "{call}: {refused}");
            }
        }
    }
}
