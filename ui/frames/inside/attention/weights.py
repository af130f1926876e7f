"""From scores to the weighted sum of values: mask, softmax, values."""

from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import over_keys
from ui.frames.inside.notebook import Notebook, traced
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale


def masked(notebook: Notebook, at: Place) -> Frame:
    """The forbidden scores overwritten."""
    fill = "1e-20" if _fills_tiny(notebook) else 'float("-inf")'
    code = notebook.cell(
        "mask", mask=traced(f"{at.name}.mask"), masked_energy=f"energy.masked_fill(~mask, {fill})"
    )
    hidden = int(notebook["~keep"].sum())
    return Frame(
        t("the mask"),
        (
            over_keys(notebook, "keep", at, reads=(("mask", None),)),
            over_keys(
                notebook,
                "masked_energy",
                at,
                masked="keep",
                scale=_like(notebook, "energy"),
                reads=(("energy", None), ("mask", None)),
            ),
        ),
        t(
            "The mask of shape {shape} is stretched over the scores. {hidden} of {all} scores become {fill}: "
            "they were computed and are overwritten, so masking saves no work.",
            fill="1e-20" if _fills_tiny(notebook) else "-∞",
            shape=list(notebook["mask"].shape),
            hidden=hidden,
            all=notebook["keep"].numel(),
        ),
        code,
        facts=notebook.facts("mask", "keep"),
    )


def _fills_tiny(notebook: Notebook) -> bool:
    """Whether this model makes the mistake of filling with 1e-20."""
    return notebook.config.mistake == "tiny_fill"


def _like(notebook: Notebook, name: str) -> Scale:
    return Scale.around_zero(notebook[name].numpy())


def softmax(notebook: Notebook, at: Place) -> Frame:
    """The scores turned into weights that sum to 1."""
    code = notebook.cell("softmax") + notebook.compare("weights", f"{at.name}.weights")
    return Frame(
        "softmax",
        (
            over_keys(notebook, "masked_energy", at, masked="keep", scale=_like(notebook, "energy")),
            over_keys(
                notebook,
                "weights",
                at,
                masked="keep",
                scale=Scale.unit(),
                reads=(("masked_energy", None), ("largest", None), ("total", None)),
                formula="exp({0} − {1}) / {2}",
            ),
        ),
        _leak(notebook)
        if _fills_tiny(notebook)
        else t(
            "Each row is made positive by exp and divided by its sum: the weights of a row add up to 1, and "
            "a masked key gets exactly 0. The row's maximum is subtracted first, as PyTorch's softmax does: "
            "that changes no weight, and exp cannot overflow."
        ),
        code,
        facts=notebook.facts("weights") + notebook.rounding(),
    )


def _leak(notebook: Notebook) -> str:
    return t(
        "Each row is made positive and divided by its sum. The masked keys were filled with 1e-20 by "
        "mistake, and exp(1e-20) is 1: together they get {share} of all attention here.",
        share=figure(notebook.number("(weights * ~keep).sum() / weights.sum()"), ".0%"),
    )


def gathered(notebook: Notebook, at: Place) -> Frame:
    """The values, summed by their weights."""
    code = notebook.cell("values")
    code += notebook.compare("context", f"{at.name}.context")
    return Frame(
        t("weights times values"),
        (
            over_keys(notebook, "weights", at, masked="keep", scale=Scale.unit()),
            notebook.view("v", axes="BHSd", rows=at.columns),
            notebook.view(
                "context",
                axes="BHLd",
                rows=at.rows,
                reads=(("weights", (0, 1, 2, None)), ("v", (0, 1, None, 3))),
                formula="{0·1}",
            ),
        ),
        t("Each query gets the mean of the values, weighted by its row: what it looked for, gathered."),
        code,
        facts=notebook.facts("context") + notebook.rounding(),
    )
