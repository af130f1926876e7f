"""A decode, step by step: what was written, what else was likely, and where every head looked."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer import EOS, PAD, Checkpoint, Trace, Vocabulary
from transformer.decoding import DecodeStep, decode
from transformer.limits import MAX_PAIR_TOKENS
from ui.i18n import t
from ui.tensor_grid import Bar, Frame, Operand, Scale, TensorView, Token
from ui.tensor_grid.views import Kind

CANDIDATES = 8
ATTENTIONS = ("encoder.self", "decoder.self", "decoder.cross")


@dataclass(frozen=True)
class Walk:
    """One source's decode, as it ran."""

    checkpoint: Checkpoint
    source: list[int]
    expected: list[int] | None
    """The right answer, from SOS to EOS; None if none is known."""
    steps: tuple[DecodeStep, ...]

    @property
    def output(self) -> list[int]:
        """All tokens written, from SOS on."""
        return [int(token) for token in self.steps[-1].tokens[0]]

    @property
    def is_right(self) -> bool | None:
        """Whether the answer is exactly right; None if nobody knows."""
        if self.expected is None:
            return None
        return self.checkpoint.task.is_right(self.source, self.output)

    @property
    def first_wrong(self) -> int | None:
        """The first step whose token is not the expected one, None if all are right or none is known."""
        if self.expected is None:
            return None
        pairs = zip(self.output[1:], [*self.expected[1:], *[PAD] * len(self.output)], strict=False)
        return next((step for step, (written, right) in enumerate(pairs) if written != right), None)


def walk(checkpoint: Checkpoint, source: list[int]) -> Walk:
    """Decode a source with a trace of every step; a model that finds no end is stopped a little past it."""
    expected = checkpoint.task.answer(source)
    limit = len(expected) + 4 if expected else MAX_PAIR_TOKENS
    steps = decode(checkpoint.model, torch.tensor([source]), max_new_tokens=limit, trace=True)
    return Walk(checkpoint, source, expected, tuple(steps))


def frames(lesson: Walk, attentions: Sequence[str]) -> list[Frame]:
    """One frame a step: the attentions named, all layers and heads, and the candidates for the next token."""
    return [_frame(lesson, step, attentions) for step in lesson.steps]


def _frame(lesson: Walk, step: DecodeStep, attentions: Sequence[str]) -> Frame:
    vocabulary = lesson.checkpoint.task.trg_vocabulary
    tokens = [int(token) for token in step.tokens[0]]
    written = vocabulary.label(tokens[-1])
    return Frame(
        title=t("step {n}: {token}", n=step.step + 1, token=written),
        tensors=tuple(_attention(lesson, step, name) for name in attentions),
        tokens=(
            (t("source"), _tokens(lesson.checkpoint.task.src_vocabulary, lesson.source)),
            (t("read so far"), _tokens(vocabulary, tokens[:-1])),
            (t("written now"), (_judged(lesson, step.step, tokens[-1]),)),
        ),
        bars=((t("next token"), _candidates(vocabulary, step)),),
        caption=_caption(lesson, step, written),
    )


def _caption(lesson: Walk, step: DecodeStep, written: str) -> str:
    probability = f"{step.probabilities[0].max().item():.1%}"
    if int(step.tokens[0, -1]) == EOS:
        return t("The model writes EOS with probability {p}: the answer is complete.", p=probability)
    return t(
        "The decoder read {count} tokens and gives “{token}” the highest probability, {p}. It is appended, "
        "and the next step reads it too.",
        count=step.step + 1,
        token=written,
        p=probability,
    )


def _attention(lesson: Walk, step: DecodeStep, name: str) -> TensorView:
    assert step.trace is not None
    side, kind = name.split(".")
    places = [
        f"{side}.{layer}.{kind}_attention" for layer in range(lesson.checkpoint.model.config.num_layers)
    ]
    weights, masks, energy = (_layers(step.trace, places, part) for part in ("weights", "mask", "energy"))
    source = tuple(lesson.checkpoint.task.src_vocabulary.labels(lesson.source))
    target = tuple(lesson.checkpoint.task.trg_vocabulary.labels(int(token) for token in step.tokens[0, :-1]))
    return TensorView(
        titles()[name],
        weights.numpy(),  # [layers, H, L, S]
        Scale.unit(),
        masked=(~masks).numpy(),
        row_labels=source if side == "encoder" else target,
        column_labels=target if name == "decoder.self" else source,
        panel_labels=(
            tuple(t("layer {n}", n=layer) for layer in range(len(places))),
            tuple(t("head {n}", n=head) for head in range(weights.size(1))),
        ),
        axis_names=(t("layer"), t("head"), t("query"), t("key")),
        operands=(Operand("energy", energy.numpy()),),
    )


def titles() -> dict[str, str]:
    """How the three attentions are called on screen."""
    return {
        "encoder.self": t("encoder self-attention"),
        "decoder.self": t("decoder self-attention"),
        "decoder.cross": t("cross-attention"),
    }


def _layers(trace: Trace, places: Sequence[str], part: str) -> Tensor:
    """One sequence's [1, H, L, S] in each layer -> [layers, H, L, S]."""
    return torch.cat([trace[f"{place}.{part}"] for place in places])


def _candidates(vocabulary: Vocabulary, step: DecodeStep) -> tuple[Bar, ...]:
    best = step.probabilities[0].topk(min(CANDIDATES, len(vocabulary)))
    chosen = int(step.tokens[0, -1])
    return tuple(
        Bar(
            vocabulary.label(token),
            probability,
            f"{probability:.3f}",
            "chosen" if token == chosen else "plain",
        )
        for token, probability in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    )


def _tokens(vocabulary: Vocabulary, ids: Sequence[int]) -> tuple[Token, ...]:
    return tuple(Token(vocabulary.label(token), _kind(token)) for token in ids)


def _kind(token: int) -> Kind:
    if token == PAD:
        return "pad"
    return "special" if token < 3 else "plain"


def _judged(lesson: Walk, position: int, token: int) -> Token:
    """A written token, and what should have been written where it is wrong."""
    vocabulary = lesson.checkpoint.task.trg_vocabulary
    if lesson.expected is None:
        return Token(vocabulary.label(token), _kind(token))
    right = lesson.expected[position + 1] if position + 1 < len(lesson.expected) else None
    if token == right:
        return Token(vocabulary.label(token), "right")
    note = (
        t("expected {token}", token=vocabulary.label(right)) if right is not None else t("expected nothing")
    )
    return Token(vocabulary.label(token), "wrong", note)
