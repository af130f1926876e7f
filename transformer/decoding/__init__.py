"""Writing an answer token by token. Read in this order: stepper, loop, sampling, ties, beam, folded."""

from transformer.decoding.loop import DecodeStep, decode, greedy

__all__ = ["DecodeStep", "decode", "greedy"]
