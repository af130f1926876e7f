"""The sections of the page inside the model: the module of each has `draw(passed, row)` for one pass.

`row` is the container that a section's controls are drawn into.
"""
