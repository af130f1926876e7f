"""The candidates for the next token as columns of bars, from logits to the sampled distribution."""

from collections.abc import Callable

import torch
from torch import Tensor

from transformer import PAD, Vocabulary
from transformer.decoding.loop import DecodeStep
from transformer.decoding.sampling import Sampling
from transformer.decoding.ties import best
from ui.i18n import figure, listed, t
from ui.tensor_grid import Bar

SHOWN = 7
"""How many tokens a column shows: the best; the chosen one takes the last place if it is not among them."""

Columns = tuple[tuple[str, tuple[Bar, ...]], ...]


def columns(vocabulary: Vocabulary, step: DecodeStep, row: int, sampling: Sampling | None) -> Columns:
    """Bars of one sequence's candidates, in the same order in every column, the most probable first.

    Greedy decoding has two columns: logits and softmax. Sampling has four: logits, logits divided by the
    temperature, what top-k and top-p leave of them, and the softmax of that.
    """
    chosen = None if was_finished(step, row) else int(step.tokens[row, -1])
    shown = _shown(step.logits[row], chosen)
    drawn_from = step.candidates
    everything = torch.ones_like(step.logits[row], dtype=torch.bool)

    def column(
        title: str, values: Tensor, kept: Tensor, write: Callable[[float], str]
    ) -> tuple[str, tuple[Bar, ...]]:
        return title, tuple(_bar(vocabulary, token, values, kept, write, chosen) for token in shown)

    logits = column(t("logits"), step.logits[row], everything, _number)
    if drawn_from is None or sampling is None:
        return logits, column(t("softmax = probability"), step.probabilities[row], everything, _share)
    kept = drawn_from.kept[row]
    return (
        logits,
        column(_scaled_title(sampling), drawn_from.scaled[row], everything, _number),
        column(_cut_title(sampling), drawn_from.scaled[row], kept, _number),
        column(t("softmax = chance of being drawn"), drawn_from.probabilities[row], kept, _share),
    )


def _shown(logits: Tensor, chosen: int | None) -> list[int]:
    likely = [token for token, _ in best(logits, SHOWN)]
    return likely if chosen is None or chosen in likely else [*likely[:-1], chosen]


def was_finished(step: DecodeStep, row: int) -> bool:
    """Whether the sequence had ended before this step, which then only fills its row with PAD."""
    return bool(step.finished[row]) and int(step.tokens[row, -1]) == PAD


def probability(step: DecodeStep, row: int) -> float:
    """The model's own probability of the token just written, without temperature or cut."""
    return float(step.probabilities[row, step.tokens[row, -1]])


def chance(step: DecodeStep, row: int) -> float:
    """The probability with which the token just written was drawn, after temperature and cut."""
    assert step.candidates is not None
    return float(step.candidates.probabilities[row, step.tokens[row, -1]])


def _bar(
    vocabulary: Vocabulary,
    token: int,
    values: Tensor,
    kept: Tensor,
    write: Callable[[float], str],
    chosen: int | None,
) -> Bar:
    if not kept[token]:
        return Bar(vocabulary.label(token), float("-inf"), t("cut"), "cut")
    value = float(values[token])
    return Bar(vocabulary.label(token), value, write(value), "chosen" if token == chosen else "plain")


def _number(value: float) -> str:
    return figure(value, ".2f")


def _share(value: float) -> str:
    return figure(value, ".3f")


def _scaled_title(sampling: Sampling) -> str:
    return t("÷ temperature {value}", value=f"{sampling.temperature:g}")


def _cut_title(sampling: Sampling) -> str:
    cuts = [f"top-k {sampling.top_k}"] if sampling.top_k else []
    cuts += [f"top-p {sampling.top_p:g}"] if sampling.top_p < 1 else []
    return t("cut by {rules}", rules=listed(cuts)) if cuts else t("no cut")
