"""One input through the whole model, and the map of the architecture it passed through."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from transformer import Checkpoint, Trace, Transformer
from transformer.decoding.loop import greedy
from transformer.model.config import TransformerConfig
from transformer.model.places import Attention, StackName, sublayers
from ui import inputs
from ui.architecture_map import Architecture, Link, Mask, Part, Stack
from ui.i18n import t
from ui.masks import own_mask_axes, own_mask_title
from ui.pages import BROADCASTING, DECODING, ENCODING, INSIDE
from ui.remembered import remembered


@dataclass(frozen=True)
class Tour:
    """The tokens that go in and come out, and the shapes of all tensors in between."""

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
    """Decode what the user typed, then run one traced pass over source and output.

    Raises `InputError` if the text cannot be read.
    """
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
    """The tokens written, and the shapes of all tensors of a pass over them, by place."""
    output = greedy(model, src)
    trace, trg = Trace(), output[:, :-1]
    probabilities = model(src, trg, trace=trace).softmax(dim=-1)
    tensors = {"src": src, "trg": trg, **trace, "probabilities": probabilities}
    return output, {place: tuple(tensor.shape) for place, tensor in tensors.items()}


def architecture(seen: Tour) -> Architecture:
    """The figure of this model's architecture, with the shapes of the tour; its boxes link to pages."""
    return Architecture(_opened(_encoder(seen), seen), _opened(_decoder(seen), seen))


def _opened(stack: Stack, seen: Tour) -> Stack:
    """Link the parts that have no page of their own to the page inside the model."""

    def opened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(part if part.link else replace(part, link=_to_inside(seen, part.name)) for part in parts)

    return replace(stack, before=opened(stack.before), layer=opened(stack.layer), after=opened(stack.after))


def _to_inside(seen: Tour, part: str) -> Link:
    return Link(INSIDE, {"part": part, "sentences": seen.text})


def _encoder(seen: Tour) -> Stack:
    attention = _attention(seen, Attention.ENCODER, t("self-attention"))
    layer, residuals = _sublayers(seen, "encoder", (attention, _feed_forward(seen, "encoder")))
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
    own = _attention(seen, Attention.SELF, t("masked self-attention"))
    cross = _attention(seen, Attention.CROSS, t("cross-attention"))
    drawn = own, replace(cross, reads_encoder=True), _feed_forward(seen, "decoder")
    layer, residuals = _sublayers(seen, "decoder", drawn)
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


def _attention(seen: Tour, called: Attention, label: str) -> Part:
    place = called.place(0)
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
    seen: Tour, stack: StackName, drawn: tuple[Part, ...]
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """A layer's parts with their norms and sums, and the residual connections as pairs of part names."""

    def plain(place: str, label: str) -> Part:
        return Part(place, label, seen.shape(place), "norm")

    parts: list[Part] = []
    residuals = []
    for part, one in zip(drawn, sublayers(seen.config, stack, 0), strict=True):
        if one.is_pre_norm:
            parts += [plain(one.normed, t("norm")), part, plain(one.total, t("add"))]
            residuals.append((one.normed, one.total))
        else:
            parts += [part, plain(one.normed, t("add & norm"))]
            residuals.append((part.name, one.normed))
    return tuple(parts), tuple(residuals)


def _last_norm(seen: Tour, stack: str) -> tuple[Part, ...]:
    """The norm after the last layer, which only a pre-norm stack has: its blocks do not norm their output."""
    if seen.config.norm == "post":
        return ()
    return (Part(f"{stack}.norm", t("norm"), seen.shape(f"{stack}.output"), "norm"),)


def _to_decoding(seen: Tour) -> Link:
    return Link(DECODING, {"input": seen.text})
