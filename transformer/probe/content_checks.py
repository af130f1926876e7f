"""Checks that change the content of some positions, but no shapes; other positions must not be affected.

A correct model computes all other results from the same numbers in the same order, so they are identical or,
if even equal passes differ, differ by no more than those. The checks run in evaluation and in training mode.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from transformer.errors import Remark
from transformer.probe.bench import Bench, judged, not_run
from transformer.probe.comparing import Comparison, Same
from transformer.probe.inputs import other_words, random_words
from transformer.probe.modes import INFERENCE, Mode
from transformer.probe.passes import Pass, whole_pass
from transformer.probe.result import Result
from transformer.probe.subject import Inputs, Stream


def future(bench: Bench) -> list[Result]:
    """Replace a target token: no earlier position may change.

    This is done for each position in turn, in all sentences at once. All positions before it, and those of
    the source, are compared.
    """
    if "trg" not in bench.subject.streams:
        return not_run("future", Remark("an encoder's positions may all see each other"))
    wrong = Remark("positions notice target tokens that come after them")
    return [judged("future", bench, _later_tokens(bench, mode), wrong, mode=mode) for mode in bench.modes]


def _later_tokens(bench: Bench, mode: Mode) -> list[Comparison]:
    inputs = bench.inputs
    trg, keep = inputs.ids("trg"), inputs.keep("trg")
    before = bench.whole(inputs, mode)
    found = []
    for position in range(1, trg.size(1)):
        changed = trg.clone()
        changed[:, position] = torch.where(
            keep[:, position], other_words(bench.subject, "trg", trg[:, position]), trg[:, position]
        )
        earlier = torch.arange(trg.size(1), device=trg.device) < position
        same = _all_sources(inputs)
        same["trg"] = Same.where(earlier & keep[:, position, None])
        found.append(Comparison(position, before, bench.whole(inputs.with_ids("trg", changed), mode), same))
    return found


def _all_sources(inputs: Inputs) -> dict[Stream, Same]:
    """Every position of the source, if there is one."""
    return (
        {"src": Same.where(torch.ones_like(inputs.src, dtype=torch.bool))} if inputs.src is not None else {}
    )


def pad_content(bench: Bench) -> list[Result]:
    """Replace PADs while all masks stay the same: no real token may change.

    This is done for each position with a PAD in turn. If the model takes a padding mask, the id is replaced;
    otherwise PAD's vector is replaced by another word's after the embedding.
    """
    streams = [stream for stream, _, keep in bench.inputs.streams() if not keep.all()]
    if not streams:
        return not_run("pad content", Remark("the inputs hold no PAD"))
    if not bench.subject.takes_keep and not _reads_ids(bench):
        return not_run(
            "pad content", Remark("no nn.Embedding reads the ids, so PAD cannot stand for anything else")
        )
    wrong = Remark("real tokens notice what stands at a PAD")
    return [
        judged("pad content", bench, _other_pads(bench, stream, mode), wrong, mode=mode, stream=stream)
        for mode in bench.modes
        for stream in streams
    ]


def _other_pads(bench: Bench, stream: Stream, mode: Mode) -> list[Comparison]:
    inputs, subject = bench.inputs, bench.subject
    module = subject.module or nn.Module()
    before, pads = bench.whole(inputs, mode), ~inputs.keep(stream)
    found = []
    for position in pads.any(dim=0).nonzero()[:, 0].tolist():
        here = torch.zeros_like(pads)
        here[:, position] = pads[:, position]
        if subject.takes_keep:
            words = random_words(subject, stream, tuple(pads.shape), torch.Generator().manual_seed(position))
            after = bench.whole(inputs.with_ids(stream, torch.where(here, words, inputs.ids(stream))), mode)
        else:
            word = subject.words(stream)[position % len(subject.words(stream))]
            altered = partial(_as_word, module, inputs.ids(stream), here, word)
            after = whole_pass(subject, inputs, mode, altered)
        found.append(Comparison(position, before, after, bench.real))
    return found


@contextmanager
def _as_word(module: nn.Module, ids: Tensor, here: Tensor, word: int) -> Iterator[None]:
    """Make embeddings of exactly these ids [B, T] (or [T, B]) give the word's vector where `here` [B, T]."""

    def replace(part: nn.Embedding, given: tuple[Any, ...], output: Tensor) -> Tensor:
        for wanted, places in ((ids, here), (ids.T, here.T)):
            if given and given[0].shape == wanted.shape and torch.equal(given[0], wanted):
                return torch.where(places[..., None], part.weight[word], output)
        return output

    with _hooked(module, replace):
        yield


