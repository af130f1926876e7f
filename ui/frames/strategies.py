"""One source answered by several strategies, and beam search's tree."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from transformer import EOS, PAD, Beam, Checkpoint, Sampling, Vocabulary
from transformer.decoding.beam import BeamStep, beam_search
from transformer.decoding.loop import DecodeStep, decode
from transformer.grid.views import Kind
from transformer.model.vocabulary import until_eos
from ui.frames.decoding import SPARE_STEPS
from ui.i18n import figure, t
from ui.tensor_grid import Frame, Token
from viz.tree import Node, NodeKind

PRUNED_BELOW = math.log(1e-6)
"""Pruned sequences less probable than this are left out of the tree."""

PRUNED_SHOWN = 2
"""How many pruned sequences are drawn at a step, the most probable: more would cover the others."""


@dataclass(frozen=True)
class StrategyAnswer:
    """What one strategy wrote."""

    strategy: str
    """Its name on screen."""
    tokens: tuple[int, ...]
    """Without SOS, up to EOS or to where it was stopped."""
    log_probability: float
    """The model's log-probability of the whole answer, without temperature or cut."""
    right: bool | None
    """None where no right answer is known."""


@dataclass(frozen=True)
class Strategies:
    """One source, and the answers of all strategies to it."""

    checkpoint: Checkpoint
    src: Tensor
    """[1, S]."""
    expected: tuple[int, ...] | None
    """Without SOS, up to EOS."""
    answers: tuple[StrategyAnswer, ...]
    """Greedy, sampling, beam search."""
    sampling: Sampling
    beam: Beam
    steps: tuple[BeamStep, ...]
    """The steps of beam search."""


def compare(checkpoint: Checkpoint, src: Tensor, sampling: Sampling, beam: Beam) -> Strategies:
    """Answer a source [1, S] by each strategy."""
    model = checkpoint.model
    expected = checkpoint.task.answer(src[0].tolist())
    limit = (src.size(1) if expected is None else len(expected)) + SPARE_STEPS
    steps = tuple(beam_search(model, src, beam, max_new_tokens=limit))
    found = _written(steps[-1].answer)
    total = _log_probability_of(steps, found, beam)
    answers = (
        _decoded(t("greedy"), list(decode(model, src, max_new_tokens=limit))),
        _decoded(t("sampling"), list(decode(model, src, max_new_tokens=limit, sampling=sampling))),
        (t("beam search"), found, total),
    )
    right = None if expected is None else tuple(expected[1:])
    judged = tuple(
        StrategyAnswer(name, tokens, total, None if right is None else tokens == right)
        for name, tokens, total in answers
    )
    return Strategies(checkpoint, src, right, judged, sampling, beam, steps)


def _decoded(name: str, steps: list[DecodeStep]) -> tuple[str, tuple[int, ...], float]:
    written = _written(steps[-1].tokens)
    parts = [step.logits[0].log_softmax(dim=-1)[token] for step, token in zip(steps, written, strict=True)]
    return name, written, float(sum(parts))


def _written(tokens: Tensor) -> tuple[int, ...]:
    """The tokens after SOS of one sequence [1, L], EOS included."""
    return tuple(until_eos(tokens[0, 1:].tolist()))


def _log_probability_of(steps: Sequence[BeamStep], tokens: tuple[int, ...], beam: Beam) -> float:
    """The log-probability of beam search's answer: its score times the divisor of the length penalty."""
    if math.isfinite(steps[-1].answer_score[0]):
        return steps[-1].answer_score[0].item() * beam.divisor(len(tokens))
    return steps[-1].log_probabilities[0, 0].item()


def frame(compared: Strategies) -> Frame:
    """The answers one below the other; a token that differs from greedy's has greedy's in its note."""
    vocabulary = compared.checkpoint.task.trg_vocabulary
    greedy = compared.answers[0].tokens
    strips = [
        (
            t("{strategy}, p = {p}", strategy=answer.strategy, p=f"{math.exp(answer.log_probability):.2g}"),
            _strip(compared, answer.tokens, greedy),
        )
        for answer in compared.answers
    ]
    if compared.expected is not None:
        expected = tuple(Token(vocabulary.label(token), "plain") for token in compared.expected)
        strips.insert(0, (t("right answer"), expected))
    return Frame(title="", tokens=tuple(strips), in_columns=True)


