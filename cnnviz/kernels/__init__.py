"""Where kernels come from: presets, matrices typed by hand, files."""
