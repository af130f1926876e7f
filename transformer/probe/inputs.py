"""Random inputs: a sentence of full length and two shorter ones, padded with PAD."""

from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from transformer.probe.subject import Inputs, Stream, Subject, device_of

BATCH = 3
SHORTER = (0, 3, 5)
"""By how much each sentence is shorter than the longest. One has full length, as in every padded batch."""


def make_inputs(subject: Subject, seed: int = 0) -> Inputs:
    """The subject's own examples, or random words: [BATCH, S] and [BATCH, L], PADs on the right."""
    if subject.examples is not None:
        return _with_keep(subject, subject.examples)
    generator = torch.Generator().manual_seed(seed)
    made = Inputs()
    for stream in subject.streams:
        length = subject.src_length if stream == "src" else subject.trg_length
        ids = random_words(subject, stream, (BATCH, length), generator)
        made = made.with_ids(stream, padded(subject, stream, ids))
    return _with_keep(subject, made)


def padded(subject: Subject, stream: Stream, ids: Tensor) -> Tensor:
    """Replace the ends of all sentences but the first by PAD, if the subject has one."""
    pad, length = subject.pad(stream), ids.size(1)
    if pad is None:
        return ids
    ends = torch.tensor([max(1, length - less) for less in SHORTER[: len(ids)]], device=ids.device)
    return ids.masked_fill(torch.arange(length, device=ids.device) >= ends[:, None], pad)


def _with_keep(subject: Subject, inputs: Inputs) -> Inputs:
    return replace(
        inputs, src_keep=_keep(inputs.src, subject.src_pad), trg_keep=_keep(inputs.trg, subject.trg_pad)
    )


def _keep(ids: Tensor | None, pad: int | None) -> Tensor | None:
    if ids is None:
        return None
    return torch.ones_like(ids, dtype=torch.bool) if pad is None else ids != pad


def random_words(
    subject: Subject, stream: Stream, size: tuple[int, ...], generator: torch.Generator
) -> Tensor:
    """Random ordinary ids in a tensor of this size, on the model's device."""
    words = torch.tensor(subject.words(stream))
    drawn = torch.randint(len(words), size, generator=generator)
    return words[drawn].to(device_of(subject.module))


def other_words(subject: Subject, stream: Stream, ids: Tensor) -> Tensor:
    """For every id another ordinary one, the next in the list of words; the same shape."""
    words = subject.words(stream)
    following = torch.full((max(subject.vocab(stream), int(ids.max()) + 1),), words[0], device=ids.device)
    following[torch.tensor(words)] = torch.tensor(words[1:] + words[:1], device=ids.device)
    return following[ids]


def longer(subject: Subject, inputs: Inputs, stream: Stream, more: int) -> Inputs:
    """The same sentences with more PADs on the right."""
    ids = F.pad(inputs.ids(stream), (0, more), value=subject.pad(stream) or 0)
    return inputs.with_ids(stream, ids, F.pad(inputs.keep(stream), (0, more), value=False))


def left_padded(inputs: Inputs, stream: Stream) -> Inputs:
    """The same sentences with their PADs moved to the left."""
    ids, keep = inputs.ids(stream), inputs.keep(stream)
    order = keep.long().argsort(dim=1, stable=True)  # PADs first, real tokens in their order
    return inputs.with_ids(stream, ids.gather(1, order), keep.gather(1, order))
