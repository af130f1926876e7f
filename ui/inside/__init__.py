"""The sections of the page inside the model: each module has `draw(passed)` for one pass."""
