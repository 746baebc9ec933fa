#!/usr/bin/env python3
"""Writes tests/data/pytorch.jsonl: layers with small integers, evaluated forward and back by PyTorch in float64.

    python3 scripts/pytorch_vectors.py > tests/data/pytorch.jsonl

Each line is a case as `convt-matrix eval` reads it, with one field more, "expected": what PyTorch says. The seed is
fixed, so the file is the same whenever it is made. It was made with PyTorch 2.15 on the CPU.

All numbers are integers far below 2^53, so float64 is exact here and the comparison may be, too.
"""

import itertools
import json
import random
import sys

import torch
import torch.nn.functional as F

SEED = 20261003
MOST_NUMBERS = 260  # in one case, results included: keeps the file small
CASES = 17  # of each kind, operation and number of dimensions


def length(m, s, d, k):
    """The buffer of a transposed convolution."""
    return (m - 1) * s + d * (k - 1) + 1


class Axis:
    """One axis, drawn at random; a kind overwrites what it is about."""

    def __init__(self, r, transposed):
        self.size, self.k = r.randint(1, 5), r.randint(1, 3)
        self.s, self.d = r.randint(1, 3), r.randint(1, 2)
        self.begin = self.end = r.choice([0, 0, 1, 1, 2])
        self.o = r.randrange(self.s) if transposed and r.random() < 0.4 else 0

    def output(self, transposed):
        if transposed:
            return length(self.size, self.s, self.d, self.k) - self.begin - self.end + self.o
        room = self.size + self.begin + self.end - self.d * (self.k - 1) - 1
        return room // self.s + 1 if room >= 0 else 0


# What each kind changes: on an axis, and in the channels (groups, in per group, out per group).


def dilated(r, axis, transposed):
    axis.d = r.randint(2, 4)
    axis.k = r.randint(2, 3)
    if transposed:
        axis.o = r.randrange(max(axis.s, axis.d))


def output_padding_beyond_stride(r, axis, transposed):
    if transposed:
        axis.s = r.randint(1, 2)
        axis.d = r.randint(axis.s + 1, 4)
        axis.o = r.randint(axis.s, axis.d - 1)


def padding_beyond_kernel(r, axis, transposed):
    axis.size = r.randint(3, 6)
    axis.d = 1
    axis.k = r.randint(1, 2)
    axis.begin = axis.end = axis.d * (axis.k - 1) + r.randint(1, 2)


def stride_beyond_kernel(r, axis, transposed):
    axis.k, axis.d = r.randint(1, 2), 1
    axis.s = r.randint(3, 4)
    axis.o = r.randrange(axis.s) if transposed else 0


def asymmetric(r, axis, transposed):
    axis.begin, axis.end = r.randint(0, 2), r.randint(0, 3)
    axis.o = 0


KINDS = {
    "plain": (None, lambda r: (1, 1, 1)),
    "channels": (None, lambda r: (1, r.randint(1, 3), r.randint(1, 3))),
    "groups": (None, lambda r: (r.randint(2, 3), r.randint(1, 2), r.randint(1, 2))),
    "dilated": (dilated, lambda r: (1, 1, r.randint(1, 2))),
    "output_padding_beyond_stride": (output_padding_beyond_stride, lambda r: (1, r.randint(1, 2), 1)),
    "padding_beyond_kernel": (padding_beyond_kernel, lambda r: (1, 1, r.randint(1, 2))),
    "stride_beyond_kernel": (stride_beyond_kernel, lambda r: (r.randint(1, 2), 1, 1)),
    "asymmetric": (asymmetric, lambda r: (1, 1, r.randint(1, 2))),
}


def tensor(r, shape):
    count = 1
    for extent in shape:
        count *= extent
    return torch.tensor([r.randint(-9, 9) for _ in range(count)], dtype=torch.float64).reshape(shape)


def integers(t):
    """Nested lists of integers; refuses what is none."""
    if isinstance(t, torch.Tensor):
        assert torch.equal(t, t.round()) and t.abs().max() < 2**53
        t = t.detach().to(torch.int64).tolist()
    return t


