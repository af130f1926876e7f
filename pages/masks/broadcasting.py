"""Mask broadcasting: how a small mask applies to all scores of all heads."""

from transformer import Transformer
from transformer.experiments import broadcasting
from transformer.model import masks, positional
from ui.layout import section_head, show_source
from ui.sections import drawing

section = section_head(
    {
        "notes": "ui.broadcasting.notes",
        "model": "ui.broadcasting.model",
        "pytorch": "ui.broadcasting.pytorch",
        "sum": "ui.broadcasting.positions",
        "product": "ui.broadcasting.product",
        "shapes": "ui.broadcasting.shapes",
        "broken": "ui.broadcasting.mistakes",
    }
)
drawing(section)()
show_source(
    masks.padding_mask,
    masks.causal_mask,
    Transformer.make_src_mask,
    Transformer.make_trg_mask,
    positional.sinusoidal_encoding,
    broadcasting.align,
    broadcasting.stretches,
)
