"""Make a `Subject` of a model: one function for each common signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from transformer.decoding.folded import fast_stepper
from transformer.errors import InputError
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import EOS, SOS
from transformer.probe.subject import Advance, Inputs, Subject


def encoder_decoder(
    call: Callable[[Tensor, Tensor], Any],
    vocab: int | tuple[int, int],
    pad: int | None = 0,
    **more: Any,
) -> Subject:
    """A subject for `call(src, trg) -> logits [B, L, V]`.

    `vocab` is the size of both vocabularies, or the sizes of source and target. `more` are fields of
    `Subject`; give `module` if `call` is a function around a module that is not found by itself.
    """
    src_vocab, trg_vocab = (vocab, vocab) if isinstance(vocab, int) else vocab
    named = {"module": module_of(call), "src_pad": pad, "trg_pad": pad} | more
    return Subject(
        lambda inputs: call(inputs.ids("src"), inputs.ids("trg")),
        "encoder-decoder",
        src_vocab=src_vocab,
        trg_vocab=trg_vocab,
        **named,
    )


def decoder_only(call: Callable[[Tensor], Any], vocab: int, pad: int | None = None, **more: Any) -> Subject:
    """A subject for `call(tokens) -> logits [B, L, V]`, where each position sees itself and earlier ones."""
    named = {"module": module_of(call), "trg_pad": pad} | more
    return Subject(lambda inputs: call(inputs.ids("trg")), "decoder", trg_vocab=vocab, **named)


def encoder(call: Callable[[Tensor], Any], vocab: int, pad: int | None = 0, **more: Any) -> Subject:
    """A subject for `call(tokens) -> [B, S, ...]`, or [B, ...] per sentence; real tokens see each other."""
    named = {"module": module_of(call), "src_pad": pad} | more
    return Subject(lambda inputs: call(inputs.ids("src")), "encoder", src_vocab=vocab, **named)


def module_of(call: object) -> nn.Module | None:
    """The module behind a callable: itself, the owner of a method, or modules in a function's closure."""
    if isinstance(call, nn.Module):
        return call
    if isinstance(call, partial):
        return module_of(call.func)
    owner = getattr(call, "__self__", None)
    if isinstance(owner, nn.Module):
        return owner
    cells = getattr(call, "__closure__", None) or ()
    found = [cell.cell_contents for cell in cells if isinstance(cell.cell_contents, nn.Module)]
    return found[0] if len(found) == 1 else nn.ModuleList(found) if found else None


class TorchTransformer(nn.Module):
    """`nn.Transformer` with embeddings, an output layer and masks made from tokens: (src, trg) -> logits."""

    def __init__(self, transformer: nn.Transformer, vocab: tuple[int, int], pad: int = 0) -> None:
        """Embeddings, learned positions and the output layer have random weights."""
        super().__init__()
        width = transformer.d_model
        self.pad, self.transformer = pad, transformer
        self.src_embed, self.trg_embed = (nn.Embedding(size, width, padding_idx=pad) for size in vocab)
        self.position = nn.Embedding(512, width)
        self.head = nn.Linear(width, vocab[1])
        weight = next(transformer.parameters())
        self.to(dtype=weight.dtype, device=weight.device)

    def forward(self, src: Tensor, trg: Tensor) -> Tensor:
        """Token ids [B, S] and [B, L] -> logits [B, L, V]."""
        length = trg.size(1)
        later = torch.ones(length, length, dtype=torch.bool, device=trg.device).triu(1)  # True: masked out
        embedded = [self.embed(self.src_embed, src), self.embed(self.trg_embed, trg)]
        if not self.transformer.batch_first:
            embedded = [x.transpose(0, 1) for x in embedded]
        x = self.transformer(
            *embedded,
            tgt_mask=later,
            tgt_is_causal=True,
            src_key_padding_mask=src == self.pad,
            tgt_key_padding_mask=trg == self.pad,
            memory_key_padding_mask=src == self.pad,
        )
        logits: Tensor = self.head(x if self.transformer.batch_first else x.transpose(0, 1))
        return logits

    def embed(self, embedding: nn.Embedding, ids: Tensor) -> Tensor:
        """Token ids [B, T] -> embeddings plus positions [B, T, D]."""
        x: Tensor = embedding(ids) + self.position(torch.arange(ids.size(1), device=ids.device))
        return x