def by_pytorch(transposed, dims, x, w, b, axes, groups):
    conv = [F.conv1d, F.conv2d, F.conv3d][dims - 1]
    conv_transpose = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][dims - 1]
    stride, dilation = [a.s for a in axes], [a.d for a in axes]
    symmetric = all(a.begin == a.end for a in axes)
    padding = [a.begin if symmetric else 0 for a in axes]
    if not transposed:
        if not symmetric:
            # As one does in PyTorch where the ends differ: pad first. F.pad begins with the last axis.
            x = F.pad(x, list(itertools.chain.from_iterable((a.begin, a.end) for a in reversed(axes))))
        return conv(x, w, b, stride, padding, dilation, groups)
    y = conv_transpose(x, w, b, stride, padding, [a.o for a in axes], groups, dilation)
    if not symmetric:
        # Likewise: cut afterwards.
        for place, a in enumerate(axes):
            dim = y.dim() - dims + place
            y = y.narrow(dim, a.begin, y.size(dim) - a.begin - a.end)
    return y


def written(r, values, default):
    """A setting in one of the forms it may have."""
    if all(v == default for v in values) and r.random() < 0.7:
        return None
    if len(set(values)) == 1 and r.random() < 0.5:
        return values[0]
    return values


def case(r, kind, transposed, dims):
    change, draw_channels = KINDS[kind]
    axes = [Axis(r, transposed) for _ in range(dims)]
    if change:
        # At least one axis is of the kind; the others may be ordinary.
        special = r.randrange(dims)
        for place, axis in enumerate(axes):
            if place == special or r.random() < 0.5:
                change(r, axis, transposed)
    groups, per_in, per_out = draw_channels(r)
    outputs = [a.output(transposed) for a in axes]
    if min(outputs) < 1:
        return None
    batch = r.choice([None, None, 1, 2])
    lead = [] if batch is None else [batch]
    x_shape = lead + [groups * per_in] + [a.size for a in axes]
    y_shape = lead + [groups * per_out] + outputs
    w_shape = [groups * per_in, per_out] if transposed else [groups * per_out, per_in]
    w_shape += [a.k for a in axes]
    numbers = sum(torch.Size(shape).numel() for shape in (x_shape, y_shape, w_shape))
    if numbers > MOST_NUMBERS:
        return None

    x, w = tensor(r, x_shape).requires_grad_(), tensor(r, w_shape).requires_grad_()
    has_bias, has_upstream = r.random() < 0.5, r.random() < 0.6
    # Without a bias PyTorch still says what its gradient would be: ask with a bias of zeros.
    b = (tensor(r, y_shape[len(lead) : len(lead) + 1]) * has_bias).requires_grad_()
    y = by_pytorch(transposed, dims, x, w, b, axes, groups)
    assert list(y.shape) == y_shape, (y.shape, y_shape)

    line = {"op": "conv_transpose" if transposed else "conv", "input": integers(x), "weight": integers(w)}
    if has_bias:
        line["bias"] = integers(b)
    elif r.random() < 0.3:
        line["bias"] = None
    settings = {
        "stride": written(r, [a.s for a in axes], 1),
        "dilation": written(r, [a.d for a in axes], 1),
        "output_padding": written(r, [a.o for a in axes], 0),
        "groups": written(r, [groups], 1),
    }
    if isinstance(settings["groups"], list):
        settings["groups"] = groups
    if all(a.begin == a.end for a in axes) and r.random() < 0.8:
        settings["padding"] = written(r, [a.begin for a in axes], 0)
    else:
        settings["padding"] = [[a.begin, a.end] for a in axes]
    line.update({name: value for name, value in settings.items() if value is not None})
    line["expected"] = {"shape": y_shape, "output": integers(y)}
    if has_upstream:
        g = tensor(r, y_shape)
        y.backward(g)
        line["grad_output"] = integers(g)
        for name, t in (("input", x), ("weight", w), ("bias", b)):
            line["expected"][f"grad_{name}"] = integers(t.grad)
    return line


def main():
    r = random.Random(SEED)
    for transposed, dims, kind in itertools.product((True, False), (1, 2, 3), KINDS):
        if kind == "output_padding_beyond_stride" and not transposed:
            continue
        op, found = "conv_transpose" if transposed else "conv", 0
        while found < CASES:
            line = case(r, kind, transposed, dims)
            if line is not None:
                line = {"id": f"{op}{dims}d {kind} {found}", **line}
                sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
                found += 1


if __name__ == "__main__":
    main()
