"""One input through the whole model, and the map of the architecture it passed through."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from transformer import Checkpoint, Trace, Transformer
from transformer.decoding.loop import greedy
from transformer.experiments.mask_interventions import Attention
from transformer.model.config import TransformerConfig
from ui import inputs
from ui.architecture_map import Architecture, Link, Mask, Part, Stack
from ui.i18n import t
from ui.masks import own_mask_axes, own_mask_title
from ui.pages import BROADCASTING, DECODING, ENCODING, INSIDE
from ui.remembered import remembered


@dataclass(frozen=True)
class Tour:
    """What went in, what came out, and the shape of everything between."""

    text: str
    """As the user typed it."""
    config: TransformerConfig
    source: tuple[str, ...]
    output: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]

    def shape(self, place: str) -> str:
        """The shape of the tensor at a place of the trace, or of `src` and `trg`, as text."""
        return str(list(self.shapes[place]))

    def sizes(self) -> dict[str, int]:
        """What the letters in shapes stand for."""
        B, H, L, S = self.shapes["decoder.0.cross_attention.weights"]
        return {"B": B, "H": H, "L": L, "S": S, "D": self.config.embed_dim, "V": self.config.trg_vocab_size}


def tour(checkpoint: Checkpoint, text: str) -> Tour:
    """Decode what the user typed, and pass it through once more with a trace."""
    src = torch.tensor([inputs.read_source(checkpoint, text)])
    output, shapes = _passed(checkpoint.model, src)
    return Tour(
        text,
        checkpoint.model.config,
        inputs.labels(checkpoint, src)[0],
        inputs.labels(checkpoint, output, target=True)[0],
        shapes,
    )


@remembered
@torch.inference_mode()
def _passed(model: Transformer, src: Tensor) -> tuple[Tensor, dict[str, tuple[int, ...]]]:
    """The tokens written, and the shapes of everything on the way to them."""
    output = greedy(model, src)
    trace, trg = Trace(), output[:, :-1]
    probabilities = model(src, trg, trace=trace).softmax(dim=-1)
    tensors = {"src": src, "trg": trg, **trace, "probabilities": probabilities}
    return output, {place: tuple(tensor.shape) for place, tensor in tensors.items()}


def architecture(seen: Tour) -> Architecture:
    """The figure of the model as it is configured, with the shapes of the tour; its boxes open pages."""
    return Architecture(_opened(_encoder(seen), seen), _opened(_decoder(seen), seen))


def _opened(stack: Stack, seen: Tour) -> Stack:
    """Parts that no page of their own shows are opened by the page inside the model."""

    def opened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(part if part.link else replace(part, link=_to_inside(seen, part.name)) for part in parts)

    return replace(stack, before=opened(stack.before), layer=opened(stack.layer), after=opened(stack.after))


def _to_inside(seen: Tour, part: str) -> Link:
    return Link(INSIDE, {"part": part, "sentences": seen.text})


def _encoder(seen: Tour) -> Stack:
    attention = _attention(seen, "encoder.0.self_attention", t("self-attention"), "encoder")
    layer, residuals = _sublayers(
        seen,
        (attention, "encoder.0.norm1", "encoder.0.residual1"),
        (_feed_forward(seen, "encoder"), "encoder.0.norm2", "encoder.0.residual2"),
    )
    source = Part("src", t("source tokens"), seen.shape("src"), "data", link=_to_decoding(seen))
    output = Part("encoder.output", t("encoder output"), seen.shape("encoder.output"), "data")
    return Stack(
        t("Encoder"),
        (source, *_embedding(seen, "encoder")),
        layer,
        (*_last_norm(seen, "encoder"), output),
        seen.config.num_layers,
        residuals,
    )


def _decoder(seen: Tour) -> Stack:
    own = _attention(seen, "decoder.0.self_attention", t("masked self-attention"), "self")
    cross = _attention(seen, "decoder.0.cross_attention", t("cross-attention"), "cross")
    layer, residuals = _sublayers(
        seen,
        (own, "decoder.0.norm", "decoder.0.residual"),
        (replace(cross, reads_encoder=True), "decoder.0.norm1", "decoder.0.residual1"),
        (_feed_forward(seen, "decoder"), "decoder.0.norm2", "decoder.0.residual2"),
    )
    target = Part("trg", t("target tokens so far"), seen.shape("trg"), "data", link=_to_decoding(seen))
    logits, probabilities = seen.shape("decoder.logits"), seen.shape("probabilities")
    output = (
        Part("decoder.logits", t("linear: logits"), logits, "output"),
        Part("probabilities", t("softmax: next token"), probabilities, "output", link=_to_decoding(seen)),
    )
    return Stack(
        t("Decoder"),
        (target, *_embedding(seen, "decoder")),
        layer,
        (*_last_norm(seen, "decoder"), *output),
        seen.config.num_layers,
        residuals,
    )


def _embedding(seen: Tour, stack: str) -> tuple[Part, ...]:
    place = f"{stack}.embedding"
    words = Part(place, t("embedding"), seen.shape(place), "embedding")
    if not seen.config.adds_codes:
        return (words,)
    learned = seen.config.positions == "learned"
    label = t("learned positions") if learned else t("positional encoding")
    place = f"{stack}.position"
    link = Link(ENCODING, {"pe_section": "hand", "tokens": seen.text})
    codes = Part(place, label, seen.shape(place), "embedding", added=True, wave=not learned, link=link)
    return words, codes


def _attention(seen: Tour, place: str, label: str, called: Attention) -> Part:
    """`called` is what the page on broadcasting calls this attention."""
    title, axes = own_mask_title(called, seen.config.mistake), own_mask_axes(called, seen.config.mistake)
    return Part(
        place,
        label,
        seen.shape(f"{place}.weights"),
        "attention",
        mask=Mask(title, axes, seen.shape(f"{place}.mask")),
        link=Link(
            BROADCASTING,
            {"from": "model", "attention": called, "inputs": seen.text},
        ),
    )


def _feed_forward(seen: Tour, stack: str) -> Part:
    place = f"{stack}.0.feed_forward"
    return Part(place, t("feed-forward"), seen.shape(place), "feed_forward")


def _sublayers(
    seen: Tour, *sublayers: tuple[Part, str, str]
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """A layer's parts and residual connections, from each part and the places of its norm and its sum."""

    def plain(place: str, label: str) -> Part:
        return Part(place, label, seen.shape(place), "norm")

    parts: list[Part] = []
    residuals = []
    for part, norm, total in sublayers:
        if seen.config.norm == "pre":
            parts += [plain(norm, t("norm")), part, plain(total, t("add"))]
            residuals.append((norm, total))
        else:
            parts += [part, plain(norm, t("add & norm"))]
            residuals.append((part.name, norm))
    return tuple(parts), tuple(residuals)


def _last_norm(seen: Tour, stack: str) -> tuple[Part, ...]:
    """Blocks that norm first leave their sum as it is, so a norm follows the last one."""
    if seen.config.norm == "post":
        return ()
    return (Part(f"{stack}.norm", t("norm"), seen.shape(f"{stack}.output"), "norm"),)


def _to_decoding(seen: Tour) -> Link:
    return Link(DECODING, {"input": seen.text})
