"""Where the tensors of `masking` come from: the notes, nn.MultiheadAttention, or the current model."""

import torch

from transformer import PAD, Checkpoint, limits
from transformer.experiments import notes
from transformer.experiments.broadcasting import Script
from transformer.model.places import Attention
from ui import inputs
from ui.frames.masking import Make, Masking
from ui.i18n import t

FILLS = ("-inf", "-1e9", "-1e4", "1e-20")
"""Fill values as they are written. 1e-20 is the notes' slip: tiny and positive, it masks nothing."""

NOTES = ("padding", "causal", "both", "cross")
PYTORCH = ("key_padding_mask", "attn_mask", "attn_mask_3d")


def _fill_code(fill: str) -> str:
    return 'float("-inf")' if fill == "-inf" else fill


# --- the notes ---------------------------------------------------------------------------------------------


def from_notes(kind: str, fill: str, real_size: bool) -> Masking:
    """The notes' scores [2, 2, 5, 5] under one of their masks; three of the five queries for "cross"."""
    script = Script()
    setup = script.run(_notes_setup(kind, real_size))
    makes = _notes_masks()[kind]
    for make in makes:
        script.run(make.code)
    tokens = tuple(_words(row) for row in notes.TOKENS.tolist())
    targets = tuple(tuple(f"y{n}" for n in range(3)) for _ in tokens)
    return Masking(
        script,
        setup,
        makes,
        _fill_code(fill),
        queries=targets if kind == "cross" else tokens,
        keys=tokens,
        given=() if kind == "causal" else ("src",),
    )


def _words(ids: list[int]) -> tuple[str, ...]:
    return tuple("PAD" if token == PAD else str(token) for token in ids)


def _notes_setup(kind: str, real_size: bool) -> str:
    sizes = "B, H, L, S = 2, 2, 3, 5" if kind == "cross" else "B, H, L, S = 2, 2, 5, 5"
    lines = ["import torch", "", sizes]
    if kind != "causal":
        lines += ["PAD = 0", f"src = {notes.literal(notes.TOKENS)}"]
    lines += [f"energy = {notes.literal(notes.SCORES)}"]
    if kind == "cross":
        lines += ["energy = energy[:, :, :L]  # three queries, five keys"]
    if real_size:
        lines += ["energy = (energy - energy.float().mean()) / energy.float().std()"]
    return "\n".join(lines)


def _notes_masks() -> dict[str, tuple[Make, ...]]:
    padding = "(src != PAD).unsqueeze(1).unsqueeze(2)  # [B, S] -> [B, 1, S] -> [B, 1, 1, S]"
    causal = "torch.ones(L, L, dtype=torch.bool).tril().expand(B, 1, L, L)"
    stored = Make(
        f"mask = {padding}",
        caption=t(
            "True: may attend, wherever src is not PAD. One row for each sentence is all there is in memory."
        ),
    )
    return {
        "padding": (stored,),
        "cross": (stored,),
        "causal": (
            Make(
                f"mask = {causal}",
                caption=t(
                    "Row i sees keys 0 to i, itself included: the lower triangle is True. `expand` gave it "
                    "the batch axis, so the two sentences share one triangle in memory."
                ),
            ),
        ),
        "both": (
            Make(
                f"padding = {padding}\n"
                "causal = torch.ones(L, L, dtype=torch.bool).tril()[None, None]  # [1, 1, L, L]\n"
                "mask = causal & padding",
                draws=("padding", "causal", "mask"),
                title=t("two masks combined"),
                operands=(("causal", None), ("padding", None)),
                aligned=("padding", "causal"),
                caption=t(
                    "A key may be seen only where both masks allow it. The two masks broadcast against each "
                    "other first: each is stretched along the axis on which the other is larger."
                ),
            ),
        ),
    }


# --- nn.MultiheadAttention ---------------------------------------------------------------------------------


