"""One input through the whole model, for the map of the architecture."""

from dataclasses import dataclass

import torch

from transformer import Checkpoint, Trace
from transformer.decoding import greedy
from ui import inputs


@dataclass(frozen=True)
class Tour:
    """What went in, what came out, and the shape of everything between."""

    source: tuple[str, ...]
    output: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]

    def shape(self, place: str) -> str:
        """The shape of the tensor at a place of the trace, or of `src` and `trg`, as text."""
        return str(list(self.shapes[place]))


def tour(checkpoint: Checkpoint, text: str) -> Tour:
    """Decode what the user typed, and pass it through once more with a trace."""
    src = torch.tensor([inputs.read_source(checkpoint, text)])
    output = greedy(checkpoint.model, src)
    trace = Trace()
    trg = output[:, :-1]
    with torch.inference_mode():
        checkpoint.model(src, trg, trace=trace)
    shapes = {"src": tuple(src.shape), "trg": tuple(trg.shape)}
    shapes |= {place: tuple(tensor.shape) for place, tensor in trace.items()}
    source = inputs.labels(checkpoint, src)[0]
    return Tour(source, inputs.labels(checkpoint, output, target=True)[0], shapes)
