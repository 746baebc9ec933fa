<# A script that rebuilds W~ in SciPy from the index formula and checks its product. Values as in pytorch.py, and
   small, big, kernel, stride, dilation, crop (lists by axis), small_channels, big_channels, groups, taps. #>
<%- if true %>"""W~ of a layer rebuilt with SciPy, and its product against the numbers convt-matrix computed."""
<%- endif %>
# Written by convt-matrix << version >>.
from itertools import product

import numpy as np
from scipy.sparse import coo_matrix

small, big, kernel = << small >>, << big >>, << kernel >>
stride, dilation, crop = << stride >>, << dilation >>, << crop >>
small_channels, big_channels, groups = << small_channels >>, << big_channels >>, << groups >>
<%- if exact %>
number = np.int64
<%- else %>
number = np.float64
<%- endif %>
x = np.array(<< x >>, dtype=number)
w = np.array(<< w >>, dtype=number)
y = np.array(<< y >>, dtype=number)

rows, columns, values = [], [], []
for c, b in product(range(small_channels), range(big_channels // groups)):
    channel = c // (small_channels // groups) * (big_channels // groups) + b
    for i in product(*map(range, small)):
        for t in product(*map(range, kernel)):
            j = [s * a + d * k - lo for s, a, d, k, lo in zip(stride, i, dilation, t, crop)]
            if all(0 <= at < n for at, n in zip(j, big)):
                rows.append(np.ravel_multi_index((c, *i), (small_channels, *small)))
                columns.append(np.ravel_multi_index((channel, *j), (big_channels, *big)))
                values.append(w[(c, b, *t)])
assert len(values) == << taps >>, (len(values), << taps >>)
shape = (small_channels * int(np.prod(small)), big_channels * int(np.prod(big)))
W = coo_matrix((np.array(values, dtype=number), (rows, columns)), shape=shape).tocsr()
<% if transposed %>
found = (W.T @ x.ravel()).reshape(y.shape)
<%- else %>
found = (W @ x.ravel()).reshape(y.shape)
<%- endif %>
<%- if has_bias %>
found = found + np.array(<< b >>, dtype=number).reshape(-1<% for n in big %>, 1<% endfor %>)
<%- endif %>
<%- if exact %>
np.testing.assert_array_equal(found, y)
<%- else %>
np.testing.assert_allclose(found, y, rtol=0, atol=<< tolerance >>)
<%- endif %>
print("W~ has shape", W.shape, "and", W.nnz, "entries; its product agrees")
