//! What was typed for the tensors of a layer, and how it fills their shapes.

use super::args::DataArgs;
use super::error::CliError;
use convt_matrix::algebra::SmallIntegers;
use convt_matrix::data::{DataError, Literal};
use convt_matrix::geometry::Layer;
use convt_matrix::instance::Given;
use convt_matrix::limits::Budget;

/// What was typed for the tensors of a layer, before its shapes are known; files are read by now.
#[derive(Debug, Default)]
pub(super) struct Literals {
    pub(super) weight: Option<Literal>,
    pub(super) input: Option<Literal>,
    pub(super) bias: Option<Literal>,
    pub(super) grad_output: Option<Literal>,
}

impl Literals {
    /// Reads every tensor that was given. Each draws its random numbers from a stream of its own.
    pub(super) fn read(args: &DataArgs) -> Result<Self, CliError> {
        let literal = |flag: &str, given: &Option<String>, stream: u64| -> Result<Option<Literal>, DataError> {
            let Some(given) = given else { return Ok(None) };
            let random = SmallIntegers::stream(args.seed, stream);
            Literal::parse(given, random).map(Some).map_err(|error| error.about(flag))
        };
        Ok(Self {
            weight: literal("--weight", &args.weight, 0)?,
            input: literal("--input", &args.input, 1)?,
            bias: literal("--bias", &args.bias, 2)?,
            grad_output: literal("--grad-output", &args.grad_output, 3)?,
        })
    }

