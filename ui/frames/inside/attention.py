"""Inside one attention: projections, heads, scores, mask, softmax, values, and the way back."""

from dataclasses import dataclass
from typing import Any

import torch

from transformer.broadcasting import attempt
from ui.frames.inside.lesson import Lesson, Pass, Side
from ui.i18n import t
from ui.tensor_grid import Frame, Scale, TensorView


@dataclass(frozen=True)
class Place:
    """Which attention of which layer, and where its inputs come from."""

    name: str
    """In the trace: `encoder.0.self_attention`."""
    module: str
    """The `MultiHeadAttention` as an expression."""
    query: str
    """What asks, [B, L, D], as an expression."""
    memory: str
    """What is asked, [B, S, D]."""
    rows: Side
    columns: Side


def place(stack: str, kind: str, layer: int, pre_norm: bool) -> Place:
    """`kind` is `self_attention` or `cross_attention`."""
    name, block = f"{stack}.{layer}", f"model.{stack}.layers[{layer}]"
    if kind == "cross_attention":
        query = f'trace["{name}.norm1"]' if pre_norm else f'trace["{name}.norm"]'
        module = f"{block}.transformer_block.attention"
        return Place(f"{name}.{kind}", module, query, 'trace["encoder.output"]', "target", "source")
    side: Side = "source" if stack == "encoder" else "target"
    norm = "norm1" if stack == "encoder" else "norm"
    query = f'trace["{name}.{norm}"]' if pre_norm else block_input(stack, layer, pre_norm)
    return Place(f"{name}.{kind}", f"{block}.attention", query, query, side, side)


def block_input(stack: str, layer: int, pre_norm: bool) -> str:
    """What enters a layer, as an expression."""
    if layer == 0:
        return f'trace["{stack}.input"]'
    return f'trace["{stack}.{layer - 1}.{"residual2" if pre_norm else "norm2"}"]'


def frames(passed: Pass, at: Place) -> list[Frame]:
    """The steps of `MultiHeadAttention`, each with its line of code."""
    lesson = Lesson(passed)
    return [
        _inputs(lesson, at),
        _query(lesson, at),
        _keys_and_values(lesson, at),
        _viewed(lesson),
        _transposed(lesson, at),
        _scores(lesson, at),
        _scaled(lesson, at),
        _why_scaled(lesson, at),
        _masked(lesson, at),
        _softmax(lesson, at),
        _gathered(lesson, at),
        _refused(lesson),
        _merged(lesson, at),
        _output(lesson, at),
        _by_hand(lesson),
    ]


def _inputs(lesson: Lesson, at: Place) -> Frame:
    own = at.query == at.memory
    code = lesson.run(
        "import math\n"
        f"attention = {at.module}  # fc_q, fc_k, fc_v, fc_out: Linear(D, D) each\n"
        f"query = {at.query}  # [B, L, D]\n"
        f"key = value = {'query' if own else at.memory}  # [B, S, D]\n"
        "B, L, D = query.shape\n"
        "S, H, Dh = key.size(1), attention.heads, attention.head_dim"
    )
    tensors = [lesson.vectors("query", at.rows)]
    if not own:
        tensors.append(lesson.vectors("key", at.columns))
    caption = (
        t("Self-attention: queries, keys and values are all made from the same {L} tokens.", **_sizes(lesson))
        if own
        else t(
            "Cross-attention: the {L} target tokens ask, the {S} source tokens answer. That is why the "
            "decoder has two attentions: one over what it has written, one over what it has read.",
            **_sizes(lesson),
        )
    )
    return Frame(t("what comes in"), tuple(tensors), caption, code, facts=lesson.facts("query", "key"))


def _sizes(lesson: Lesson) -> dict[str, int]:
    return {name: lesson.script.names[name] for name in ("B", "L", "S", "D", "H", "Dh")}


