"""Find out which axis of a tensor is the sentence, and which is the position."""

from dataclasses import dataclass

from torch import Tensor

from transformer.probe.subject import Stream


@dataclass(frozen=True)
class Located:
    """A tensor of a pass with its axes in a known order."""

    stream: Stream
    values: Tensor
    """[B, T, ...]."""


def locate(
    tensor: Tensor, batch: int, lengths: dict[Stream, int], first: Stream | None = None
) -> Located | None:
    """Move the axes of sentences and positions to the front.

    It handles [B, L, D], [L, B, D], [B, H, L, S], [B*H, L, S] and [B*L, D]. The position is the first axis
    that is as long as a stream; of scores, these are the queries. If both streams are equally long, `first`
    is preferred. None if there is no such axis.
    """
    shape = list(tensor.shape)
    order = sorted(lengths.items(), key=lambda item: item[0] != first)
    for axis, size in enumerate(shape):
        for stream, length in order:
            if size == length and (axis > 0 or batch != length or len(shape) == 1):
                return Located(stream, _batch_first(tensor, axis, batch))
    for stream, length in order:
        if shape and shape[0] == batch * length:  # [B*L, D]
            return Located(stream, tensor.unflatten(0, (batch, length)))
    return None


def _batch_first(tensor: Tensor, axis: int, batch: int) -> Tensor:
    """[B, T, ...], with the positions from `axis`; repeated for all sentences if there is no batch axis."""
    tensor = tensor.movedim(axis, 0)  # [T, ...]
    for other in range(1, tensor.dim()):
        if tensor.size(other) == batch:
            return tensor.movedim(other, 1).transpose(0, 1)
    for other in range(1, axis + 1):  # [B*H, L, S]: sentences and heads in one axis before the positions
        if tensor.size(other) % batch == 0 and tensor.size(other) > batch:
            split: Tensor = tensor.unflatten(other, (batch, -1))
            return split.movedim(other, 1).transpose(0, 1)
    return tensor.expand(batch, *tensor.shape)
