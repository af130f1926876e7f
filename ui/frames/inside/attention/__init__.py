"""Inside one attention: projections, heads, scores, mask, softmax, values, and the way back."""

from ui.frames.inside.attention import back, heads, scores, weights
from ui.frames.inside.attention.places import Place, block_input, place
from ui.frames.inside.lesson import Lesson, Pass
from ui.tensor_grid import Frame

__all__ = ["Place", "block_input", "frames", "place"]


def frames(passed: Pass, at: Place) -> list[Frame]:
    """The steps of `MultiHeadAttention`, each with its line of code."""
    lesson = Lesson(passed)
    return [
        heads.inputs(lesson, at),
        heads.query(lesson, at),
        heads.keys_and_values(lesson, at),
        heads.viewed(lesson),
        heads.transposed(lesson, at),
        scores.scores(lesson, at),
        scores.scaled(lesson, at),
        scores.why_scaled(lesson, at),
        weights.masked(lesson, at),
        weights.softmax(lesson, at),
        weights.gathered(lesson, at),
        back.refused(lesson),
        back.merged(lesson, at),
        back.output(lesson, at),
        scores.by_hand(lesson),
    ]
