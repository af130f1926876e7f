"""The batch axis: what `nn.Linear` and `mean` do with it."""

from ui.frames.inside.notebook import Notebook, Pass
from ui.i18n import t
from ui.tensor_grid import Frame


def frames(passed: Pass) -> list[Frame]:
    """Three steps: `nn.Linear` on a batch, on more leading axes, and means with and without `dim`."""
    notebook = Notebook(passed, "batch")
    return [_linear(notebook), _more_axes(notebook), _means(notebook)]


def _linear(notebook: Notebook) -> Frame:
    code = notebook.cell("linear")
    reads = (("rows", (0, None)), ("linear.weight", (1, None)), ("linear.bias", (1,)))
    return Frame(
        "nn.Linear(10, 5)",
        (
            notebook.view("rows", axes="Bi"),
            notebook.view("linear.weight", axes="ji"),
            notebook.view("out", axes="Bj", reads=reads, formula="{0·1} + {2}"),
        ),
        t(
            "{shape} goes in, {out} comes out: one weight of {weight} serves every row, and no row knows of "
            "another. Example 7 alone gives what it gives among 32.",
            shape=list(notebook["rows"].shape),
            out=list(notebook["out"].shape),
            weight=list(notebook["linear.weight"].shape),
        ),
        code,
        facts=notebook.facts("rows", "linear.weight", "out"),
    )


def _more_axes(notebook: Notebook) -> Frame:
    code = notebook.cell("more axes")
    return Frame(
        t("all leading axes are batch"),
        (notebook.view("deeper", axes="gbj"),),
        t(
            "Not only the first axis: modules work on the last one and carry all others along. {shape} holds "
            "the same numbers as {flat}.",
            shape=list(notebook["deeper"].shape),
            flat=list(notebook["out"].shape),
        ),
        code,
        facts=notebook.facts("grouped", "deeper"),
    )


def _means(notebook: Notebook) -> Frame:
    code = notebook.cell("means")
    return Frame(
        "mean(), mean(dim=0), mean(dim=-1)",
        tuple(notebook.view(name, axes=axes) for name, axes in (("over_batch", "j"), ("of_each", "B"))),
        t(
            "Reductions do not treat the first axis as a batch: `mean()` is one number over all {count}, "
            "here {mean}. `dim` names the axis that is removed: dim=0 leaves {over}, dim=-1 leaves {each}.",
            count=notebook["out"].numel(),
            mean=f"{notebook.number('everything'):.4f}",
            over=list(notebook["over_batch"].shape),
            each=list(notebook["of_each"].shape),
        ),
        code,
        facts=notebook.facts("over_batch", "of_each"),
    )
