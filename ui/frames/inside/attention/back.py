"""From heads to tokens: transpose, contiguous, view, fc_out."""

import torch

from transformer.experiments.broadcasting import attempt
from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import sizes
from ui.frames.inside.lesson import Lesson
from ui.i18n import t
from ui.tensor_grid import Frame


def refused(lesson: Lesson) -> Frame:
    """What `view` says to transposed heads."""
    together = "transposed = context.transpose(1, 2)  # [B, L, H, Dh]"
    lesson.run(together)
    wrong = "merged = transposed.view(B, L, D)"
    with torch.no_grad():
        outcome = attempt(wrong, lesson.script.names)
    said = (
        outcome.error
        + "\n"
        + t(
            "After the transpose the heads of one token lie {stride} numbers apart, so no strides make them "
            "one axis: a `view` would have to move numbers, and refuses.",
            stride=lesson["transposed"].stride(2),
        )
        if outcome.error
        else t(
            "Here it happens to work: with one query (or one head) the numbers already lie in a row, as in a "
            "cached step of decoding."
        )
    )
    return Frame(
        t("back without contiguous"),
        (lesson.view("transposed", axes="BLHd", reads=(("context", (0, 2, 1, 3)),)),),
        said,
        f"{together}\n# {wrong}",
        facts=lesson.facts("context", "transposed"),
    )


def merged(lesson: Lesson, at: Place) -> Frame:
    """The heads side by side again."""
    code = lesson.run("merged = transposed.contiguous().view(B, L, D)")
    return Frame(
        t("contiguous, then view"),
        (lesson.vectors("merged", at.rows),),
        t(
            "`contiguous` writes the numbers down in the new order, {bytes} bytes; now a view can read "
            "{H} x {Dh} as {D} again: the heads side by side.",
            bytes=f"{lesson['merged'].numel() * 4:,}",
            **sizes(lesson),
        ),
        code,
        facts=lesson.facts("transposed", "merged"),
    )


def output(lesson: Lesson, at: Place) -> Frame:
    """The last projection, compared with what the trace recorded."""
    code = lesson.run(
        "weight, bias = attention.fc_out.weight, attention.fc_out.bias\n"
        "output = attention.fc_out(merged)  # [B, L, D]\n"
    ) + lesson.compare("output", f"{at.name}.output")
    return Frame(
        "fc_out",
        (
            lesson.vectors("merged", at.rows),
            lesson.view("weight", axes="jd"),
            lesson.vectors(
                "output",
                at.rows,
                reads=(
                    ("merged", (0, 1, None)),
                    ("weight", (2, None)),
                    ("bias", (2,)),
                ),
                formula="{0·1} + {2}",
            ),
        ),
        t(
            "Up to here the heads are independent: each owns {Dh} of the {D} columns. fc_out mixes them, "
            "and its result is what the trace recorded as the output of the attention.",
            **sizes(lesson),
        ),
        code,
        facts=lesson.facts("output") + lesson.rounding(),
    )