def from_pytorch(kind: str, fill: str) -> Masking:
    """Masks in the form that nn.MultiheadAttention takes, and its own weights to compare with."""
    script = Script()
    setup = script.run(_PYTORCH_SETUP.format(lengths=notes.literal(notes.LENGTHS)))
    makes = _pytorch_masks()[kind]
    for make in makes:
        script.run(make.code)
    given = "key_padding_mask=key_padding_mask" if kind == "key_padding_mask" else "attn_mask=attn_mask"
    check = (
        f"\n_, theirs = mha(first, x, x, {given}, average_attn_weights=False)"
        "\nassert torch.allclose(weights, theirs, atol=1e-6)  # PyTorch's own weights"
    )
    sentences, _, queries, keys = script["energy"].shape
    positions = tuple(str(n) for n in range(keys))
    softmax = "weights = masked_energy.softmax(dim=-1)"
    return Masking(
        script,
        setup,
        makes,
        _fill_code(fill),
        queries=(positions[:queries],) * sentences,
        keys=(positions,) * sentences,
        axes="NHLS",
        keeps=False,
        softmax=softmax + (check if fill == "-inf" else ""),
    )


_PYTORCH_SETUP = """import torch
from torch import nn

N, H, L, S, D = 4, 2, 5, 15, 8
lengths = {lengths}
seed = torch.Generator().manual_seed(0)
x = torch.randn(N, S, D, generator=seed)
first = x[:, :L]  # the queries: L and S differ, so that one sees which axis is which
mha = nn.MultiheadAttention(D, H, batch_first=True).requires_grad_(False)
nn.init.xavier_uniform_(mha.in_proj_weight, generator=seed)
q, k, _ = nn.functional.linear(x, mha.in_proj_weight, mha.in_proj_bias).chunk(3, dim=-1)
q, k = (part.view(N, -1, H, D // H).transpose(1, 2) for part in (q[:, :L], k))  # [N, H, L or S, D / H]
energy = q @ k.transpose(-2, -1) / (D // H) ** 0.5"""


def _pytorch_masks() -> dict[str, tuple[Make, ...]]:
    polarity = t("True: masked out. nn.MultiheadAttention reads it the other way round than SDPA does.")
    return {
        "key_padding_mask": (
            Make(
                "positions = torch.arange(S)[None, :]  # [1, S]\n"
                "ends = lengths[:, None]  # [N, 1]\n"
                "key_padding_mask = positions >= ends  # [N, S], True = masked out",
                draws=("positions", "ends", "key_padding_mask"),
                title=t("key_padding_mask from lengths"),
                operands=(("positions", None), ("ends", None)),
                aligned=("positions", "ends"),
                axes="NS",
                caption=t(
                    "A row of positions against a column of lengths: broadcasting makes the mask itself. "
                    "A position at or past the length is padding."
                )
                + " "
                + polarity,
            ),
            Make(
                "mask = key_padding_mask.view(N, 1, 1, S)",
                draws=("key_padding_mask", "mask"),
                operands=(("key_padding_mask", (0, 3)),),
                caption=t("Inside, PyTorch views it as [N, 1, 1, S]: the same memory, two axes of size 1.")
                + " "
                + polarity,
            ),
        ),
        "attn_mask": (
            Make(
                "attn_mask = torch.ones(L, S, dtype=torch.bool).triu(diagonal=1)  # True = masked out\n"
                "mask = attn_mask.view(1, 1, L, S)",
                draws=("mask",),
                operands=(("attn_mask", (2, 3)),),
                caption=t("A two-dimensional attn_mask speaks of queries and keys: [L, S] -> [1, 1, L, S].")
                + " "
                + polarity,
            ),
        ),
        "attn_mask_3d": (
            Make(
                "causal = torch.ones(L, S, dtype=torch.bool).triu(diagonal=1)\n"
                "window = causal | torch.ones(L, S, dtype=torch.bool).tril(diagonal=-4)\n"
                "attn_mask = torch.stack([causal, window]).repeat(N, 1, 1)  # [N*H, L, S]",
                draws=("attn_mask",),
                title=t("attn_mask, one for each head"),
                aligned=("attn_mask", "energy"),
                caption=t(
                    "A mask for every sentence and head: head 0 sees all of the past, head 1 the last four "
                    "positions. Batch and heads are one axis here, N*H = 8: aligned with the scores as it "
                    "is, it would not fit."
                )
                + " "
                + polarity,
            ),
            Make(
                "mask = attn_mask.view(N, H, L, S)",
                draws=("mask",),
                operands=(("attn_mask", ((0, 1), 2, 3)),),
                caption=t(
                    "The first axis is split in two: mask[n, h] is attn_mask[n*H + h]. Every axis is equal "
                    "now, so nothing is left to stretch."
                )
                + " "
                + polarity,
            ),
        ),
    }


