"""Writing an answer token by token."""

from transformer.decoding.loop import DecodeStep, decode, greedy

__all__ = ["DecodeStep", "decode", "greedy"]