    /// The tensors in the shapes of the layer, if there is room to show them.
    pub(super) fn fill(&self, layer: &Layer, budget: &Budget) -> Result<Given, CliError> {
        let output = layer.output_shape();
        let shapes = [
            (&self.weight, layer.weight_shape()),
            (&self.input, layer.input_shape()),
            (&self.bias, output[..1].to_vec()),
            (&self.grad_output, output.clone()),
        ];
        let count = |shape: &[usize]| shape.iter().fold(1_u128, |count, &extent| count.saturating_mul(extent as u128));
        let numbers = shapes.iter().filter(|(given, _)| given.is_some());
        let count = numbers.fold(0_u128, |sum, (_, shape)| sum.saturating_add(count(shape)));
        Given::check_count(count, budget)?;
        let fill = |flag: &str, literal: &Option<Literal>, shape: &[usize]| {
            literal.as_ref().map(|literal| literal.fill(shape, flag)).transpose()
        };
        Ok(Given {
            weight: fill("--weight", &self.weight, &layer.weight_shape())?,
            input: fill("--input", &self.input, &layer.input_shape())?,
            bias: fill("--bias", &self.bias, &output[..1])?,
            output_gradient: fill("--grad-output", &self.grad_output, &output)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::SubjectArgs;
    use super::super::layer::ParsedLayer;
    use super::super::numbers;
    use super::*;
    use clap::{CommandFactory as _, Parser};
    use convt_matrix::data::ExactNumber;
    use convt_matrix::geometry::Bias;
    use convt_matrix::tensor::Tensor;

    #[derive(Parser, Debug)]
    struct Typed {
        #[command(flatten)]
        subject: SubjectArgs,
    }

    fn typed(arguments: &[&str]) -> Result<(ParsedLayer, Given), String> {
        let typed = Typed::try_parse_from([&["test"], arguments].concat()).map_err(|error| error.to_string())?;
        numbers::read(&typed.subject, &Budget::DEFAULT).map_err(|error| error.to_string())
    }

    fn refused(arguments: &[&str]) -> String {
        typed(arguments).unwrap_err()
    }

    fn entries(tensor: &Option<Tensor<ExactNumber>>) -> Vec<String> {
        tensor.as_ref().unwrap().entries().iter().map(|entry| entry.to_rational().to_string()).collect()
    }

    #[test]
    fn every_tensor_takes_its_shape_from_the_layer() {
        let (_, numbers) = typed(&[
            "--layer=ConvTranspose1d(2, 3, 2)",
            "--in=4",
            "--weight=iota",
            "--input=ones",
            "--bias=1 1/2 0.25",
            "--grad-output=1..15",
        ])
        .unwrap();
        assert_eq!(numbers.weight.as_ref().unwrap().shape(), [2, 3, 2]);
        assert_eq!(numbers.input.as_ref().unwrap().shape(), [2, 4]);
        assert_eq!(entries(&numbers.bias), ["1", "1/2", "1/4"]);
        assert_eq!(numbers.output_gradient.unwrap().shape(), [3, 5]);
    }

    #[test]
    fn sizes_left_out_are_taken_from_the_numbers() {
        let (parsed, numbers) = typed(&["--weight", "3 1; 1 5", "--input", "1 2 3; 4 5 6"]).unwrap();
        assert_eq!(parsed.layer.input_shape(), [1, 2, 3]);
        assert_eq!(parsed.layer.output_shape(), [1, 3, 4]);
        assert_eq!(parsed.bias, Bias::Absent);
        assert_eq!((numbers.bias, numbers.output_gradient), (None, None));
        let (parsed, _) = typed(&["--layer=Conv2d(1, 1, 2)", "--input=[[[[1,2],[3,4]]]]"]).unwrap();
        assert_eq!(parsed.layer.output_shape(), [1, 1, 1]);
    }

    #[test]
    fn negative_numbers_are_no_flags() {
        let (_, numbers) = typed(&["--weight", "-1 2", "--input", "-1/3"]).unwrap();
        assert_eq!(entries(&numbers.weight), ["-1", "2"]);
        assert_eq!(entries(&numbers.input), ["-1/3"]);
    }

    #[test]
    fn random_numbers_come_from_the_seed_and_differ_between_tensors() {
        let drawn = |seed: &str| {
            let (_, numbers) =
                typed(&["--k=8", "--in=8", "--weight=random", "--input=random", "--seed", seed]).unwrap();
            (entries(&numbers.weight), entries(&numbers.input))
        };
        assert_eq!(drawn("7"), drawn("7"));
        assert_ne!(drawn("7"), drawn("8"));
        assert_ne!(drawn("7").0, drawn("7").1);
    }

    #[test]
    fn a_bias_that_is_given_is_there_unless_the_pasted_layer_denies_it() {
        let bias = |arguments: &[&str]| typed(arguments).map(|(parsed, _)| parsed.bias);
        assert_eq!(bias(&["--k=2", "--in=2", "--bias=1"]), Ok(Bias::Present));
        assert_eq!(bias(&["--k=2", "--in=2"]), Ok(Bias::Absent));
        assert_eq!(bias(&["--layer=Conv1d(1, 1, 2)", "--in=2"]), Ok(Bias::Present));
        assert_eq!(bias(&["--layer=Conv1d(1, 1, 2, bias=False)", "--in=2"]), Ok(Bias::Absent));
        assert!(refused(&["--layer=Conv1d(1, 1, 2, bias=False)", "--in=2", "--bias=1"]).contains("bias=False"));
    }

    #[test]
    fn a_wrong_shape_names_the_flag_and_both_shapes() {
        let message = refused(&["--k=4", "--in=2x2", "--weight=1 2 3 4; 5 6 7 8; 9 10 11 12"]);
        assert!(
            message.starts_with("--weight: expected shape (1, 1, 4, 4), or (4, 4), 16 values; got (3, 4), 12 values\n"),
            "{message}"
        );
        assert!(refused(&["--k=2", "--in=2", "--bias=1 2"]).starts_with("--bias: expected shape (1,), 1 value; got"));
        let message = refused(&["--k=2", "--in=2", "--grad-output=1 2"]);
        assert!(
            message.starts_with("--grad-output: expected shape (1, 3), or (3,), 3 values; got (2,), 2 values"),
            "{message}"
        );
    }

    #[test]
    fn data_that_cannot_be_read_name_the_flag() {
        assert!(refused(&["--k=2", "--in=2", "--weight=1 x"]).starts_with("--weight: entry (1,): 'x' is not a number"));
        assert!(refused(&["--k=2", "--in=2", "--input=no.npy"]).starts_with("--input: no.npy: cannot be read"));
        assert!(refused(&["--k=2", "--in=2", "--bias=bias"]).starts_with("--bias: 'bias' is no data"));
        assert!(refused(&["--k=2", "--in=2", "--seed=x"]).contains("--seed"));
    }

    #[test]
    fn the_help_of_layer_and_numbers_fits_80_columns() {
        let help = Typed::command().max_term_width(80).render_long_help().to_string();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
    }
}
