"""Inside the feed-forward network: each token by itself, through a wider layer and back."""

from ui.frames.inside.notebook import Notebook, Pass, Side
from ui.i18n import figure, t
from ui.tensor_grid import Frame


def frames(passed: Pass, stack: str, layer: int) -> list[Frame]:
    """`Linear(D, F)`, ReLU, `Linear(F, D)`."""
    notebook = Notebook(passed)
    side: Side = "source" if stack == "encoder" else "target"
    return [
        _wider(notebook, side, stack, layer),
        _cut(notebook, side),
        _back(notebook, side, f"{stack}.{layer}"),
    ]


def _wider(notebook: Notebook, side: Side, stack: str, layer: int) -> Frame:
    block = f"model.{stack}.layers[{layer}]"
    inner = block if stack == "encoder" else f"{block}.transformer_block"
    norm = "norm2" if notebook.config.norm == "pre" else "norm1"
    code = notebook.run(
        f"network = {inner}.feed_forward  # Linear, ReLU, Dropout, Linear\n"
        f'x = trace["{stack}.{layer}.{norm}"]  # [B, L, D]\n'
        "wide = network[0](x)  # [B, L, F]"
    )
    reads = (("x", (0, 1, None)), ("network[0].weight", (2, None)), ("network[0].bias", (2,)))
    return Frame(
        t("made wider"),
        (
            notebook.vectors("x", side),
            notebook.vectors("wide", side, reads=reads, formula="{0·1} + {2}"),
        ),
        t(
            "Attention has mixed tokens; here each token is worked on alone, by the same weights at every "
            "place: {D} numbers become {F}.",
            D=notebook.config.embed_dim,
            F=notebook.config.feed_forward_dim,
        ),
        code,
        facts=notebook.facts("x", "wide"),
    )


def _cut(notebook: Notebook, side: Side) -> Frame:
    code = notebook.run("kept = wide.relu()  # max(0, x)")
    return Frame(
        "ReLU",
        (
            notebook.vectors("wide", side),
            notebook.vectors("kept", side, reads=(("wide", None),), formula="max(0, {0})"),
        ),
        t(
            "What is negative becomes 0: {share} of these numbers. Without this the two linear layers would "
            "be one linear layer.",
            share=figure(notebook.number("(kept == 0).float().mean()"), ".0%"),
        ),
        code,
        facts=notebook.facts("kept"),
    )


def _back(notebook: Notebook, side: Side, place: str) -> Frame:
    code = notebook.run(
        "weight, bias = network[3].weight, network[3].bias  # [D, F], [D]\n"
        "output = network[3](kept)  # [B, L, D]\n"
    ) + notebook.compare("output", f"{place}.feed_forward")
    reads = (("kept", (0, 1, None)), ("weight", (2, None)), ("bias", (2,)))
    return Frame(
        t("and narrow again"),
        (
            notebook.vectors("kept", side),
            notebook.vectors("output", side, reads=reads, formula="{0·1} + {2}"),
        ),
        t("Back to {D} numbers, which are added to what entered.", D=notebook.config.embed_dim),
        code,
        facts=notebook.facts("output") + notebook.rounding(),
    )
