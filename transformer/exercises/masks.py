"""Exercises about masks: paint one, match masks to attentions, convert one to PyTorch's conventions."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from transformer.errors import Remark
from transformer.exercises.draws import (
    PAD,
    answer,
    chance,
    different_digits,
    padded,
    run,
    source,
    words,
)
from transformer.exercises.problem import Field, Index, Labels, Picture, Problem
from transformer.learning.checkpoint import Checkpoint
from transformer.model.mask_conventions import to_attn_mask, to_key_padding_mask
from transformer.model.places import Attention

FOUR = ("sentence", "head", "query", "key")
PLACES = tuple(attention.place(0) for attention in Attention)


def _lengths(rng: np.random.Generator, count: int) -> list[int]:
    """The number of digits of each sentence; all different, so that there is padding."""
    return [int(n) for n in rng.permutation([1, 2, 3, 4, 5])[:count]]


def _sources(checkpoint: Checkpoint, rng: np.random.Generator, level: int) -> Tensor:
    """Sources [B, S]: two, or on level 2 three, with a digit 0 and with padding on either side."""
    rows = [source(checkpoint, different_digits(rng, n)) for n in _lengths(rng, level + 1)]
    if level > 1:
        rows[0][1] = checkpoint.task.src_vocabulary.ids["0"]
    left = [level > 1 and bool(rng.integers(2)) for _ in rows]
    return padded(rows, left)


def paint_padding(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The padding mask [B, 1, 1, S] of a batch of sources."""
    src = _sources(checkpoint, chance(seed, level), level)
    mask = run(checkpoint, src, src[:, :1])[f"{PLACES[0]}.mask"]  # [B, 1, 1, S]
    keys = words(checkpoint, src)
    return Problem(
        Remark(
            "Paint the encoder's padding mask [B, 1, 1, S] of this batch: True for each key that every query "
            "may look at."
        ),
        strips=_strips(keys),
        facts=(("src.shape", str(list(src.shape))), ("mask.shape", str(list(mask.shape)))),
        paint=Picture("src_mask", mask, FOUR, columns=keys, truth="keeps"),
        why=_about_keys(src, keys),
    )


def _strips(keys: Labels) -> tuple[tuple[Remark, tuple[str, ...]], ...]:
    return tuple((Remark("sentence {n}", n=n), row) for n, row in enumerate(keys))


def _about_keys(src: Tensor, keys: Labels, *, drops: bool = False) -> Callable[[Index], Remark]:
    """A function that explains why a key is kept or masked. With `drops`, True means masked out."""

    def why(index: Index) -> Remark:
        sentence, key = index[0], index[-1]
        values: dict[str, object] = {"sentence": sentence, "key": key, "token": keys[sentence][key]}
        is_pad = bool(src[sentence, key] == PAD)
        if drops:
            return (
                Remark("In sentence {sentence}, key {key} is PAD: here True masks it out.", **values)
                if is_pad
                else Remark(
                    "In sentence {sentence}, key {key} is {token}, a real token: here False keeps it.",
                    **values,
                )
            )
        if is_pad:
            return Remark("In sentence {sentence}, key {key} is PAD: nobody may look at it.", **values)
        return Remark("In sentence {sentence}, key {key} is {token}, a real token: True keeps it.", **values)

    return why


