"""Inside one attention: projections, heads, scores, mask, softmax, values, and the way back."""

from ui.frames.inside.attention import back, projections, scores, weights
from ui.frames.inside.attention.places import Place, place
from ui.frames.inside.notebook import Notebook, Pass
from ui.tensor_grid import Frame

__all__ = ["Place", "frames", "place"]


def frames(passed: Pass, at: Place) -> list[Frame]:
    """The steps of `MultiHeadAttention`, each with its line of code."""
    notebook = Notebook(passed, "attention")
    return [
        projections.inputs(notebook, at),
        projections.query(notebook, at).named("query"),
        projections.keys_and_values(notebook, at),
        projections.viewed(notebook),
        projections.transposed(notebook, at).named("heads"),
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
