//! Pasted layers, as they are and as they should not be.

use super::*;
use proptest::prelude::*;

fn one(kernel: usize) -> Window {
    Window { kernel, stride: 1, padding: Padding::both(0), dilation: 1, output_padding: 0 }
}

fn call(text: &str) -> LayerCall {
    LayerCall::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    LayerCall::parse(text).unwrap_err().to_string()
}

#[test]
fn the_layer_of_the_first_example() {
    let layer = call("ConvTranspose2d(1, 1, 4, stride=2, padding=1, bias=False)");
    assert_eq!(layer.operation, Operation::Transposed);
    assert_eq!(layer.windows, [Window { stride: 2, padding: Padding::both(1), ..one(4) }; 2]);
    assert_eq!(layer.channels, ChannelSettings::default());
    assert_eq!((layer.bias, layer.output_size), (Bias::Absent, None));
}

#[test]
fn every_layer_has_its_operation_and_dimensions_under_every_prefix() {
    for (name, operation, dimensions) in LAYERS {
        for prefix in ["", "nn.", "torch.nn."] {
            let layer = call(&format!("{prefix}{name}(2, 3, 5)"));
            assert_eq!((layer.name, layer.operation), (name, operation));
            assert_eq!(layer.windows, vec![one(5); dimensions]);
            assert_eq!(layer.channels, ChannelSettings { input: 2, output: 3, groups: 1 });
            assert_eq!(layer.bias, Bias::Present, "PyTorch's default");
        }
    }
}

#[test]
fn positional_arguments_have_the_order_of_their_layer() {
    let convolution = call("Conv1d(4, 6, 3, 2, 1, 5, 2, False, 'zeros', None, None)");
    assert_eq!(convolution.windows, [Window { stride: 2, padding: Padding::both(1), dilation: 5, ..one(3) }]);
    assert_eq!((convolution.channels.groups, convolution.bias), (2, Bias::Absent));
    let transposed = call("ConvTranspose1d(4, 6, 3, 2, 1, 1, 2, False, 5, 'zeros', None, None)");
    let window = Window { stride: 2, padding: Padding::both(1), dilation: 5, output_padding: 1, ..one(3) };
    assert_eq!(transposed.windows, [window]);
    assert_eq!((transposed.channels.groups, transposed.bias), (2, Bias::Absent));
}

#[test]
fn however_it_is_written_it_is_the_same_layer() {
    let layer = call("ConvTranspose2d(1, 1, (3, 5), stride=(2, 1))");
    for text in [
        "self.up = nn.ConvTranspose2d(1, 1, (3, 5), stride=(2, 1))  # upsample",
        "nn.ConvTranspose2d(\n    in_channels=1,\n    out_channels=1,\n    kernel_size=[3, 5],\n    stride=[2, 1],\n)",
        "torch.nn.ConvTranspose2d(stride=(2,1,), kernel_size=(3,5), out_channels=0_1, in_channels=(1))",
        "(up): ConvTranspose2d(1, 1, kernel_size=(3, 5), stride=(2, 1))",
        "\u{a0}ConvTranspose2d(1,1,(3,5),(2,1),),",
    ] {
        assert_eq!(call(text), layer, "{text}");
    }
}

#[test]
fn what_pytorch_prints_is_read() {
    let printed = "ConvTranspose2d(1, 1, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)";
    assert_eq!(call(printed), call("ConvTranspose2d(1, 1, 4, 2, 1, bias=False)"));
    let printed = "Conv2d(1, 1, kernel_size=(4, 4), stride=(1, 1), padding=same)";
    assert_eq!(call(printed), call("Conv2d(1, 1, 4, padding='same')"));
}

