"""Inside the feed-forward network: each token by itself, through a wider layer and back."""

from ui.frames.inside.lesson import Lesson, Pass, Side
from ui.i18n import figure, t
from ui.tensor_grid import Frame


def frames(passed: Pass, stack: str, layer: int) -> list[Frame]:
    """`Linear(D, F)`, ReLU, `Linear(F, D)`."""
    lesson = Lesson(passed)
    side: Side = "source" if stack == "encoder" else "target"
    return [_wider(lesson, side, stack, layer), _cut(lesson, side), _back(lesson, side, f"{stack}.{layer}")]


def _wider(lesson: Lesson, side: Side, stack: str, layer: int) -> Frame:
    block = f"model.{stack}.layers[{layer}]"
    inner = block if stack == "encoder" else f"{block}.transformer_block"
    norm = "norm2" if lesson.config.norm == "pre" else "norm1"
    code = lesson.run(
        f"network = {inner}.feed_forward  # Linear, ReLU, Dropout, Linear\n"
        f'x = trace["{stack}.{layer}.{norm}"]  # [B, L, D]\n'
        "wide = network[0](x)  # [B, L, F]"
    )
    reads = (("x", (0, 1, None)), ("network[0].weight", (2, None)), ("network[0].bias", (2,)))
    return Frame(
        t("made wider"),
        (
            lesson.vectors("x", side),
            lesson.vectors("wide", side, reads=reads, formula="{0·1} + {2}"),
        ),
        t(
            "Attention has mixed tokens; here each token is worked on alone, by the same weights at every "
            "place: {D} numbers become {F}.",
            D=lesson.config.embed_dim,
            F=lesson.config.feed_forward_dim,
        ),
        code,
        facts=lesson.facts("x", "wide"),
    )


def _cut(lesson: Lesson, side: Side) -> Frame:
    code = lesson.run("kept = wide.relu()  # max(0, x)")
    return Frame(
        "ReLU",
        (
            lesson.vectors("wide", side),
            lesson.vectors("kept", side, reads=(("wide", None),), formula="max(0, {0})"),
        ),
        t(
            "What is negative becomes 0: {share} of these numbers. Without this the two linear layers would "
            "be one linear layer.",
            share=figure(lesson.number("(kept == 0).float().mean()"), ".0%"),
        ),
        code,
        facts=lesson.facts("kept"),
    )


def _back(lesson: Lesson, side: Side, place: str) -> Frame:
    code = lesson.run(
        "weight, bias = network[3].weight, network[3].bias  # [D, F], [D]\n"
        "output = network[3](kept)  # [B, L, D]\n"
    ) + lesson.compare("output", f"{place}.feed_forward")
    reads = (("kept", (0, 1, None)), ("weight", (2, None)), ("bias", (2,)))
    return Frame(
        t("and narrow again"),
        (
            lesson.vectors("kept", side),
            lesson.vectors("output", side, reads=reads, formula="{0·1} + {2}"),
        ),
        t("Back to {D} numbers, which are added to what entered.", D=lesson.config.embed_dim),
        code,
        facts=lesson.facts("output") + lesson.rounding(),
    )
