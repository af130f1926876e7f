"""Rotary positions and ALiBi in a model: what is rotated, what is added, and the scores."""

import numpy as np
import torch

from transformer import Checkpoint, Trace
from transformer.model.alibi import alibi_bias, alibi_slopes
from ui.i18n import t
from ui.tensor_grid import Array, Frame, Operand, Scale, TensorView

BIAS_POSITIONS = 10
"""The most positions for which the bias is drawn."""


def encoded(checkpoint: Checkpoint, source: list[int]) -> Trace:
    """A trace of the encoder's pass over one source."""
    trace = Trace()
    with torch.inference_mode():
        checkpoint.model.encode(torch.tensor([source]), trace=trace)
    return trace


def rotary_frames(checkpoint: Checkpoint, source: list[int], trace: Trace, layer: int) -> list[Frame]:
    """Queries and keys of an encoder layer before and after their rotation, and the scores."""
    seen = trace.at(f"encoder.{layer}.self_attention")
    tokens = tuple(checkpoint.task.src_vocabulary.labels(source))
    frames = []
    for name, title in (("query", t("queries")), ("key", t("keys"))):
        before, after = seen[f"unrotated_{name}"].numpy(), seen[name].numpy()
        scale = Scale.around_zero(before)
        frames.append(
            Frame(
                title=title,
                tensors=(
                    _heads(f"unrotated_{name}", before, scale, tokens),
                    _heads(name, after, scale, tokens),
                ),
                caption=t(
                    "Row p is turned by p steps, each pair of columns at its own pace. Row 0 stays as it is, "
                    "and no row changes its length: the largest change of one is {change}.",
                    change=f"{np.abs(_lengths(after) - _lengths(before)).max():.1e}",
                ),
                code=f"{name} = rotate(unrotated_{name})  # [B, H, L, Dh]",
            )
        )
    energy = seen["energy"].numpy()
    frames.append(
        Frame(
            title=t("scores"),
            tensors=(_scores("energy", energy, Scale.around_zero(energy), tokens, _products(seen)),),
            caption=t(
                "The scores are products of turned queries and turned keys. Values are not turned: what is "
                "gathered does not depend on where it stood."
            ),
            code="energy = query @ key.transpose(-2, -1) / math.sqrt(head_dim)",
        )
    )
    return frames


def alibi_frame(checkpoint: Checkpoint, source: list[int], trace: Trace, layer: int) -> Frame:
    """Products, bias and their sum in an encoder layer, as the pass used them."""
    seen = trace.at(f"encoder.{layer}.self_attention")
    tokens = tuple(checkpoint.task.src_vocabulary.labels(source))
    bias, energy = seen["bias"].numpy(), seen["energy"].numpy()
    products = energy - bias
    scale = Scale.around_zero(energy)
    return Frame(
        title=t("scores with their bias"),
        tensors=(
            _scores("products", products, scale, tokens, _products(seen)),
            _scores("bias", bias, scale, tokens),
            _scores(
                "energy",
                energy,
                scale,
                tokens,
                (Operand("products", products), Operand("bias", bias)),
            ),
        ),
        caption=t(
            "Each head adds its own bias to the products of queries and keys: the greater the distance, the "
            "lower the score."
        ),
        code="energy = query @ key.transpose(-2, -1) / math.sqrt(head_dim) + bias  # [B, H, L, S]",
    )


def bias_frame(heads: int, length: int, causal: bool) -> Frame:
    """The bias of every head: [1, H, L, L], in the decoder under its causal mask."""
    length = min(length, BIAS_POSITIONS)
    bias = alibi_bias(heads, length).numpy()
    hidden = np.triu(np.ones((1, 1, length, length), dtype=bool), 1) if causal else None
    positions = tuple(str(position) for position in range(length))
    slopes = tuple(
        t("head {head}: slope {slope}", head=head, slope=f"{slope:.4g}")
        for head, slope in enumerate(alibi_slopes(heads).tolist())
    )
    view = TensorView(
        "bias",
        bias,
        Scale.around_zero(bias),
        masked=hidden,
        row_labels=positions,
        column_labels=positions,
        panel_labels=(("",), slopes),
        axis_names=("B", "H", t("query"), t("key")),
    )
    rule = t(
        "Nothing is added to the tokens and nothing is turned. Before softmax every score loses slope times "
        "distance, and each head has a slope of its own, fixed from the start."
    )
    side = (
        t("Hatched: the future, which the causal mask hides.")
        if causal
        else t("In the encoder the bias falls off to both sides alike.")
    )
    return Frame(
        title=t("bias of each head"),
        tensors=(view,),
        caption=f"{rule} {side}",
        code=f"bias = alibi_bias({heads}, {length})  # -slope * |i - j|, [1, H, L, L]",
    )


def _products(seen: Trace) -> tuple[Operand, ...]:
    return tuple(
        Operand(name, seen[name].numpy(), axes)
        for name, axes in (("query", (0, 1, 2, None)), ("key", (0, 1, 3, None)))
    )


def _heads(name: str, values: Array, scale: Scale, tokens: tuple[str, ...]) -> TensorView:
    return TensorView(
        name,
        values,
        scale,
        row_labels=tokens,
        panel_labels=(("",), _head_names(values)),
        axis_names=("B", "H", t("position"), t("dimension")),
    )


def _scores(
    name: str, values: Array, scale: Scale, tokens: tuple[str, ...], operands: tuple[Operand, ...] = ()
) -> TensorView:
    return TensorView(
        name,
        values,
        scale,
        row_labels=tokens,
        column_labels=tokens,
        panel_labels=(("",), _head_names(values)),
        axis_names=("B", "H", t("query"), t("key")),
        operands=operands,
    )


def _head_names(values: Array) -> tuple[str, ...]:
    return tuple(t("head {n}", n=head) for head in range(values.shape[1]))


def _lengths(values: Array) -> Array:
    lengths: Array = np.linalg.norm(values, axis=-1)
    return lengths