#[test]
fn padding_same_puts_the_odd_cell_at_the_end() {
    let padding = |text: &str| call(text).windows.iter().map(|window| window.padding).collect::<Vec<_>>();
    // Totals of 3 and 4: d (k - 1).
    assert_eq!(padding("Conv2d(1, 1, (4, 5), padding='same')"), [Padding { begin: 1, end: 2 }, Padding::both(2)]);
    assert_eq!(padding("Conv1d(1, 1, 2, padding=\"same\", dilation=3)"), [Padding { begin: 1, end: 2 }]);
    assert_eq!(padding("Conv1d(1, 1, 4, padding='valid', stride=2)"), [Padding::both(0)]);
    assert!(
        refused("Conv1d(1, 1, 4, padding='same', stride=2)")
            .contains("padding='same': it needs stride 1, and the stride is 2")
    );
    assert!(refused("Conv1d(1, 1, 4, padding='full')").contains("padding='full': 'full' is a text"));
    assert!(
        refused("ConvTranspose1d(1, 1, 4, padding='same')")
            .contains("padding='same': ConvTranspose1d knows numbers only")
    );
}

#[test]
fn an_output_size_belongs_to_transposed_layers_and_is_a_tuple() {
    let layer = call("ConvTranspose2d(1, 1, 4, 2, output_size=(8, 9))");
    assert_eq!(layer.output_size, Some(vec![8, 9]));
    assert!(refused("ConvTranspose2d(1, 1, 4, output_size=8)").contains("write it as output_size=(8, 8)"));
    assert!(refused("ConvTranspose1d(1, 1, 4, output_size=(-8,))").contains("output_size=(-8,): -8 is negative"));
    assert!(refused("Conv2d(1, 1, 4, output_size=(8, 8))").contains("only a transposed convolution"));
    assert!(refused("Conv2d(1, 1, 4, output_padding=1)").contains("only a transposed convolution"));
}

#[test]
fn an_unknown_layer_says_which_are_known() {
    assert!(refused("Linear(3, 4)").contains("the layer 'Linear' is unknown"));
    assert!(refused("nn.LazyConv2d(3, 4)").contains("Conv1d, Conv2d, Conv3d"));
    assert!(refused("Conv4d(1, 1, 2)").contains("these are known"));
    assert!(refused("convtranspose2d(1, 1, 2)").contains("write ConvTranspose2d, nn.ConvTranspose2d or"));
    assert!(refused("tf.nn.Conv2d(1, 1, 2)").contains("'tf.nn.Conv2d' is unknown"));
    assert!(refused("F.conv_transpose2d(x, w)").contains("a function says nothing"));
}

#[test]
fn what_cannot_be_honoured_says_so() {
    assert!(refused("Conv2d(1, 1, 3, padding_mode='circular')").contains("padding_mode='circular': only zeros"));
    assert!(refused("Conv2d(1, 1, 3, padding_mode=reflect)").contains("padding_mode=reflect: only zeros"));
    assert!(refused("Conv2d(1, 1, 3, device='cuda')").contains("device='cuda': nothing runs on a device"));
    assert!(refused("Conv2d(1, 1, 3, dtype=torch.float16)").contains("dtype=torch.float16: numbers are exact"));
    assert!(refused("Conv2d(1, 1, 3, strides=2)").contains("Conv2d has no argument 'strides'"));
    call("Conv2d(1, 1, 3, padding_mode='zeros', device=None, dtype=None)");
}

#[test]
fn arguments_that_do_not_bind_say_why() {
    assert!(refused("Conv2d(1, 1)").contains("Conv2d lacks kernel_size"));
    assert!(refused("Conv2d()").contains("Conv2d lacks kernel_size"));
    assert!(refused("Conv2d(kernel_size=3)").contains("Conv2d lacks in_channels"));
    assert!(refused("Conv2d(1, 1, 3, kernel_size=4)").contains("kernel_size is given twice, as 3 and as 4"));
    assert!(refused("Conv2d(1, 1, 3, stride=2, stride=2)").contains("stride is given twice"));
    assert!(refused("Conv2d(1, 1, kernel_size=3, 2)").contains("the argument 2 stands after kernel_size="));
    assert!(
        refused("Conv1d(1,1,3,1,0,1,1,True,'zeros',None,None,7)")
            .contains("the argument 7 is number 12, Conv1d has 11")
    );
    assert!(refused("ConvTranspose1d(1,1,3,1,0,0,1,True,1,'zeros',None,None,(4,))").contains("is number 13"));
}

