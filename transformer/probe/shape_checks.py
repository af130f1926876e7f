"""Checks that pass the same sentences in another shape: the answers may differ only by rounding."""

from dataclasses import replace

import torch
from torch import Tensor

from transformer.errors import Remark
from transformer.probe.bench import Bench, judged, not_run
from transformer.probe.comparing import Comparison, Same
from transformer.probe.content_checks import packed_pass, packed_tokens
from transformer.probe.inputs import left_padded, longer
from transformer.probe.modes import OTHER_PATHS, Mode
from transformer.probe.passes import Pass
from transformer.probe.result import CheckName, Result
from transformer.probe.subject import Inputs, Stream

MORE = (1, 4)
"""How many PADs are added."""


def _unmeasurable(check: CheckName) -> list[Result]:
    return not_run(check, Remark("rounding cannot be measured without the nn.Module: give `module`"))


def pad_length(bench: Bench) -> list[Result]:
    """Add PADs on the right of all sentences: the answers at real tokens may differ only by rounding."""
    streams = [stream for stream in bench.subject.streams if bench.subject.pad(stream) is not None]
    if not streams:
        return not_run("pad length", Remark("the model knows no PAD"))
    if bench.subject.module is None:
        return _unmeasurable("pad length")
    wrong = Remark("the answer depends on how many PADs follow")
    before = bench.whole(bench.inputs)
    results = []
    for stream in streams:
        wider = ((more, longer(bench.subject, bench.inputs, stream, more)) for more in MORE)
        found = [
            Comparison(more, before, bench.whole(inputs), bench.real, exact=False) for more, inputs in wider
        ]
        results.append(judged("pad length", bench, found, wrong, stream=stream))
    return results


def pad_side(bench: Bench) -> list[Result]:
    """Put PADs on the left instead of the right: the answers at real tokens may differ only by rounding.

    For that, a model with absolute positions must count them from the first real token. Few models do, so a
    difference is a fault only if the subject `promises` "left padding".
    """
    inputs = bench.inputs
    streams = [stream for stream, _, keep in inputs.streams() if not keep.all()]
    if not streams:
        return not_run("pad side", Remark("the inputs hold no PAD"))
    if bench.subject.module is None:
        return _unmeasurable("pad side")
    wrong = Remark("the answer depends on which side is padded")
    before = bench.whole(inputs)
    results = []
    for stream in streams:
        moved = left_padded(inputs, stream)
        same = {name: _matching(inputs, moved, name) for name in bench.subject.streams}
        found = [Comparison(0, before, bench.whole(moved), same, exact=False)]
        promised = "left padding" in bench.subject.promises
        results.append(judged("pad side", bench, found, wrong, promised=promised, stream=stream))
    return results


def _matching(one: Inputs, other: Inputs, stream: Stream) -> Same:
    """The positions of the real tokens, where the k-th of a sentence corresponds to its k-th in the other."""
    first, second = (part.keep(stream).nonzero(as_tuple=True) for part in (one, other))
    return Same((first[0], first[1]), (second[0], second[1]))


def alone(bench: Bench) -> list[Result]:
    """Pass each sentence alone, without PADs: the answers may differ only by rounding."""
    if bench.subject.module is None:
        return _unmeasurable("batch neighbour")
    before = bench.whole(bench.inputs)
    found = []
    for sentence in range(bench.inputs.batch):
        single = _trimmed(bench.inputs.rows([sentence]))
        same = {}
        for stream, _, keep in bench.inputs.streams():
            positions = keep[sentence].nonzero()[:, 0]
            row = torch.full_like(positions, sentence)
            same[stream] = Same((row, positions), (torch.zeros_like(row), torch.arange(len(positions))))
        found.append(Comparison(sentence, before, bench.whole(single), same, exact=False))
    wrong = Remark("a sentence is answered differently alone than in a batch")
    return [judged("batch neighbour", bench, found, wrong, axis="sentence")]


def _trimmed(inputs: Inputs) -> Inputs:
    """One sentence without the PADs at its end."""
    parts: dict[str, Tensor] = {}
    for stream, ids, keep in inputs.streams():
        end = int(keep[0].nonzero().max()) + 1
        parts |= {stream: ids[:, :end], f"{stream}_keep": keep[:, :end]}
    return Inputs(**parts)


def cache(bench: Bench) -> list[Result]:
    """Pass the target token by token with the model's cache: the answers may differ only by rounding."""
    subject = bench.subject
    if subject.step is None:
        return not_run("cache", Remark("no `step` was given"))
    if subject.module is None:
        return _unmeasurable("cache")
    before = bench.whole(bench.inputs)
    after = Pass(
        lambda: _stepwise(bench),
        bench.inputs.batch,
        bench.inputs.lengths,
        subject.written,
        subject.module,
        steps=True,
    )
    wrong = Remark("token by token with the cache, the answer differs from that of one pass")
    return [judged("cache", bench, [Comparison(0, before, after, bench.real, exact=False)], wrong)]


def _stepwise(bench: Bench) -> Tensor:
    """The logits of all steps: [B, L, V]."""
    assert bench.subject.step is not None
    advance = bench.subject.step(bench.inputs)
    trg = bench.inputs.ids("trg")
    steps = [advance(trg[:, position]) for position in range(trg.size(1))]
    return torch.stack([step.squeeze(1) if step.dim() == 3 else step for step in steps], dim=1)


def packed_alone(bench: Bench) -> list[Result]:
    """Pass each packed document in a separate row: the answers may differ only by rounding.

    For that, positions must restart with each document, and no other document may be seen.
    """
    if bench.subject.packed is None:
        return []
    if bench.subject.module is None:
        return _unmeasurable("packed neighbour")
    tokens, documents = packed_tokens(bench)
    before = packed_pass(bench, tokens, documents)
    found = []
    for document in range(int(documents.max()) + 1):
        here = (documents[0] == document).nonzero()[:, 0]
        single = packed_pass(bench, tokens[:, here], documents[:, here])
        zeros = torch.zeros_like(here)
        same = Same((zeros, here), (zeros, torch.arange(len(here))))
        found.append(Comparison(document, before, single, {bench.subject.written: same}, exact=False))
    wrong = Remark("a document is answered differently alone than in a row of several")
    return [judged("packed neighbour", bench, found, wrong)]


def fast_path(bench: Bench) -> list[Result]:
    """Compare PyTorch's execution paths: they may differ only by rounding.

    With gradients, without the fused path of `nn.MultiheadAttention`, and with each kernel of
    `scaled_dot_product_attention` that this machine has, against a plain pass in evaluation mode.
    """
    if bench.subject.module is None:
        return _unmeasurable("fast path")
    before = bench.whole(bench.inputs)
    wrong = Remark("PyTorch's paths through the model give different answers")
    results = []
    for mode in OTHER_PATHS:
        if _runs(bench, mode):
            found = [Comparison(0, before, bench.whole(bench.inputs, mode), bench.real, exact=False)]
            results.append(replace(judged("fast path", bench, found, wrong), mode=mode.name))
    return results


def _runs(bench: Bench, mode: Mode) -> bool:
    """Whether this machine and this model support the path."""
    try:
        bench.whole(bench.inputs, mode).logits()
    except RuntimeError:
        return mode.kernel is None
    return True
