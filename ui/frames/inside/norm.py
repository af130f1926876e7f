"""Inside "add & norm": the residual sum, and one token's D numbers brought to mean 0 and variance 1."""

from dataclasses import dataclass

from ui.frames.inside.attention import block_input
from ui.frames.inside.notebook import Notebook, Pass, Side
from ui.i18n import figure, t
from ui.tensor_grid import Frame


@dataclass(frozen=True)
class Place:
    """One residual sum and its norm, as expressions and places of the trace."""

    before: str
    """What goes round the part, [B, L, D]."""
    part: str
    """What the part gave, a place of the trace."""
    total: str
    """Their sum, a place."""
    normed: str
    """What the norm gave, a place."""
    norm: str
    """The LayerNorm as an expression."""
    norm_reads: str
    """What the norm was given: the sum (post-norm), or what entered the part (pre-norm)."""
    side: Side


def place(stack: str, name: str, layer: int, pre_norm: bool) -> Place:
    """`name` is `norm`, `norm1` or `norm2`: the norms of a layer, as the model calls them."""
    own, block = f"{stack}.{layer}", f"model.{stack}.layers[{layer}]"
    side: Side = "source" if stack == "encoder" else "target"
    first = "norm1" if stack == "encoder" else "norm"
    parts = {"norm": "self_attention.output", "norm2": "feed_forward"}
    parts["norm1"] = "self_attention.output" if stack == "encoder" else "cross_attention.output"
    inner = block if stack == "encoder" or name == "norm" else f"{block}.transformer_block"
    total = f"{own}.{name.replace('norm', 'residual')}"
    previous = {"norm2": "norm1", "norm1": "norm"}
    if name == first:
        before = block_input(stack, layer, pre_norm)
    elif pre_norm:
        before = f'trace["{own}.{previous[name].replace("norm", "residual")}"]'
    else:
        before = f'trace["{own}.{previous[name]}"]'
    return Place(
        before,
        f"{own}.{parts[name]}",
        total,
        f"{own}.{name}",
        f"{inner}.{name}",
        before if pre_norm else f'trace["{total}"]',
        side,
    )


def last(stack: str, layers: int) -> Place:
    """The norm after the last layer of a pre-norm stack."""
    before = f'trace["{stack}.{layers - 1}.residual2"]'
    side: Side = "source" if stack == "encoder" else "target"
    return Place(before, "", "", f"{stack}.output", f"model.{stack}.norm", before, side)


def residual(passed: Pass, at: Place) -> list[Frame]:
    """`+ query`: what entered goes round the part and is added to what it gave."""
    notebook = Notebook(passed)
    code = notebook.run(
        f"x = {at.before}  # [B, L, D], what entered\n"
        f'given = trace["{at.part}"]  # [B, L, D], what the part made of it\n'
        "total = x + given\n"
    ) + notebook.compare("total", at.total)
    return [
        Frame(
            t("the residual sum"),
            (
                notebook.vectors("x", at.side),
                notebook.vectors("given", at.side),
                notebook.vectors("total", at.side, reads=(("x", None), ("given", None)), formula="{0} + {1}"),
            ),
            t(
                "The part only has to give the change, not the token itself, which the sum passes on. Here "
                "the change is {share} times as long as the vector that it is added to, and the gradient "
                "can bypass the part.",
                share=figure(notebook.number("given.norm() / x.norm()"), ".2f"),
            ),
            code,
            facts=notebook.facts("x", "given", "total") + notebook.rounding(),
        )
    ]


def norm(passed: Pass, at: Place) -> list[Frame]:
    """`nn.LayerNorm`, step by step, and beside it what BatchNorm would do."""
    notebook = Notebook(passed)
    return [
        _statistics(notebook, at),
        _normed(notebook, at).named("normed"),
        _beside_batch(notebook, at),
        _by_hand(notebook).named("by_hand"),
    ]


