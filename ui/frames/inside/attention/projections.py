"""From tokens to heads: three projections, and one axis read as two."""

from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import sizes
from ui.frames.inside.notebook import Notebook
from ui.i18n import t
from ui.tensor_grid import Frame, TensorView


def inputs(notebook: Notebook, at: Place) -> Frame:
    """The inputs: the tokens of the queries, and those of the keys and values."""
    own = at.query == at.memory
    shared = {} if own else {"key = value": at.memory}
    code = notebook.cell("what comes in", attention=at.module, query=at.query, **shared)
    tensors = [notebook.vectors("query", at.rows)]
    if not own:
        tensors.append(notebook.vectors("key", at.columns))
    caption = (
        t(
            "Self-attention: queries, keys and values are all made from the same {L} tokens.",
            **sizes(notebook),
        )
        if own
        else t(
            "Cross-attention: the {L} target tokens ask, the {S} source tokens answer. That is why the "
            "decoder has two attentions: one over what it has written, one over what it has read.",
            **sizes(notebook),
        )
    )
    return Frame(t("what comes in"), tuple(tensors), caption, code, facts=notebook.facts("query", "key"))


def query(notebook: Notebook, at: Place) -> Frame:
    """The projection to queries, number by number."""
    code = notebook.cell("queries")
    return Frame(
        t("project to queries"),
        (
            notebook.vectors("query", at.rows),
            notebook.view("weight", axes="jd"),
            notebook.vectors(
                "q",
                at.rows,
                reads=(
                    ("query", (0, 1, None)),
                    ("weight", (2, None)),
                    ("bias", (2,)),
                ),
                formula="{0·1} + {2}",
            ),
        ),
        t(
            "Each token's {D} numbers meet the {D} x {D} weight of fc_q: number j of q is the product with "
            "row j, plus a bias. The matrix is square because it holds {H} heads' {D} x {Dh} projections "
            "side by side: no more expressive than {H} separate ones, only faster.",
            **sizes(notebook),
        ),
        code,
        facts=notebook.facts("weight", "q"),
    )


def keys_and_values(notebook: Notebook, at: Place) -> Frame:
    """The projections to keys and values."""
    code = notebook.cell("keys and values")
    return Frame(
        t("project to keys and values"),
        (_projected(notebook, "k", at), _projected(notebook, "v", at)),
        t(
            "The same tokens through two more weights: the key says what a token can be found by, the value "
            "what it gives when found. The three projections learn to differ."
        ),
        code,
        facts=notebook.facts("k", "v"),
    )


def _projected(notebook: Notebook, name: str, at: Place) -> TensorView:
    """`k` or `v`: what the tokens give through `fc_k` or `fc_v`."""
    linear = f"attention.fc_{name}"
    reads = (("key", (0, 1, None)), (f"{linear}.weight", (2, None)), (f"{linear}.bias", (2,)))
    return notebook.vectors(name, at.columns, reads=reads, formula="{0·1} + {2}")


def viewed(notebook: Notebook) -> Frame:
    """The same memory, read as heads."""
    code = notebook.cell("view")
    return Frame(
        t("view: D numbers as H times Dh"),
        (notebook.view("viewed", axes="BLHd"),),
        t(
            "Nothing moves: {D} numbers are read as {H} rows of {Dh}. The strides say how far apart "
            "neighbours on each axis are in memory.",
            **sizes(notebook),
        ),
        code,
        facts=notebook.facts("q", "viewed"),
    )


def transposed(notebook: Notebook, at: Place) -> Frame:
    """The axes of heads and tokens swapped: [B, H, L, Dh]."""
    code = notebook.cell("heads")
    return Frame(
        t("transpose: a head is a matrix of its own"),
        (
            notebook.view("q", axes="BHLd", rows=at.rows, reads=(("viewed", (0, 2, 1, 3)),)),
            notebook.view("k", axes="BHSd", rows=at.columns),
        ),
        t(
            "Swapping two axes swaps two strides, still without moving a number: now each of the {B} x {H} "
            "panels is one sentence in one head, and `@` treats them as a batch. Query and key share the "
            "size {Dh}; their lengths, {L} and {S}, need not be equal.",
            **sizes(notebook),
        ),
        code,
        facts=notebook.facts("q", "k"),
    )
