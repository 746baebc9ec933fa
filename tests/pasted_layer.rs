//! The command with layers pasted from PyTorch, and with sizes left out.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_convt-matrix")).args(arguments).output().unwrap()
}

#[test]
fn a_pasted_layer_is_derived_like_the_layer_of_the_flags() {
    let pasted =
        run(&["--layer", "self.up = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)", "--in", "4x4"]);
    let flags = run(&["--k", "4", "-s", "2", "-p", "1", "--in", "4x4"]);
    assert!(pasted.status.success());
    assert_eq!(pasted.stdout, flags.stdout);
}

#[test]
fn a_size_left_out_is_bad_input_with_an_example() {
    for (arguments, flag) in [
        (&["--k", "3"][..], "--in"),
        (&["--in", "3"], "--kernel-size"),
        (&["--layer", "Conv1d(1, 1, 3)"], "--in"),
        (&["--latex"], "--in"),
    ] {
        let output = run(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(message.starts_with(&format!("error: {flag} is missing: ")), "{message}");
        assert!(message.contains("help: give it, such as --"), "{message}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_layer_that_cannot_be_honoured_is_bad_input() {
    for layer in ["Conv2d(1, 1, 3, padding_mode='circular')", "Linear(3, 4)", "Conv2d(1, 1, 3", "Conv2d(1, 1, k)", ""] {
        let output = run(&["--layer", layer, "--in", "5x5"]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{layer}");
        assert!(message.starts_with("error: --layer: ") && message.contains("\n  help: "), "{message}");
    }
}