def _statistics(notebook: Notebook, at: Place) -> Frame:
    code = notebook.run(
        f"norm = {at.norm}\n"
        f"total = {at.norm_reads}  # [B, L, D]\n"
        "mean = total.mean(dim=-1, keepdim=True)  # [B, L, 1]: of each token's D numbers\n"
        "variance = total.var(dim=-1, unbiased=False, keepdim=True)  # [B, L, 1]"
    )
    return Frame(
        t("mean and variance of each token"),
        (
            notebook.vectors("total", at.side),
            notebook.vectors("mean", at.side, reads=(("total", (0, 1, None)),)),
            notebook.vectors("variance", at.side, reads=(("total", (0, 1, None)),)),
        ),
        t(
            "One mean and one variance for each token, from its own {D} numbers: no other token, sentence or "
            "batch size has a say.",
            D=notebook.config.embed_dim,
        ),
        code,
        facts=notebook.facts("total", "mean"),
    )


def _normed(notebook: Notebook, at: Place) -> Frame:
    code = notebook.run(
        "weight, bias = norm.weight, norm.bias  # [D], [D]\n"
        "normed = (total - mean) / torch.sqrt(variance + norm.eps) * weight + bias\n"
    ) + notebook.compare("normed", at.normed)
    return Frame(
        "LayerNorm",
        (
            notebook.vectors("total", at.side),
            notebook.vectors(
                "normed",
                at.side,
                reads=(
                    ("total", None),
                    ("mean", None),
                    ("variance", None),
                    ("weight", None),
                    ("bias", None),
                ),
                formula="({0} − {1}) / √({2} + 1e-5) × {3} + {4}",
            ),
        ),
        t(
            "Mean 0, variance 1, then a learned weight and bias for each of the {D} places. So layers do not "
            "all end up alike: here the numbers spread by {spread}. And it is no regularisation: it keeps "
            "numbers in a good range, it does not hold weights small.",
            D=notebook.config.embed_dim,
            spread=figure(notebook.number("normed.std()"), ".2f"),
        ),
        code,
        facts=notebook.facts("normed") + notebook.rounding(),
    )


def _beside_batch(notebook: Notebook, at: Place) -> Frame:
    code = notebook.run(
        "import torch.nn.functional as F\n"
        "def batch_norm(x):  # mean and variance of each of the D places, over all tokens of the batch\n"
        "    return F.batch_norm(x.flatten(0, 1), None, None, training=True).view_as(x)\n\n"
        "by_token = F.layer_norm(total, total.shape[-1:])\n"
        "by_place = batch_norm(total)\n"
        "alone_by_token = F.layer_norm(total[:1], total.shape[-1:])\n"
        "alone_by_place = batch_norm(total[:1])"
    )
    return Frame(
        t("beside BatchNorm"),
        (notebook.vectors("by_token", at.side), notebook.vectors("by_place", at.side)),
        t(
            "BatchNorm takes mean and variance down the columns, over all tokens of the batch, PAD "
            "included. Sentence 0 alone in its batch: BatchNorm's numbers change by up to {batch}, "
            "LayerNorm's by {layer}.",
            batch=figure(notebook.number("(alone_by_place - by_place[:1]).abs().max()"), ".2g"),
            layer=figure(notebook.number("(alone_by_token - by_token[:1]).abs().max()"), ".0g"),
        ),
        code,
    )


def _by_hand(notebook: Notebook) -> Frame:
    code = notebook.run(
        "tokens = torch.tensor([[0.8, 1.2, -0.4], [0.1, -0.5, 0.9]])  # two tokens, D = 3\n"
        "token_mean = tokens.mean(dim=-1, keepdim=True)\n"
        "token_variance = tokens.var(dim=-1, unbiased=False, keepdim=True)\n"
        "by_hand = (tokens - token_mean) / torch.sqrt(token_variance + 1e-5)\n"
        "assert torch.allclose(by_hand, F.layer_norm(tokens, (3,)), atol=1e-6)"
    )
    return Frame(
        t("three numbers, by hand"),
        (
            notebook.view("tokens", axes="Ld"),
            notebook.view(
                "by_hand",
                axes="Ld",
                reads=(("tokens", None), ("token_mean", None), ("token_variance", None)),
                formula="({0} − {1}) / √({2} + 1e-5)",
            ),
        ),
        t("The notes' example, computed: the second token becomes {row}.", row=_row(notebook, "by_hand[1]")),
        code,
    )


def _row(notebook: Notebook, name: str) -> str:
    return "[" + ", ".join(figure(number, ".4f") for number in notebook[name].tolist()) + "]"