def _query(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        "weight, bias = attention.fc_q.weight, attention.fc_q.bias  # [D, D], [D]\n"
        "q = attention.fc_q(query)  # [B, L, D] = query @ weight.T + bias"
    )
    return Frame(
        t("project to queries"),
        (
            lesson.vectors("query", at.rows),
            lesson.view("weight", axes="jd"),
            lesson.vectors(
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
            **_sizes(lesson),
        ),
        code,
        facts=lesson.facts("weight", "q"),
    )


def _keys_and_values(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run("k = attention.fc_k(key)  # [B, S, D]\nv = attention.fc_v(value)  # [B, S, D]")
    return Frame(
        t("project to keys and values"),
        (_projected(lesson, "k", at), _projected(lesson, "v", at)),
        t(
            "The same tokens through two more weights: the key says what a token can be found by, the value "
            "what it gives when found. The three projections learn to differ."
        ),
        code,
        facts=lesson.facts("k", "v"),
    )


def _projected(lesson: Lesson, name: str, at: Place) -> TensorView:
    """`k` or `v`: what the tokens give through `fc_k` or `fc_v`."""
    linear = f"attention.fc_{name}"
    reads = (("key", (0, 1, None)), (f"{linear}.weight", (2, None)), (f"{linear}.bias", (2,)))
    return lesson.vectors(name, at.columns, reads=reads, formula="{0·1} + {2}")


def _viewed(lesson: Lesson) -> Frame:
    code = lesson.run(
        "viewed = q.view(B, L, H, Dh)\nassert viewed.data_ptr() == q.data_ptr()  # the same memory"
    )
    return Frame(
        t("view: D numbers as H times Dh"),
        (lesson.view("viewed", axes="BLHd"),),
        t(
            "Nothing moves: {D} numbers are read as {H} rows of {Dh}. The strides say how far apart "
            "neighbours on each axis are in memory.",
            **_sizes(lesson),
        ),
        code,
        facts=lesson.facts("q", "viewed"),
    )


def _transposed(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        "q = q.view(B, L, H, Dh).transpose(1, 2)  # [B, H, L, Dh]\n"
        "k = k.view(B, S, H, Dh).transpose(1, 2)  # [B, H, S, Dh]\n"
        "v = v.view(B, S, H, Dh).transpose(1, 2)  # [B, H, S, Dh]"
    )
    return Frame(
        t("transpose: a head is a matrix of its own"),
        (
            lesson.view("q", axes="BHLd", rows=at.rows, reads=(("viewed", (0, 2, 1, 3)),)),
            lesson.view("k", axes="BHSd", rows=at.columns),
        ),
        t(
            "Swapping two axes swaps two strides, still without moving a number: now each of the {B} x {H} "
            "panels is one sentence in one head, and `@` treats them as a batch. Query and key share the "
            "size {Dh}; their lengths, {L} and {S}, need not be equal.",
            **_sizes(lesson),
        ),
        code,
        facts=lesson.facts("q", "k"),
    )


def _scores(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        (_ROTATION if _turned(lesson, at) else "") + "scores = q @ k.transpose(-2, -1)  # [B, H, L, S]"
    )
    return Frame(
        "Q Kᵀ",
        (
            lesson.view("q", axes="BHLd", rows=at.rows),
            lesson.view("k", axes="BHSd", rows=at.columns),
            _over_keys(
                lesson,
                "scores",
                at,
                reads=(("q", (0, 1, 2, None)), ("k", (0, 1, 3, None))),
                formula="{0·1}",
            ),
        ),
        t(
            "Every query meets every key of its head: a cell is the sum of {Dh} products, large where the "
            "two point the same way.",
            **_sizes(lesson),
        )
        + (
            "\n" + t("This model's positions are rotary: first, row p of q and k is turned by p steps.")
            if _turned(lesson, at)
            else ""
        ),
        code,
        facts=lesson.facts("scores"),
    )


_ROTATION = "from transformer.rotary import rotate\n\nq, k = rotate(q), rotate(k)\n"


def _turned(lesson: Lesson, at: Place) -> bool:
    """Whether queries and keys are turned by their positions here."""
    return lesson.config.positions == "rotary" and at.query == at.memory


def _biased(lesson: Lesson, at: Place) -> bool:
    """Whether distances take from the scores here."""
    return lesson.config.positions == "alibi" and at.query == at.memory


def _over_keys(lesson: Lesson, name: str, at: Place, **options: Any) -> TensorView:
    return lesson.view(name, axes="BHLS", rows=at.rows, columns=at.columns, **options)


def _scaled(lesson: Lesson, at: Place) -> Frame:
    biased = _biased(lesson, at)
    code = lesson.run(
        (
            f'bias = trace["{at.name}.bias"]  # -slope * |i - j|, [1, H, L, S]\n'
            "energy = scores / math.sqrt(Dh) + bias\n"
            if biased
            else "energy = scores / math.sqrt(Dh)\n"
        )
        + f'assert torch.allclose(energy, trace["{at.name}.energy"], atol=1e-5)'
    )
    root = f"√{lesson.config.head_dim}"
    return Frame(
        t("divided by the root of Dh"),
        (
            _over_keys(lesson, "scores", at),
            _over_keys(
                lesson,
                "energy",
                at,
                reads=(("scores", None), ("bias", None)) if biased else (("scores", None),),
                formula="{0} / " + root + (" + {1}" if biased else ""),
            ),
        ),
        t(
            "A sum of {Dh} products spreads {root} times as wide as one of them: from a spread of {before} "
            "back to {after}.",
            Dh=lesson.config.head_dim,
            root=root,
            before=f"{lesson.number('scores.std()'):.2f}",
            after=f"{lesson.number('energy.std()'):.2f}",
        )
        + (
            "\n"
            + t("This model's positions are ALiBi: each head then adds its bias, which falls with distance.")
            if biased
            else ""
        ),
        code,
        facts=lesson.facts("energy"),
    )


def _why_scaled(lesson: Lesson, at: Place) -> Frame:
    unscaled = "(scores + bias)" if _biased(lesson, at) else "scores"
    code = lesson.run(f"without, scaled = {unscaled}.softmax(dim=-1), energy.softmax(dim=-1)")
    return Frame(
        t("with and without the root"),
        (
            _over_keys(lesson, "without", at, scale=Scale.unit(), reads=(("scores", (0, 1, 2, None)),)),
            _over_keys(lesson, "scaled", at, scale=Scale.unit(), reads=(("energy", (0, 1, 2, None)),)),
        ),
        t(
            "The softmax of both, before any mask. The largest weight of a row is {without} on average "
            "without the root and {scaled} with it: where one weight is nearly 1, the gradient of the "
            "others is nearly 0.",
            without=f"{lesson.number('without.amax(dim=-1).mean()'):.2f}",
            scaled=f"{lesson.number('scaled.amax(dim=-1).mean()'):.2f}",
        ),
        code,
    )


def _masked(lesson: Lesson, at: Place) -> Frame:
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
            _over_keys(lesson, "keep", at, reads=(("mask", None),)),
            _over_keys(
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


def _softmax(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        "exponentials = masked_energy.exp()  # exp(-inf) is exactly 0\n"
        "total = exponentials.sum(dim=-1, keepdim=True)  # [B, H, L, 1]\n"
        "weights = torch.where(total > 0, exponentials / total, 0.0)  # a row without any key gives zeros\n"
        f'assert torch.allclose(weights, trace["{at.name}.weights"], atol=1e-5)'
    )
    return Frame(
        "softmax",
        (
            _over_keys(lesson, "masked_energy", at, masked="keep", scale=_like(lesson, "energy")),
            _over_keys(
                lesson,
                "weights",
                at,
                masked="keep",
                scale=Scale.unit(),
                reads=(("masked_energy", None), ("total", None)),
                formula="exp({0}) / {1}",
            ),
        ),
        _leak(lesson)
        if _fills_tiny(lesson)
        else t(
            "Each row is made positive and divided by its sum: the weights of a row add up to 1, and a "
            "masked key gets exactly 0. (PyTorch's softmax first takes the row's maximum off, so that exp "
            "cannot overflow; the result is the same.)"
        ),
        code,
        facts=lesson.facts("weights"),
    )


def _leak(lesson: Lesson) -> str:
    return t(
        "Each row is made positive and divided by its sum. The masked keys were filled with 1e-20 by "
        "mistake, and exp(1e-20) is 1: together they get {share} of all attention here.",
        share=f"{lesson.number('(weights * ~keep).sum() / weights.sum()'):.0%}",
    )


def _gathered(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        "context = weights @ v  # [B, H, L, Dh]\n"
        f'assert torch.allclose(context, trace["{at.name}.context"], atol=1e-5)'
    )
    return Frame(
        t("weights times values"),
        (
            _over_keys(lesson, "weights", at, masked="keep", scale=Scale.unit()),
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
        facts=lesson.facts("context"),
    )


def _refused(lesson: Lesson) -> Frame:
    together = "transposed = context.transpose(1, 2)  # [B, L, H, Dh]"
    lesson.run(together)
    wrong = "merged = transposed.view(B, L, D)"
    with torch.no_grad():
        outcome = attempt(wrong, lesson.script.names)
    said = (
        outcome.error
        + "\n"
        + t(
            "After the transpose the heads of one token lie {stride} numbers apart, so no strides make them "
            "one axis: a `view` would have to move numbers, and refuses.",
            stride=lesson["transposed"].stride(2),
        )
        if outcome.error
        else t(
            "Here it happens to work: with one query (or one head) the numbers already lie in a row, as in a "
            "cached step of decoding."
        )
    )
    return Frame(
        t("back without contiguous"),
        (lesson.view("transposed", axes="BLHd", reads=(("context", (0, 2, 1, 3)),)),),
        said,
        f"{together}\n# {wrong}",
        facts=lesson.facts("context", "transposed"),
    )


def _merged(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run("merged = transposed.contiguous().view(B, L, D)")
    return Frame(
        t("contiguous, then view"),
        (lesson.vectors("merged", at.rows),),
        t(
            "`contiguous` writes the numbers down in the new order, {bytes} bytes; now a view can read "
            "{H} x {Dh} as {D} again: the heads side by side.",
            bytes=f"{lesson['merged'].numel() * 4:,}",
            **_sizes(lesson),
        ),
        code,
        facts=lesson.facts("transposed", "merged"),
    )


def _output(lesson: Lesson, at: Place) -> Frame:
    code = lesson.run(
        "weight, bias = attention.fc_out.weight, attention.fc_out.bias\n"
        "output = attention.fc_out(merged)  # [B, L, D]\n"
        f'assert torch.allclose(output, trace["{at.name}.output"], atol=1e-4)'
    )
    return Frame(
        "fc_out",
        (
            lesson.vectors("merged", at.rows),
            lesson.view("weight", axes="jd"),
            lesson.vectors(
                "output",
                at.rows,
                reads=(
                    ("merged", (0, 1, None)),
                    ("weight", (2, None)),
                    ("bias", (2,)),
                ),
                formula="{0·1} + {2}",
            ),
        ),
        t(
            "Until here no head knew of another: each owns {Dh} of the {D} columns. fc_out mixes them, and "
            "what it gives is what the trace recorded as the attention's output.",
            **_sizes(lesson),
        ),
        code,
        facts=lesson.facts("output"),
    )


def _by_hand(lesson: Lesson) -> Frame:
    code = lesson.run(
        "q_hand = torch.tensor([[0.5, 0.6], [0.1, 0.2]])\n"
        "k_hand = torch.tensor([[0.7, 0.8], [0.3, 0.4], [0.9, 0.1]])\n"
        "dot = q_hand @ k_hand.T  # [2, 3]\n"
        "energy_hand = dot / math.sqrt(2)"
    )
    return Frame(
        t("two queries and three keys, by hand"),
        (
            lesson.view("q_hand", axes="Ld"),
            lesson.view("k_hand", axes="Sd"),
            lesson.view(
                "dot", axes="LS", reads=(("q_hand", (0, None)), ("k_hand", (1, None))), formula="{0·1}"
            ),
            lesson.view("energy_hand", axes="LS", reads=(("dot", None),), formula="{0} / √2"),
        ),
        t(
            "The notes' example, small enough for paper: query 0 and key 0 give {dot}, divided by √2 that "
            "is {energy}. Two queries and three keys: the lengths differ, the last axis may not.",
            dot=f"{lesson.number('dot[0, 0]'):.2f}",
            energy=f"{lesson.number('energy_hand[0, 0]'):.4f}",
        ),
        code,
        facts=lesson.facts("dot"),
    )