def torch_transformer(transformer: nn.Transformer, **more: Any) -> Subject:
    """A subject for an `nn.Transformer`, with random embeddings, since it reads vectors."""
    return encoder_decoder(TorchTransformer(transformer, (13, 13)), 13, **more)


def hugging_face(model: Any, vocab: int | None = None, pad: int | None = None, **more: Any) -> Subject:
    """A subject for a model called like those of Hugging Face, with `input_ids` and `attention_mask`.

    With `decoder_input_ids` in its signature it is an encoder-decoder, otherwise a decoder, unless `more` has
    a `kind`. `vocab` and `pad` default to the values in `model.config`. A decoder must accept left padding,
    because that is how batches are padded for generation; it gets `position_ids` if its signature has them.
    Raises `InputError` if the size of the vocabulary is unknown.
    """
    config = getattr(model, "config", None)
    vocab = vocab if vocab is not None else getattr(config, "vocab_size", None)
    pad = pad if pad is not None else getattr(config, "pad_token_id", None) or 0
    if vocab is None:
        raise InputError("The model has no model.config.vocab_size: give the number of its ids as `vocab`.")
    names = inspect.signature(getattr(model, "forward", model)).parameters
    kind = more.pop("kind", "encoder-decoder" if "decoder_input_ids" in names else "decoder")
    promises = frozenset({"left padding"}) if kind == "decoder" else frozenset()
    named = {"module": module_of(model), "promises": promises} | more

    def call(inputs: Inputs) -> Any:
        given: dict[str, Any] = {}
        if kind == "encoder-decoder":
            given = {"decoder_input_ids": inputs.trg, "decoder_attention_mask": _numbers(inputs.trg_keep)}
        ids, keep = (inputs.trg, inputs.trg_keep) if kind == "decoder" else (inputs.src, inputs.src_keep)
        given |= {"input_ids": ids, "attention_mask": _numbers(keep)}
        if "position_ids" in names and keep is not None:
            given["position_ids"] = (keep.cumsum(1) - 1).clamp(min=0)
        return model(**{name: value for name, value in given.items() if name in names})

    return Subject(
        call,
        kind,
        src_vocab=vocab,
        trg_vocab=vocab,
        src_pad=pad,
        trg_pad=pad,
        takes_keep=True,
        **named,
    )


def _numbers(keep: Tensor | None) -> Tensor | None:
    return None if keep is None else keep.long()


def own(model: Transformer, **more: Any) -> Subject:
    """A subject for this project's own model, with its cache."""
    config = model.config

    def step(inputs: Inputs) -> Advance:
        return fast_stepper(model, inputs.ids("src"), inputs.lengths["trg"]).step

    named: dict[str, Any] = {
        "src_pad": config.src_pad_idx,
        "trg_pad": config.trg_pad_idx,
        "special": (SOS, EOS),
        "step": step,
        "promises": frozenset({"empty rows"}),
    } | more
    return encoder_decoder(model, (config.src_vocab_size, config.trg_vocab_size), **named)


def subject_of(model: Any, **more: Any) -> Subject:
    """The subject for a model, chosen by its class or by the parameters of its `forward`.

    Raises `InputError` if the size of the vocabulary is unknown.
    """
    if isinstance(model, Subject):
        return model
    if isinstance(model, Transformer):
        return own(model, **more)
    if isinstance(model, nn.Transformer):
        return torch_transformer(model, **more)
    names = inspect.signature(getattr(model, "forward", model)).parameters
    if "input_ids" in names:
        return hugging_face(model, **more)
    if "vocab" not in more:
        raise InputError("The number of ids cannot be read from the model: give `vocab`, and `pad`.")
    kinds: dict[str, Callable[..., Subject]] = {
        "encoder-decoder": encoder_decoder,
        "decoder": decoder_only,
        "encoder": encoder,
    }
    default = "encoder-decoder" if len(_required(names)) == 2 else "decoder"
    return kinds[more.pop("kind", default)](model, **more)


def _required(names: Any) -> list[str]:
    return [
        name
        for name, parameter in names.items()
        if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
    ]
