"""Where a masking lesson's tensors come from: the notes, or the current model reading what was typed."""

import torch

from transformer import Checkpoint, Trace, masks, notes
from transformer.trace import Edit
from ui import inputs
from ui.frames.masking import Masking

FILLS: dict[str, float] = {"-inf": float("-inf"), "-1e9": -1e9, "-1e4": -1e4, "1e-20": 1e-20}
"""Fill values by how they are written. 1e-20 is the notes' slip: tiny and positive, it masks nothing."""


def from_notes(kind: str, fill: str, real_size: bool) -> Masking:
    """The notes' scores [2, 2, 5, 5] under one of their masks."""
    energy = notes.SCORES if not real_size else (notes.SCORES - 54.5) / 26
    padding = notes.KEEP.unsqueeze(1).unsqueeze(2)  # [2, 1, 1, 5]
    causal = torch.ones(5, 5, dtype=torch.bool).tril().expand(2, 1, 5, 5)
    mask = {"padding": padding, "causal": causal, "both": causal & padding}[kind]
    masked_energy = energy.float().masked_fill(~mask, FILLS[fill])
    tokens = tuple(
        tuple(f"t{i}" if keep else "PAD" for i, keep in enumerate(row)) for row in notes.KEEP.tolist()
    )
    make = {
        "padding": "mask = (src != PAD).unsqueeze(1).unsqueeze(2)      # [B, 1, 1, S]",
        "causal": "mask = torch.ones(L, L, dtype=torch.bool).tril().expand(B, 1, L, L)",
        "both": "mask = causal & padding      # [B, 1, L, L] & [B, 1, 1, L]",
    }[kind]
    weights = masks.softmax_or_zeros(masked_energy)
    return Masking(energy, mask, masked_energy, weights, tokens, tokens, make, _code(fill))


def from_model(checkpoint: Checkpoint, text: str, attention: str, layer: int, fill: str) -> Masking:
    """The current model reads what the user typed; the tensors are those of that pass."""
    src = inputs.read_sources(checkpoint, text, limit=4)
    trg_input = inputs.right_answers(checkpoint, src)[:, :-1]
    side, name = ("encoder", "self") if attention == "encoder" else ("decoder", attention)
    place = f"{side}.{layer}.{name}_attention"
    trace = Trace(edits={f"{place}.masked_energy": _refill(FILLS[fill])})
    with torch.inference_mode():
        checkpoint.model(src, trg_input, trace=trace)
    sources, targets = inputs.labels(checkpoint, src), inputs.labels(checkpoint, trg_input, target=True)
    here = trace.at(place)
    return Masking(
        here["energy"],
        here["mask"],
        here["masked_energy"],
        here["weights"],
        queries=sources if attention == "encoder" else targets,
        keys=targets if attention == "self" else sources,
        make_mask="mask = model.make_trg_mask(trg)"
        if attention == "self"
        else "mask = model.make_src_mask(src)",
        fill=_code(fill),
    )


def _refill(value: float) -> Edit:
    """Another fill value in the place of -inf: an edit of the pass, so that all that follows feels it."""
    return lambda masked_energy: masked_energy.masked_fill(masked_energy == float("-inf"), value)


def _code(fill: str) -> str:
    return 'float("-inf")' if fill == "-inf" else fill
