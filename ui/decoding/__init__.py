"""The sections of the decoding page: the module of each has `draw(checkpoint, row)`.

`row` is the container that a section's controls are drawn into.
"""
