"""Inside the feed-forward network: each token by itself, through a wider layer and back."""

from transformer.model.places import StackName, Sublayer, TokenSide, sublayer
from ui.frames.inside.notebook import Notebook, Pass, module, traced
from ui.i18n import figure, t
from ui.tensor_grid import Frame


def frames(passed: Pass, stack: StackName, layer: int) -> list[Frame]:
    """`Linear(D, F)`, ReLU, `Linear(F, D)`."""
    notebook = Notebook(passed, "feed_forward")
    own = sublayer(notebook.config, f"{stack}.{layer}.feed_forward")
    return [_wider(notebook, own), _cut(notebook, own.side), _back(notebook, own)]


def _wider(notebook: Notebook, own: Sublayer) -> Frame:
    side = own.side
    code = notebook.cell("wider", network=module(own.module), x=traced(own.given))
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


def _cut(notebook: Notebook, side: TokenSide) -> Frame:
    code = notebook.cell("cut")
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


def _back(notebook: Notebook, own: Sublayer) -> Frame:
    side = own.side
    code = notebook.cell("back") + notebook.compare("output", own.gave)
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
