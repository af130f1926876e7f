"""Inside "add & norm": the residual sum, and one token's D numbers brought to mean 0 and variance 1."""

from dataclasses import dataclass

from transformer.model.config import TransformerConfig
from transformer.model.places import SIDES, StackName, Sublayer, TokenSide, block_output
from ui.frames.inside.notebook import Notebook, Pass, module, traced
from ui.i18n import figure, t
from ui.tensor_grid import Frame


@dataclass(frozen=True)
class Norm:
    """One LayerNorm of a pass."""

    module: str
    """Its path in the model."""
    given: str
    """The place of the trace that holds its input, [B, L, D]."""
    gave: str
    """The place of the trace that holds its output."""
    side: TokenSide


def of_sublayer(one: Sublayer) -> Norm:
    """The norm of a sublayer."""
    return Norm(one.norm_module, one.norm_given, one.normed, one.side)


def last(config: TransformerConfig, stack: StackName) -> Norm:
    """The norm after the last layer of a pre-norm stack."""
    given = block_output(config, stack, config.num_layers - 1)
    return Norm(f"{stack}.norm", given, f"{stack}.output", SIDES[stack])


def residual(passed: Pass, one: Sublayer) -> list[Frame]:
    """`+ query`: the input of the sublayer is added to its output."""
    notebook, side = Notebook(passed, "norm"), one.side
    code = notebook.cell("residual", x=traced(one.entered), given=traced(one.gave)) + notebook.compare(
        "total", one.total
    )
    return [
        Frame(
            t("the residual sum"),
            (
                notebook.vectors("x", side),
                notebook.vectors("given", side),
                notebook.vectors("total", side, reads=(("x", None), ("given", None)), formula="{0} + {1}"),
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


def norm(passed: Pass, at: Norm) -> list[Frame]:
    """`nn.LayerNorm`, step by step, and beside it what BatchNorm would do."""
    notebook = Notebook(passed, "norm")
    return [
        _statistics(notebook, at),
        _normed(notebook, at).named("normed"),
        _beside_batch(notebook, at),
        _by_hand(notebook).named("by_hand"),
    ]


def _statistics(notebook: Notebook, at: Norm) -> Frame:
    code = notebook.cell("statistics", norm=module(at.module), total=traced(at.given))
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


def _normed(notebook: Notebook, at: Norm) -> Frame:
    code = notebook.cell("normed") + notebook.compare("normed", at.gave)
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


def _beside_batch(notebook: Notebook, at: Norm) -> Frame:
    code = notebook.cell("beside BatchNorm")
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
    code = notebook.cell("by hand")
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
        t("A small example, computed: the second token becomes {row}.", row=_row(notebook, "by_hand[1]")),
        code,
    )


def _row(notebook: Notebook, name: str) -> str:
    return "[" + ", ".join(figure(number, ".4f") for number in notebook[name].tolist()) + "]"