def paint_decoder_mask(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The decoder's mask [B, 1, L, L] of a batch of padded targets; on level 2 the padding is on the left."""
    rng = chance(seed, level)
    lengths = [int(n) for n in rng.permutation([1, 2, 3])[:2]]
    rows = [answer(checkpoint, different_digits(rng, n))[:-1] for n in lengths]
    shorter = min(range(2), key=lengths.__getitem__)
    trg = padded(rows, [level > 1 and n == shorter for n in range(2)])
    src = padded([source(checkpoint, [1])] * 2, [False] * 2)
    mask = run(checkpoint, src, trg)[f"{PLACES[1]}.mask"]  # [B, 1, L, L]
    keys = words(checkpoint, trg)

    def why(index: Index) -> Remark:
        sentence, _, query, key = index
        values: dict[str, object] = {"sentence": sentence, "query": query, "key": key}
        if key > query:
            return Remark(
                "In sentence {sentence}, key {key} comes after query {query}: it may not be seen.", **values
            )
        if trg[sentence, key] == PAD:
            return Remark("In sentence {sentence}, key {key} is PAD: no query may look at it.", **values)
        return Remark(
            "In sentence {sentence}, key {key} is a real token and not after query {query}: True.", **values
        )

    return Problem(
        Remark(
            "Paint the mask [B, 1, L, L] of the decoder's self-attention: it is causal, and no PAD may be "
            "looked at."
        ),
        strips=_strips(keys),
        facts=(("trg_input.shape", str(list(trg.shape))), ("mask.shape", str(list(mask.shape)))),
        paint=Picture("trg_mask", mask, FOUR, rows=keys, columns=keys, truth="keeps"),
        why=why,
    )


def place_masks(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """Which of four masks each attention takes. On level 2, S = L, so shapes alone do not give the answer."""
    rng = chance(seed, level)
    count = int(rng.integers(2, 4))
    digits = [different_digits(rng, count), different_digits(rng, count - 1)]
    src = padded([source(checkpoint, row) for row in digits], [False, False])
    rows = [answer(checkpoint, row) for row in digits]
    trg = padded([row if level > 1 else row[:-2] for row in rows], [False, False])
    trace = run(checkpoint, src, trg)
    shown = {
        "source": checkpoint.model.make_src_mask(src),
        "target": checkpoint.model.make_src_mask(trg),
        "both": checkpoint.model.make_trg_mask(trg),
        "upper": checkpoint.model.make_trg_mask(trg).mT,
    }
    order = [list(shown)[int(n)] for n in rng.permutation(len(shown))]
    letters = dict(zip(order, "ABCD", strict=True))
    columns = {"source": words(checkpoint, src)} if level == 1 else {}
    given = tuple(Picture(letters[name], shown[name], FOUR, columns=columns.get(name, ())) for name in order)
    return Problem(
        Remark("Which of the masks A, B, C and D does each of the three attentions take? True keeps."),
        strips=(
            *((Remark("source {n}", n=n), row) for n, row in enumerate(words(checkpoint, src))),
            *((Remark("target {n}", n=n), row) for n, row in enumerate(words(checkpoint, trg))),
        ),
        given=given,
        fields=tuple(
            _choice(
                place, next(letters[name] for name in order if _same(trace[f"{place}.mask"], shown[name]))
            )
            for place in PLACES
        ),
    )


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


def _choice(place: str, letter: str) -> Field:
    label, why = {
        PLACES[0]: (
            Remark("Encoder self-attention"),
            Remark("Its keys are the source tokens: it takes the source's padding mask, without a triangle."),
        ),
        PLACES[1]: (
            Remark("Decoder self-attention"),
            Remark("Its keys are the target so far: row i sees keys 0 to i, and no PAD of the target."),
        ),
        PLACES[2]: (
            Remark("Cross-attention"),
            Remark(
                "Its queries are target tokens, but its keys are the source's: the source's padding mask."
            ),
        ),
    }[place]
    return Field(label, (letter,), (why,), choices=tuple("ABCD"))


def convert(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """Convert a mask to PyTorch's conventions: by level, `key_padding_mask`, `attn_mask`, and SDPA's."""
    rng = chance(seed, level)
    if level == 1:
        return _convert_padding(checkpoint, rng)
    digits = different_digits(rng, int(rng.integers(2, 5)))
    trg = padded([answer(checkpoint, digits)[:-1]], [False])
    mask = run(checkpoint, padded([source(checkpoint, digits)], [False]), trg)[f"{PLACES[1]}.mask"]
    keys = words(checkpoint, trg)
    drops = level == 2
    key = to_attn_mask(mask, 1, 1) if drops else mask  # [1, L, L] or [1, 1, L, L]

    def why(index: Index) -> Remark:
        query, column = index[-2:]
        values: dict[str, object] = {"query": query, "key": column}
        if drops:
            return Remark(
                "nn.MultiheadAttention reads True as masked out: query {query} and key {key} are the other "
                "way round.",
                **values,
            )
        return Remark(
            "scaled_dot_product_attention reads booleans as this model does, True keeps: query {query} and "
            "key {key} stay as they are.",
            **values,
        )

    return Problem(
        Remark("Write this causal mask as the boolean `attn_mask` of nn.MultiheadAttention, [L, L].")
        if drops
        else Remark("Write this causal mask as the boolean `attn_mask` of scaled_dot_product_attention."),
        given=(Picture("mask", mask, FOUR, rows=keys, columns=keys, truth="keeps"),),
        paint=Picture(
            "attn_mask",
            key[0] if drops else key,
            ("query", "key") if drops else FOUR,
            rows=keys,
            columns=keys,
        ),
        why=why,
    )


def _convert_padding(checkpoint: Checkpoint, rng: np.random.Generator) -> Problem:
    src = _sources(checkpoint, rng, 1)
    mask = run(checkpoint, src, src[:, :1])[f"{PLACES[0]}.mask"]
    keys = words(checkpoint, src)
    return Problem(
        Remark("Write this padding mask as `key_padding_mask` [B, S] for nn.MultiheadAttention."),
        strips=_strips(keys),
        given=(Picture("mask", mask, FOUR, columns=keys, truth="keeps"),),
        paint=Picture("key_padding_mask", to_key_padding_mask(mask), ("sentence", "key")),
        why=_about_keys(src, keys, drops=True),
    )