# --- the current model -------------------------------------------------------------------------------------


def from_model(
    checkpoint: Checkpoint, text: str, attention: Attention, layer: int, fill: str, loaded: str
) -> Masking:
    """A model reads what the user typed; scores, mask and weights are those of that pass.

    `loaded` is the call that loads the model, as the code that is shown has it.
    """
    src = inputs.read_sources(checkpoint, text, limit=limits.MAX_SENTENCES_INSIDE)
    trg_input = inputs.right_answers(checkpoint, src)[:, :-1]
    made_by = "make_trg_mask(trg_input)" if attention is Attention.SELF else "make_src_mask(src)"
    make = Make(
        f'mask = trace[f"{{place}}.mask"]  # model.{made_by}(...)',
        caption=t(
            "True: may attend. This is the mask that the pass was given; it is all there is in memory."
        ),
    )
    script = Script({"checkpoint": checkpoint})
    code = _pass_code(src, trg_input, attention.place(layer))
    script.run(code)
    script.run(make.code)
    labels = {
        "source": inputs.labels(checkpoint, src),
        "target": inputs.labels(checkpoint, trg_input, target=True),
    }
    as_in_pass = fill == ("1e-20" if checkpoint.model.config.mistake == "tiny_fill" else "-inf")
    return Masking(
        script,
        f"{_loading_code(loaded)}\n{code}",
        (make,),
        _fill_code(fill),
        queries=labels[attention.queries],
        keys=labels[attention.keys],
        check_filled=_SAME_AS_PASS if as_in_pass else "",
        softmax=_TRACED_WEIGHTS if as_in_pass else _REFILLED_PASS,
    )


def _loading_code(call: str) -> str:
    name, _, _ = call.partition("(")
    return f"from transformer import {name}\n\ncheckpoint = {call}"


def _pass_code(src: torch.Tensor, trg_input: torch.Tensor, place: str) -> str:
    return "\n".join(
        [
            "import torch",
            "from transformer import Trace",
            "",
            f"src = {_ids(src)}",
            f"trg_input = {_ids(trg_input)}",
            f'place = "{place}"',
            "trace = Trace()",
            "with torch.inference_mode():",
            "    checkpoint.model(src, trg_input, trace=trace)",
            'energy = trace[f"{place}.energy"]',
        ]
    )


def _ids(tokens: torch.Tensor) -> str:
    rows = ",\n".join(f"    {row}" for row in tokens.tolist())
    return f"torch.tensor([\n{rows},\n])"


_SAME_AS_PASS = """
recorded = trace[f"{place}.masked_energy"]  # what the pass computed: exactly the same, NaN included
torch.testing.assert_close(masked_energy, recorded, rtol=0, atol=0, equal_nan=True)"""
_TRACED_WEIGHTS = 'weights = trace[f"{place}.weights"]  # masked_energy.softmax(dim=-1)'
_REFILLED_PASS = """trace = Trace(edits={f"{place}.masked_energy": lambda _: masked_energy})
with torch.inference_mode():
    checkpoint.model(src, trg_input, trace=trace)  # the same pass, with these scores
weights = trace[f"{place}.weights"]"""
