<# A script that checks a layer in PyTorch. Values: module, functional, constructor, x, w, b, g, y, grad_x, grad_w,
   grad_b (nested lists), has_bias, exact, asymmetric, frame, transposed, version. #>
<%- if transposed %>"""A transposed convolution: PyTorch's output and gradients against the numbers convt-matrix computed."""
<%- else %>"""A convolution: PyTorch's output and gradients against the numbers convt-matrix computed."""
<%- endif %>
# Written by convt-matrix << version >>.
import torch
from torch.nn import functional as F


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


x = tensor(<< x >>).unsqueeze(0).requires_grad_()
layer = torch.nn.<< module >>(<< constructor >>)
with torch.no_grad():
    layer.weight.copy_(tensor(<< w >>))
<%- if has_bias %>
    layer.bias.copy_(tensor(<< b >>))
<%- endif %>
<% if asymmetric and transposed %>
# PyTorch has one padding for both ends: run without, then cut (negative) or append zeros, last axis first.
y = F.pad(layer(x) - <% if has_bias %>layer.bias.reshape(1, -1<% for n in big %>, 1<% endfor %>)<% else %>0<% endif %>, << frame >>)
<%- if has_bias %>
y = y + layer.bias.reshape(1, -1<% for n in big %>, 1<% endfor %>)
<%- endif %>
<%- elif asymmetric %>
# PyTorch has one padding for both ends: pad first, last axis first.
y = layer(F.pad(x, << frame >>))
<%- else %>
y = layer(x)
<%- endif %>
y.backward(tensor(<< g >>).unsqueeze(0))

expected = {
    "output": (y[0], tensor(<< y >>)),
    "gradient of the input": (x.grad[0], tensor(<< grad_x >>)),
    "gradient of the weight": (layer.weight.grad, tensor(<< grad_w >>)),
<%- if has_bias %>
    "gradient of the bias": (layer.bias.grad, tensor(<< grad_b >>)),
<%- endif %>
}
for name, (found, wanted) in expected.items():
<%- if exact %>
    # Integers that doubles hold exactly: no tolerance.
    torch.testing.assert_close(found, wanted, rtol=0, atol=0, msg=lambda m: f"{name}: {m}")
<%- else %>
    torch.testing.assert_close(found, wanted, rtol=0, atol=<< tolerance >>, msg=lambda m: f"{name}: {m}")
<%- endif %>
print("output and gradients agree with PyTorch", torch.__version__)
