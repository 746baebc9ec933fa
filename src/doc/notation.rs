//! How the entries of a layer's tensors are written: one style for the whole document.

use super::math::{Entry, Index, IndexStyle, Math, Name};
use crate::geometry::Layer;
use crate::tensor::unravel;

/// Names the entries of the input, the weight and the output of one layer.
///
/// Channel indices go above, in parentheses, and only where there is more than one channel; those of the weight
/// are its first two indices in PyTorch's layout.
#[derive(Clone, Debug)]
#[must_use]
pub struct Notation {
    input: Vec<usize>,
    weight: Vec<usize>,
    output: Vec<usize>,
    has_channels: bool,
    style: IndexStyle,
}

impl Notation {
    /// The notation for a layer: commas between indices once any extent passes 10.
    pub fn of(layer: &Layer) -> Self {
        let (input, weight, output) = (layer.input_shape(), layer.weight_shape(), layer.output_shape());
        let tight = [&input, &weight, &output].iter().all(|shape| shape.iter().all(|&extent| extent <= 10));
        let channels = layer.geometry().channels();
        Self {
            input,
            weight,
            output,
            has_channels: channels.small() > 1 || channels.big() > 1,
            style: if tight { IndexStyle::Tight } else { IndexStyle::Commas },
        }
    }

    /// How indices are kept apart.
    #[must_use]
    pub fn style(&self) -> IndexStyle {
        self.style
    }

    /// Whether weights carry channel indices.
    pub(crate) fn has_channels(&self) -> bool {
        self.has_channels
    }

    /// The entry of the input with this flat index.
    pub fn input(&self, flat: usize) -> Math {
        self.on_input_side('x', flat)
    }

    /// The entry with this flat index of a tensor that has the shape of the input.
    pub(crate) fn on_input_side(&self, letter: char, flat: usize) -> Math {
        self.entry(letter, &self.input, 1, self.input[0] > 1, flat)
    }

    /// The entry with this flat index of a tensor that has the shape of the output.
    pub(crate) fn on_output_side(&self, letter: char, flat: usize) -> Math {
        self.entry(letter, &self.output, 1, self.output[0] > 1, flat)
    }

    /// The copy of the kernel that the input with this flat index lays into the buffer.
    pub fn copy(&self, flat: usize) -> Math {
        self.on_input_side('B', flat)
    }

    /// The entry of the output with this flat index.
    pub fn output(&self, flat: usize) -> Math {
        self.on_output_side('y', flat)
    }

    /// The weight with this flat index.
    pub fn weight(&self, flat: usize) -> Math {
        self.entry('w', &self.weight, 2, self.has_channels, flat)
    }

    /// The bias of an output channel; without an index where there is only one.
    pub fn bias(&self, channel: usize) -> Math {
        if self.output[0] == 1 {
            'b'.into()
        } else {
            self.named(Name::Var('b'), Vec::new(), vec![Index::Number(channel)])
        }
    }

    /// The gradient with respect to the entry of the output with this flat index.
    pub fn output_gradient(&self, flat: usize) -> Math {
        self.on_output_side('g', flat)
    }

    /// The last entry of each tensor: no symbol of a kind is wider.
    pub fn widest(&self) -> [Math; 3] {
        let last = |shape: &[usize]| shape.iter().product::<usize>() - 1;
        [self.input(last(&self.input)), self.weight(last(&self.weight)), self.output(last(&self.output))]
    }

    /// An entry with given indices, in this document's style.
    pub fn named(&self, of: Name, channels: Vec<Index>, place: Vec<Index>) -> Math {
        Math::Entry(Entry { of, channels, place, style: self.style })
    }

    fn entry(&self, letter: char, shape: &[usize], leading: usize, with_channels: bool, flat: usize) -> Math {
        let index: Vec<Index> = unravel(shape, flat).into_iter().map(Index::Number).collect();
        let (channels, place) = index.split_at(leading);
        let channels = if with_channels { channels.to_vec() } else { Vec::new() };
        self.named(Name::Var(letter), channels, place.to_vec())
    }
}
