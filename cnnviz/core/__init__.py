"""The lesson: shapes, padding, convolution, pooling, receptive fields, as arithmetic on arrays."""
