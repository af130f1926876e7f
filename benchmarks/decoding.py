"""New tokens per second: our cached greedy decoding, nn.Transformer recomputing, Hugging Face `generate`.

All contenders write exactly the same number of tokens, since none can stop at EOS. Ours is the folded
decoder; the readable cache is compared only with Marian's, and beam search with our own greedy decoding.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.measure import OURS, Comparison, Result, compare
from benchmarks.peers import TorchTransformer, marian
from transformer import EOS, SOS, Beam, Transformer, TransformerConfig
from transformer.decoding.beam import beam_search
from transformer.decoding.loop import decode, greedy

TARGET = 2.0
BEAM = Beam(width=4)
BEAM_BATCH = 16
BEAM_TARGET = 1 / 3
"""A token of beam search may take as long as three greedy ones."""
CASES = [(batch, length) for batch in (1, 64) for length in (12, 64)]
MARIAN = "Marian, generate"
MISSING = "Hugging Face transformers is missing: pip install -r requirements-benchmarks.txt"

Decoder = Callable[[Tensor, int], Tensor]
"""Sources [B, S] and the number of tokens to write -> SOS and those tokens, [B, length + 1]."""


def run() -> Result:
    """One comparison per batch size and length."""
    torch.manual_seed(0)
    config = TransformerConfig()
    decoders = {OURS: _ours(config), "nn.Transformer, recomputing": TorchTransformer(config).eval().greedy}
    try:
        decoders[MARIAN] = _marian(config)
    except ImportError:
        return Result(_compare_all(decoders), (MISSING,))
    return Result(_compare_all(decoders))


def _compare_all(decoders: dict[str, Decoder]) -> tuple[Comparison, ...]:
    cases = [_compare(decoders, batch, length) for batch, length in CASES]
    if MARIAN in decoders:
        readable = {OURS: _readable(TransformerConfig()), MARIAN: decoders[MARIAN]}
        title = "the readable cache, "
        cases += [_compare(readable, batch, length, title=title, target=1.0) for batch, length in CASES]
    return (*cases, *(_compare_beam(length) for length in (12, 64)))


def _compare_beam(length: int) -> Comparison:
    model = _endless(TransformerConfig())

    def search(src: Tensor, length: int) -> Tensor:
        *_, last = beam_search(model, src, BEAM, max_new_tokens=length)
        return last.answer

    decoders: dict[str, Decoder] = {
        OURS: search,
        "ours, greedy": lambda src, length: greedy(model, src, max_new_tokens=length),
    }
    title = f"beam search of width {BEAM.width}, "
    return _compare(decoders, BEAM_BATCH, length, title=title, target=BEAM_TARGET)


def _compare(
    decoders: dict[str, Decoder], batch: int, length: int, *, title: str = "", target: float = TARGET
) -> Comparison:
    digits = torch.randint(3, 13, (batch, 10))
    src = torch.nn.functional.pad(digits, (1, 0), value=SOS)
    src = torch.nn.functional.pad(src, (0, 1), value=EOS)  # [B, 12]
    for name, decoder in decoders.items():
        if decoder(src, length).shape != (batch, length + 1):
            raise RuntimeError(f"{name} did not write {length} tokens")
    contenders = {name: _work(decoder, src, length) for name, decoder in decoders.items()}
    case = f"{title}batch {batch}, length {length}"
    return compare(case, "tokens/s", contenders, per_call=batch * length, target=target)


def _work(decoder: Decoder, src: Tensor, length: int) -> Callable[[], None]:
    def decode() -> None:
        decoder(src, length)

    return decode


def _endless(config: TransformerConfig) -> Transformer:
    """A model that never writes EOS."""
    model = Transformer(config).eval()
    with torch.no_grad():
        model.decoder.fc_out.bias[EOS] = float("-inf")
    return model


def _ours(config: TransformerConfig) -> Decoder:
    model = _endless(config)
    return lambda src, length: greedy(model, src, max_new_tokens=length)


def _readable(config: TransformerConfig) -> Decoder:
    model = _endless(config)

    def write(src: Tensor, length: int) -> Tensor:
        *_, last = decode(model, src, max_new_tokens=length)
        return last.tokens

    return write


def _marian(config: TransformerConfig) -> Decoder:
    model = marian(config)

    @torch.inference_mode()
    def generate(src: Tensor, length: int) -> Tensor:
        every = torch.ones_like(src)
        output: Tensor = model.generate(
            src, attention_mask=every, max_new_tokens=length, num_beams=1, do_sample=False, use_cache=True
        )
        return output

    return generate
