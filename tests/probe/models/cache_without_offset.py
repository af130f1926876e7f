"""With a cache every token comes as the first: its position is 0 at each step.

https://github.com/pytorch/executorch/pull/2010
"""

from tests.probe.models.parts import VOCAB, CachedDecoder, Stack, stepping
from transformer.probe import Subject, decoder_only

FOUND = {"cache": "position"}


class NoOffset(CachedDecoder):
    positions = Stack.positions


def make() -> Subject:
    model = NoOffset()
    return decoder_only(model, VOCAB, step=stepping(model))
