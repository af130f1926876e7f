"""Attention scores: products of queries and keys, divided by the root of Dh."""

from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import over_keys, sizes
from ui.frames.inside.notebook import Notebook, traced
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Scale


def scores(notebook: Notebook, at: Place) -> Frame:
    """The product of every query with every key."""
    code = (notebook.cell("rotation") + "\n" if _turned(notebook, at) else "") + notebook.cell("scores")
    return Frame(
        "Q Kᵀ",
        (
            notebook.view("q", axes="BHLd", rows=at.rows),
            notebook.view("k", axes="BHSd", rows=at.columns),
            over_keys(
                notebook,
                "scores",
                at,
                reads=(("q", (0, 1, 2, None)), ("k", (0, 1, 3, None))),
                formula="{0·1}",
            ),
        ),
        t(
            "Every query meets every key of its head: a cell is the sum of {Dh} products, large where the "
            "two point the same way.",
            **sizes(notebook),
        )
        + (
            "\n" + t("This model's positions are rotary: first, row p of q and k is turned by p steps.")
            if _turned(notebook, at)
            else ""
        ),
        code,
        facts=notebook.facts("scores"),
    )


def _turned(notebook: Notebook, at: Place) -> bool:
    """Whether queries and keys are rotated: rotary positions act in self-attention only."""
    return notebook.config.positions == "rotary" and at.query == at.memory


def _biased(notebook: Notebook, at: Place) -> bool:
    """Whether the scores have a bias: ALiBi acts in self-attention only."""
    return notebook.config.positions == "alibi" and at.query == at.memory


def scaled(notebook: Notebook, at: Place) -> Frame:
    """Scores divided by the root of the head's width (section 3.2.1 of the paper)."""
    biased = _biased(notebook, at)
    code = (
        notebook.cell("bias", bias=traced(f"{at.name}.bias")) if biased else notebook.cell("energy")
    ) + notebook.compare("energy", f"{at.name}.energy")
    root = f"√{notebook.config.head_dim}"
    return Frame(
        t("divided by the root of Dh"),
        (
            over_keys(notebook, "scores", at),
            over_keys(
                notebook,
                "energy",
                at,
                reads=(("scores", None), ("bias", None)) if biased else (("scores", None),),
                formula="{0} / " + root + (" + {1}" if biased else ""),
            ),
        ),
        t(
            "A sum of {Dh} products spreads {root} times as wide as one of them: from a spread of {before} "
            "back to {after}.",
            Dh=notebook.config.head_dim,
            root=root,
            before=figure(notebook.number("scores.std()"), ".2f"),
            after=figure(notebook.number("energy.std()"), ".2f"),
        )
        + (
            "\n"
            + t("This model's positions are ALiBi: each head then adds its bias, which falls with distance.")
            if biased
            else ""
        ),
        code,
        facts=notebook.facts("energy") + notebook.rounding(),
    )


def why_scaled(notebook: Notebook, at: Place) -> Frame:
    """The softmax with and without the division by the root of Dh."""
    unscaled = "(scores + bias)" if _biased(notebook, at) else "scores"
    both = f"{unscaled}.softmax(dim=-1), energy.softmax(dim=-1)"
    code = notebook.cell("with and without the root", **{"without, scaled": both})
    return Frame(
        t("with and without the root"),
        (
            over_keys(notebook, "without", at, scale=Scale.unit(), reads=(("scores", (0, 1, 2, None)),)),
            over_keys(notebook, "scaled", at, scale=Scale.unit(), reads=(("energy", (0, 1, 2, None)),)),
        ),
        t(
            "The softmax of both, before any mask. The largest weight of a row is {without} on average "
            "without the root and {scaled} with it: where one weight is nearly 1, the gradient of the "
            "others is nearly 0.",
            without=figure(notebook.number("without.amax(dim=-1).mean()"), ".2f"),
            scaled=figure(notebook.number("scaled.amax(dim=-1).mean()"), ".2f"),
        ),
        code,
    )


def by_hand(notebook: Notebook) -> Frame:
    """The example of the notes."""
    code = notebook.cell("by hand")
    return Frame(
        t("two queries and three keys, by hand"),
        (
            notebook.view("q_hand", axes="Ld"),
            notebook.view("k_hand", axes="Sd"),
            notebook.view(
                "dot", axes="LS", reads=(("q_hand", (0, None)), ("k_hand", (1, None))), formula="{0·1}"
            ),
            notebook.view("energy_hand", axes="LS", reads=(("dot", None),), formula="{0} / √2"),
        ),
        t(
            "An example small enough for paper: query 0 and key 0 give {dot}, divided by √2 that "
            "is {energy}. Two queries and three keys: the lengths differ, the last axis may not.",
            dot=f"{notebook.number('dot[0, 0]'):.2f}",
            energy=f"{notebook.number('energy_hand[0, 0]'):.4f}",
        ),
        code,
        facts=notebook.facts("dot"),
    )
