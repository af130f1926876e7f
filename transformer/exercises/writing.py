"""Exercises about decoding: the shift, a step of beam search, the key that a head attends to."""

import numpy as np
import torch
from torch import Tensor

from transformer.decoding.beam import Beam, BeamStep, beam_search
from transformer.decoding.ties import best_first
from transformer.errors import Remark
from transformer.exercises.draws import answer, chance, different_digits, padded, run, source, words
from transformer.exercises.problem import Field, Index, Picture, Problem
from transformer.learning.checkpoint import Checkpoint
from transformer.tasks import Batch

CLEAR = 0.7
"""A head's attention is clear if one key gets more than this share."""

APART = 0.05
"""Minimum difference of log-probability between the last sequence kept and the first pruned."""


def shift(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The decoder's input and target; on level 2 for two sentences, one of them padded."""
    rng = chance(seed, level)
    digits = [different_digits(rng, int(n)) for n in rng.permutation([2, 3, 4])[:level]]
    sources = padded([source(checkpoint, row) for row in digits], [False] * level)
    batch = Batch(sources, padded([answer(checkpoint, row) for row in digits], [False] * level))
    run(checkpoint, batch.src, batch.trg_input)  # checks that the key is a valid input of a pass
    reads, writes = words(checkpoint, batch.trg_input), words(checkpoint, batch.trg_target)
    fields = []
    for n in range(level):
        fields.append(
            Field(
                Remark("What the decoder reads, sentence {n}", n=n),
                reads[n],
                tuple(_read(n, place, token) for place, token in enumerate(reads[n])),
                example="SOS 1 2",
            )
        )
        fields.append(
            Field(
                Remark("What it shall write, sentence {n}", n=n),
                writes[n],
                tuple(_written(n, place, token) for place, token in enumerate(writes[n])),
                example="1 2 EOS",
            )
        )
    return Problem(
        Remark(
            "The right answers are given. What does the decoder read in training, and what is its target?"
        ),
        strips=tuple(
            (Remark("trg, sentence {n}", n=n), row) for n, row in enumerate(words(checkpoint, batch.trg))
        ),
        facts=(
            ("trg.shape", str(list(batch.trg.shape))),
            ("trg_input.shape", str(list(batch.trg_input.shape))),
        ),
        fields=tuple(fields),
    )


def _read(sentence: int, place: int, token: str) -> Remark:
    return Remark(
        "Sentence {sentence}, position {place} reads {token}: trg[:, :-1] is the answer without its last "
        "column, so it begins with SOS.",
        sentence=sentence,
        place=place,
        token=token,
    )


def _written(sentence: int, place: int, token: str) -> Remark:
    return Remark(
        "Sentence {sentence}, position {place} shall write {token}: trg[:, 1:] is one place ahead of what is "
        "read there.",
        sentence=sentence,
        place=place,
        token=token,
    )


def survivors(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The W of 2 W continuations that a beam keeps; on level 2, log-probabilities must be added first."""
    rng = chance(seed, level)
    width = 2 if level == 1 else 3
    before, now, number = _clear_step(checkpoint, rng, width)
    parents, newest = now.parents[0], now.newest[0]
    totals = now.log_probabilities[0]
    kept = (now.alive | now.finished)[0]
    order = torch.from_numpy(rng.permutation(len(totals)))
    inherited = before.log_probabilities[0][parents]
    label = checkpoint.task.trg_vocabulary.label
    rows = tuple(
        " ".join(map(label, before.tokens[0, parents[n]].tolist())) + f" → {label(int(newest[n]))}"
        for n in order.tolist()
    )
    numbers = (
        totals[order, None] if level == 1 else torch.stack([inherited, totals - inherited], dim=-1)[order]
    )
    columns = ("sum of log p",) if level == 1 else ("log p so far", "log p of the token")
    ranks = best_first(totals).argsort()

    def why(index: Index) -> Remark:
        chosen = int(order[index[0]])
        values: dict[str, object] = {
            "sequence": rows[index[0]],
            "total": f"{float(totals[chosen]):.2f}",
            "rank": int(ranks[chosen]) + 1,
            "width": width,
        }
        if kept[chosen]:
            return Remark("{sequence}: the sum is {total}, number {rank}; the best {width} stay.", **values)
        return Remark("{sequence}: the sum is {total}, only number {rank}; it is pruned.", **values)

    return Problem(
        Remark(
            "Step {step} of beam search, width {width}: which of these continuations stay? One that writes "
            "EOS keeps its place.",
            step=number,
            width=width,
        ),
        given=(Picture("log_probabilities", numbers.double(), ("sequence", "number"), (rows,), (columns,)),),
        paint=Picture("stays", kept[order, None], ("sequence", "choice"), (rows,), (("stays",),)),
        why=why,
    )


def _clear_step(
    checkpoint: Checkpoint, rng: np.random.Generator, width: int
) -> tuple[BeamStep, BeamStep, int]:
    """A random step of beam search with a clear decision, preceded by the step before; and its number."""
    while True:
        digits = [int(digit) for digit in rng.integers(0, 10, 5)]
        steps = list(beam_search(checkpoint.model, torch.tensor([source(checkpoint, digits)]), Beam(width)))
        for number in rng.permutation(np.arange(2, len(steps))).tolist():
            before, now = steps[number - 1], steps[number]
            totals = now.log_probabilities[0]
            everyone = int((now.alive | now.finished)[0].sum()) == width and not bool(now.done[0])
            if everyone and totals.isfinite().all() and totals[width - 1] - totals[width] > APART:
                return before, now, number


def next_look(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The key that a head of the last layer attends to most; on level 1, its earlier rows are shown."""
    rng = chance(seed, level)
    while True:
        digits = different_digits(rng, 6)
        src, trg = torch.tensor([source(checkpoint, digits)]), torch.tensor([answer(checkpoint, digits)[:-1]])
        last = checkpoint.model.config.num_layers - 1
        weights = run(checkpoint, src, trg)[f"decoder.{last}.cross_attention.weights"][0]  # [H, L, S]
        clear = (weights.amax(dim=-1)[:, 2:] > CLEAR).nonzero()  # so that two earlier rows can be shown
        if len(clear):
            break
    head, query = (int(n) for n in clear[int(rng.integers(len(clear)))])
    return _look(checkpoint, src, trg, weights[head], head, query + 2, level)


def _look(
    checkpoint: Checkpoint, src: Tensor, trg: Tensor, weights: Tensor, head: int, query: int, level: int
) -> Problem:
    keys, queries = words(checkpoint, src), words(checkpoint, trg)
    row = weights[query]
    best = int(row.argmax())
    key = torch.zeros(1, len(row), dtype=torch.bool)
    key[0, best] = True

    def why(index: Index) -> Remark:
        values: dict[str, object] = {
            "head": head,
            "token": keys[0][index[-1]],
            "weight": f"{float(row[index[-1]]):.2f}",
            "best": keys[0][best],
            "most": f"{float(row[best]):.2f}",
        }
        if index[-1] == best:
            return Remark("Head {head} gives most of its attention, {most}, to {best}.", **values)
        return Remark("Head {head} gives {token} only {weight}; {best} gets {most}.", **values)

    shown = Picture("weights", weights[:query], ("query", "key"), (queries[0][:query],), keys)
    return Problem(
        Remark(
            "The decoder has written this much; now it reads {token}. Where will head {head} of the last "
            "cross-attention look most?",
            token=queries[0][query],
            head=head,
        ),
        strips=((Remark("source"), keys[0]), (Remark("written so far"), queries[0][: query + 1])),
        given=(shown,) if level == 1 else (),
        paint=Picture("looks", key, ("query", "key"), ((queries[0][query],),), keys),
        why=why,
        is_row=True,
    )
