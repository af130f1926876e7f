"""From scores to what is gathered: mask, softmax, values."""

from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import over_keys
from ui.frames.inside.lesson import Lesson
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale


def masked(lesson: Lesson, at: Place) -> Frame:
    """Forbidden scores are overwritten."""
    fill = "1e-20" if _fills_tiny(lesson) else 'float("-inf")'
    code = lesson.run(
        f'mask = trace["{at.name}.mask"]  # True = may attend, broadcast to [B, H, L, S]\n'
        f"masked_energy = energy.masked_fill(~mask, {fill})\n"
        "keep = mask.expand_as(energy)"
    )
    hidden = int(lesson["~keep"].sum())
    return Frame(
        t("the mask"),
        (
            over_keys(lesson, "keep", at, reads=(("mask", None),)),
            over_keys(
                lesson,
                "masked_energy",
                at,
                masked="keep",
                scale=_like(lesson, "energy"),
                reads=(("energy", None), ("mask", None)),
            ),
        ),
        t(
            "The mask of shape {shape} is stretched over the scores. {hidden} of {all} scores become {fill}: "
            "they were computed and are overwritten, so masking saves no work.",
            fill="1e-20" if _fills_tiny(lesson) else "-∞",
            shape=list(lesson["mask"].shape),
            hidden=hidden,
            all=lesson["keep"].numel(),
        ),
        code,
        facts=lesson.facts("mask", "keep"),
    )


def _fills_tiny(lesson: Lesson) -> bool:
    """Whether this model makes the mistake of filling with 1e-20."""
    return lesson.config.mistake == "tiny_fill"


def _like(lesson: Lesson, name: str) -> Scale:
    return Scale.around_zero(lesson[name].numpy())


def softmax(lesson: Lesson, at: Place) -> Frame:
    """Scores become shares."""
    code = lesson.run(
        "largest = masked_energy.amax(dim=-1, keepdim=True)  # [B, H, L, 1]\n"
        "exponentials = (masked_energy - largest).exp()  # at most 1; exp(-inf) is exactly 0\n"
        "total = exponentials.sum(dim=-1, keepdim=True)  # [B, H, L, 1]\n"
        "no_key = largest == -torch.inf\n"
        "weights = (exponentials / total).masked_fill(no_key, 0.0)  # a row without any key gives zeros\n"
    ) + lesson.compare("weights", f"{at.name}.weights")
    return Frame(
        "softmax",
        (
            over_keys(lesson, "masked_energy", at, masked="keep", scale=_like(lesson, "energy")),
            over_keys(
                lesson,
                "weights",
                at,
                masked="keep",
                scale=Scale.unit(),
                reads=(("masked_energy", None), ("largest", None), ("total", None)),
                formula="exp({0} − {1}) / {2}",
            ),
        ),
        _leak(lesson)
        if _fills_tiny(lesson)
        else t(
            "Each row is made positive by exp and divided by its sum: the weights of a row add up to 1, and "
            "a masked key gets exactly 0. The row's maximum is subtracted first, as PyTorch's softmax does: "
            "that changes no weight, and exp cannot overflow."
        ),
        code,
        facts=lesson.facts("weights") + lesson.rounding(),
    )


def _leak(lesson: Lesson) -> str:
    return t(
        "Each row is made positive and divided by its sum. The masked keys were filled with 1e-20 by "
        "mistake, and exp(1e-20) is 1: together they get {share} of all attention here.",
        share=figure(lesson.number("(weights * ~keep).sum() / weights.sum()"), ".0%"),
    )


def gathered(lesson: Lesson, at: Place) -> Frame:
    """The values, each with its weight."""
    code = lesson.run("context = weights @ v  # [B, H, L, Dh]\n")
    code += lesson.compare("context", f"{at.name}.context")
    return Frame(
        t("weights times values"),
        (
            over_keys(lesson, "weights", at, masked="keep", scale=Scale.unit()),
            lesson.view("v", axes="BHSd", rows=at.columns),
            lesson.view(
                "context",
                axes="BHLd",
                rows=at.rows,
                reads=(("weights", (0, 1, 2, None)), ("v", (0, 1, None, 3))),
                formula="{0·1}",
            ),
        ),
        t("Each query gets the mean of the values, weighted by its row: what it looked for, gathered."),
        code,
        facts=lesson.facts("context") + lesson.rounding(),
    )