def _reads_ids(bench: Bench) -> bool:
    """Whether an `nn.Embedding` reads the ids of every stream unchanged."""
    read: list[Tensor] = []
    if bench.subject.module is None:
        return False
    with _hooked(bench.subject.module, lambda part, given, output: read.append(given[0])):
        bench.whole(bench.inputs).logits()
    return all(
        any(one.shape == wanted.shape and torch.equal(one, wanted) for one in read for wanted in (ids, ids.T))
        for _, ids, _ in bench.inputs.streams()
    )


@contextmanager
def _hooked(module: nn.Module, hook: Callable[..., Any]) -> Iterator[None]:
    parts = [part for part in module.modules() if isinstance(part, nn.Embedding)]
    handles = [part.register_forward_hook(hook) for part in parts]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def neighbour_content(bench: Bench) -> list[Result]:
    """Replace all words of one sentence: no other sentence of the batch may change."""
    wrong = Remark("sentences notice what the others in their batch say")
    return [
        judged("batch neighbour", bench, _other_sentences(bench, mode), wrong, mode=mode, axis="sentence")
        for mode in bench.modes
    ]


def _other_sentences(bench: Bench, mode: Mode) -> list[Comparison]:
    before = bench.whole(bench.inputs, mode)
    found = []
    for sentence in range(bench.inputs.batch):
        after, same = bench.inputs, {}
        for stream, ids, keep in bench.inputs.streams():
            here = torch.zeros_like(keep)
            here[sentence] = keep[sentence]
            after = after.with_ids(stream, torch.where(here, other_words(bench.subject, stream, ids), ids))
            others = keep.clone()
            others[sentence] = False
            same[stream] = Same.where(others)
        found.append(Comparison(sentence, before, bench.whole(after, mode), same))
    return found


def packed_neighbour(bench: Bench) -> list[Result]:
    """Replace a word in one of several documents packed into one row: no other document may change."""
    subject = bench.subject
    if subject.packed is None:
        return not_run("packed neighbour", Remark("no `packed` was given"))
    tokens, documents = packed_tokens(bench)
    before = packed_pass(bench, tokens, documents)
    found = []
    for position in range(tokens.size(1)):
        changed = tokens.clone()
        changed[:, position] = other_words(subject, subject.written, tokens[:, position])
        same = {subject.written: Same.where(documents != documents[0, position])}
        found.append(Comparison(position, before, packed_pass(bench, changed, documents), same))
    return [judged("packed neighbour", bench, found, Remark("packed documents notice each other"))]


DOCUMENTS = (5, 4, 6)
"""Lengths of the documents that are packed into one row."""


def packed_tokens(bench: Bench) -> tuple[Tensor, Tensor]:
    """Random words [1, T], and the document that each belongs to [1, T]."""
    subject, generator = bench.subject, torch.Generator().manual_seed(0)
    tokens = random_words(subject, subject.written, (1, sum(DOCUMENTS)), generator)
    documents = torch.arange(len(DOCUMENTS)).repeat_interleave(torch.tensor(DOCUMENTS))
    return tokens, documents[None].to(tokens.device)


def packed_pass(bench: Bench, tokens: Tensor, documents: Tensor) -> Pass:
    """A pass over one row of packed documents."""
    subject = bench.subject
    packed = subject.packed
    assert packed is not None
    lengths = {subject.written: tokens.size(1)}
    return Pass(lambda: packed(tokens, documents), 1, lengths, subject.written, subject.module, INFERENCE)