def _strip(compared: Strategies, tokens: tuple[int, ...], greedy: tuple[int, ...]) -> tuple[Token, ...]:
    vocabulary = compared.checkpoint.task.trg_vocabulary
    found = []
    for place, token in enumerate(tokens):
        other = greedy[place] if place < len(greedy) else None
        note = "" if token == other else "≠" if other is None else f"≠ {vocabulary.label(other)}"
        found.append(Token(vocabulary.label(token), _kind(compared, place, token), note))
    return tuple(found)


def _kind(compared: Strategies, place: int, token: int) -> Kind:
    if compared.expected is None:
        return "special" if token in (EOS, PAD) else "plain"
    return "right" if compared.expected[place : place + 1] == (token,) else "wrong"


def first_difference(answer: StrategyAnswer, greedy: StrategyAnswer) -> int | None:
    """The first step at which an answer leaves greedy's; None if it never does."""
    longest = max(len(answer.tokens), len(greedy.tokens))
    pairs = zip((*answer.tokens, *[None] * longest), (*greedy.tokens, *[None] * longest), strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), None)


def tree(compared: Strategies) -> list[Node]:
    """Beam search as a tree: every sequence that was followed, and the most probable of the pruned."""
    vocabulary = compared.checkpoint.task.trg_vocabulary
    answer = compared.answers[-1].tokens
    nodes = [Node(None, 0, 0, "SOS", "alive", True, (t("start"),))]
    before = {0: 0}  # place in the beam -> index in `nodes`
    prefixes: list[tuple[int, ...]] = [()]
    for step in compared.steps:
        places: dict[int, int] = {}
        pruned = 0
        for place in range(step.newest.size(1)):
            kind = _node_kind(step, place)
            parent = before.get(int(step.parents[0, place]))
            total = step.log_probabilities[0, place].item()
            if parent is None or not math.isfinite(total):
                continue
            if kind == "pruned":
                pruned += 1
                if total < PRUNED_BELOW or pruned > PRUNED_SHOWN:
                    continue
            token = int(step.newest[0, place])
            prefix = (*prefixes[parent], token)
            prefixes.append(prefix)
            if kind == "alive" and place < compared.beam.width:
                places[place] = len(nodes)
            nodes.append(
                Node(
                    parent,
                    step.step + 1,
                    place,
                    vocabulary.label(token),
                    kind,
                    prefix == answer[: len(prefix)] and kind != "pruned",
                    _details(vocabulary, prefix, total, step.scores[0, place].item()),
                )
            )
        before = places
    return nodes


def _node_kind(step: BeamStep, place: int) -> NodeKind:
    if step.finished[0, place]:
        return "finished"
    return "alive" if step.alive[0, place] else "pruned"


def _details(vocabulary: Vocabulary, prefix: tuple[int, ...], total: float, score: float) -> tuple[str, ...]:
    return (
        " ".join(vocabulary.labels(prefix)),
        t(
            "log-probability {value} (probability {p})",
            value=figure(total, ".4f"),
            p=figure(math.exp(total), ".3g"),
        ),
        t("score {value}", value=figure(score, ".4f")),
    )


@dataclass(frozen=True)
class Finished:
    """A sequence that beam search finished."""

    text: str
    length: int
    log_probability: float
    divisor: float
    score: float
    chosen: bool


def finished(compared: Strategies) -> list[Finished]:
    """The sequences that beam search finished, highest score first; the length penalty decides among them."""
    found = []
    for step in compared.steps:
        for place in step.finished[0].nonzero().flatten().tolist():
            tokens = _written(step.tokens[:, place])
            found.append(
                Finished(
                    " ".join(compared.checkpoint.task.trg_vocabulary.labels(tokens)),
                    len(tokens),
                    step.log_probabilities[0, place].item(),
                    compared.beam.divisor(len(tokens)),
                    step.scores[0, place].item(),
                    tokens == compared.answers[-1].tokens,
                )
            )
    return sorted(found, key=lambda sequence: -sequence.score)