#[test]
fn values_that_are_no_sizes_say_why() {
    for (arguments, message) in [
        ("1, 1, 3, stride=-1", "stride=-1: -1 is negative"),
        ("1, 1, 3, stride=(2, -1)", "stride=(2, -1): -1 is negative"),
        ("1, 1, 3, stride=2.0", "stride=2.0: 2.0 is not a whole number"),
        ("1, 1, 3, stride=1e3", "stride=1e3: 1e3 is not a whole number"),
        ("1, 1, 3, stride=True", "stride=True: True is a truth value"),
        ("True, 1, 3", "in_channels=True: True is a truth value"),
        ("1, 1, 3, stride=None", "stride=None: None is no number"),
        ("1, 1, 3, stride='2'", "stride='2': '2' is a text"),
        ("1, 1, k", "kernel_size=k: the value of 'k' is not known here"),
        ("1, 1, 2*k + 1", "kernel_size=2*k + 1: the value of '2*k + 1' is not known here"),
        ("1, 1, ((3, 3), 3)", "the value of '((3, 3), 3)' is not known here"),
        ("*sizes, 1, 3", "the value of '*sizes' is not known here"),
        ("1, 1, (3, 3, 3)", "kernel_size=(3, 3, 3): Conv2d has 2 dimensions, these are 3 numbers"),
        ("1, 1, (3,)", "kernel_size=(3,): Conv2d has 2 dimensions, these are 1 numbers"),
        ("1, 1, ()", "kernel_size=(): Conv2d has 2 dimensions, these are 0 numbers"),
        ("(1, 1), 1, 3", "in_channels=(1, 1): it is one number, not several"),
        ("1, 1, 3, groups=(1,)", "groups=(1,): it is one number, not several"),
        ("1, 1, 9223372036854775808", "9223372036854775808 is too large"),
        ("1, 1, 3, bias=1", "bias=1: it is neither True nor False"),
        ("1, 1, 3, bias=None", "bias=None: it is neither True nor False"),
    ] {
        let refused = refused(&format!("Conv2d({arguments})"));
        assert!(refused.contains(message), "{arguments}: {refused}");
        assert!(refused.contains("; ") && !refused.contains("--"), "the way out, and no flag: {refused}");
    }
}

#[test]
fn a_hostile_value_is_shown_short_and_cannot_command_a_terminal() {
    let message = refused(&format!("Conv2d(1, 1, '\u{1b}[2J{}')", "x".repeat(5_000)));
    assert!(message.len() < 400 && !message.contains('\u{1b}'), "{message}");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = LayerCall::parse(&text);
    }

    #[test]
    fn no_arguments_panic(arguments in "[-a-z0-9_=.,()\\[\\]{}'\"*# \n]{0,60}") {
        let _ = LayerCall::parse(&format!("Conv2d({arguments})"));
        let _ = LayerCall::parse(&format!("ConvTranspose2d(1, 1, 3, {arguments})"));
    }

    #[test]
    fn no_mutation_of_a_valid_call_panics(place in any::<prop::sample::Index>(), put in any::<char>()) {
        let text = "self.up = nn.ConvTranspose2d(1, 1, kernel_size=(4, 4), output_size=(8, 8), padding_mode='zeros')  # a";
        let mut characters: Vec<char> = text.chars().collect();
        let place = place.index(characters.len());
        characters[place] = put;
        let _ = LayerCall::parse(&characters.iter().collect::<String>());
        let _ = LayerCall::parse(&characters[..place].iter().collect::<String>());
    }
}
