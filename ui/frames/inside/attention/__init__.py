"""Inside one attention: projections, heads, scores, mask, softmax, values, and the way back."""

from ui.frames.inside.attention import back, heads, scores, weights
from ui.frames.inside.attention.places import Place, place
from ui.frames.inside.notebook import Notebook, Pass
from ui.tensor_grid import Frame

__all__ = ["Place", "frames", "place"]


def frames(passed: Pass, at: Place) -> list[Frame]:
    """The steps of `MultiHeadAttention`, each with its line of code."""
    notebook = Notebook(passed, "attention")
    return [
        heads.inputs(notebook, at),
        heads.query(notebook, at).named("query"),
        heads.keys_and_values(notebook, at),
        heads.viewed(notebook),
        heads.transposed(notebook, at).named("heads"),
        scores.scores(notebook, at).named("energy"),
        scores.scaled(notebook, at),
        scores.why_scaled(notebook, at),
        weights.masked(notebook, at).named("masked"),
        weights.softmax(notebook, at).named("softmax"),
        weights.gathered(notebook, at),
        back.refused(notebook).named("refused"),
        back.merged(notebook, at),
        back.output(notebook, at).named("output"),
        scores.by_hand(notebook),
    ]
