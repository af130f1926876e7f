"""Where the tensors of `masking` come from: the notes, nn.MultiheadAttention, or the current model."""

from pathlib import Path

import torch

from transformer import PAD, Checkpoint, limits
from transformer.experiments import notes
from transformer.experiments.broadcasting import Script
from transformer.model.places import Attention
from ui import inputs
from ui.frames.masking import Make, Masking
from ui.i18n import t
from ui.taught import assigned, cells

FILLS = ("-inf", "-1e9", "-1e4", "1e-20")
"""Fill values as they are written. 1e-20 is the notes' slip: tiny and positive, it masks nothing."""

NOTES = ("padding", "causal", "both", "cross")
PYTORCH = ("key_padding_mask", "attn_mask", "attn_mask_3d")

_FILES = Path(__file__).parent / "code"
_NOTES_CODE = cells(_FILES / "notes_masks.py")
_PYTORCH_CODE = cells(_FILES / "pytorch_masks.py")
_MODEL_CODE = cells(_FILES / "model_masks.py")


def _fill_code(fill: str) -> str:
    return 'float("-inf")' if fill == "-inf" else fill


# --- the notes ---------------------------------------------------------------------------------------------


def from_notes(kind: str, fill: str, real_size: bool) -> Masking:
    """The notes' scores [2, 2, 5, 5] under one of their masks; three of the five queries for "cross"."""
    script = Script()
    setup = script.run(_notes_setup(kind, real_size))
    make = _notes_mask(kind)
    script.run(make.code)
    tokens = tuple(_words(row) for row in notes.TOKENS.tolist())
    targets = tuple(tuple(f"y{n}" for n in range(3)) for _ in tokens)
    return Masking(
        script,
        setup,
        (make,),
        _fill_code(fill),
        queries=targets if kind == "cross" else tokens,
        keys=tokens,
        given=() if kind == "causal" else ("src",),
    )


def _words(ids: list[int]) -> tuple[str, ...]:
    return tuple("PAD" if token == PAD else str(token) for token in ids)


def _notes_setup(kind: str, real_size: bool) -> str:
    sizes = {"B, H, L, S": "2, 2, 3, 5" if kind == "cross" else "2, 2, 5, 5"}
    pieces = [assigned(_NOTES_CODE["sizes"], **sizes)]
    if kind != "causal":
        pieces += [assigned(_NOTES_CODE["source"], src=notes.literal(notes.TOKENS))]
    pieces += [assigned(_NOTES_CODE["scores"], energy=notes.literal(notes.SCORES))]
    if kind == "cross":
        pieces += [_NOTES_CODE["cross"]]
    if real_size:
        pieces += [_NOTES_CODE["real size"]]
    return "\n".join(pieces)


def _notes_mask(kind: str) -> Make:
    if kind == "causal":
        return Make(
            _NOTES_CODE["causal mask"],
            caption=t(
                "Row i sees keys 0 to i, itself included: the lower triangle is True. `expand` gave it "
                "the batch axis, so the two sentences share one triangle in memory."
            ),
        )
    if kind == "both":
        return Make(
            _NOTES_CODE["both masks"],
            draws=("padding", "causal", "mask"),
            title=t("two masks combined"),
            operands=(("causal", None), ("padding", None)),
            aligned=("padding", "causal"),
            caption=t(
                "A key may be seen only where both masks allow it. The two masks broadcast against each "
                "other first: each is stretched along the axis on which the other is larger."
            ),
        )
    return Make(
        _NOTES_CODE["padding mask"],
        caption=t(
            "True: may attend, wherever src is not PAD. One row for each sentence is all there is in memory."
        ),
    )


# --- nn.MultiheadAttention ---------------------------------------------------------------------------------


def from_pytorch(kind: str, fill: str) -> Masking:
    """Masks in the form that nn.MultiheadAttention takes, and its own weights to compare with."""
    script = Script()
    setup = script.run(assigned(_PYTORCH_CODE["scores"], lengths=notes.literal(notes.LENGTHS)))
    makes = {
        "key_padding_mask": _key_padding_mask,
        "attn_mask": _attn_mask,
        "attn_mask_3d": _attn_mask_of_heads,
    }[kind]()
    for make in makes:
        script.run(make.code)
    argument = "key_padding_mask" if kind == "key_padding_mask" else "attn_mask"
    check = [_PYTORCH_CODE[f"compared with {argument}"]] if fill == "-inf" else []
    sentences, _, queries, keys = script["energy"].shape
    positions = tuple(str(n) for n in range(keys))
    return Masking(
        script,
        setup,
        makes,
        _fill_code(fill),
        queries=(positions[:queries],) * sentences,
        keys=(positions,) * sentences,
        axes="NHLS",
        keeps=False,
        softmax="\n".join([Masking.softmax, *check]),
    )


def _polarity(caption: str) -> str:
    return (
        caption
        + " "
        + t("True: masked out. nn.MultiheadAttention reads it the other way round than SDPA does.")
    )


def _key_padding_mask() -> tuple[Make, ...]:
    return (
        Make(
            _PYTORCH_CODE["key_padding_mask"],
            draws=("positions", "ends", "key_padding_mask"),
            title=t("key_padding_mask from lengths"),
            operands=(("positions", None), ("ends", None)),
            aligned=("positions", "ends"),
            axes="NS",
            caption=_polarity(
                t(
                    "A row of positions against a column of lengths: broadcasting makes the mask itself. "
                    "A position at or past the length is padding."
                )
            ),
        ),
        Make(
            _PYTORCH_CODE["key_padding_mask viewed"],
            draws=("key_padding_mask", "mask"),
            operands=(("key_padding_mask", (0, 3)),),
            caption=_polarity(
                t("Inside, PyTorch views it as [N, 1, 1, S]: the same memory, two axes of size 1.")
            ),
        ),
    )


def _attn_mask() -> tuple[Make, ...]:
    return (
        Make(
            _PYTORCH_CODE["attn_mask"],
            operands=(("attn_mask", (2, 3)),),
            caption=_polarity(
                t("A two-dimensional attn_mask speaks of queries and keys: [L, S] -> [1, 1, L, S].")
            ),
        ),
    )


def _attn_mask_of_heads() -> tuple[Make, ...]:
    return (
        Make(
            _PYTORCH_CODE["a mask for each head"],
            draws=("attn_mask",),
            title=t("attn_mask, one for each head"),
            aligned=("attn_mask", "energy"),
            caption=_polarity(
                t(
                    "A mask for every sentence and head: head 0 sees all of the past, head 1 the last four "
                    "positions. Batch and heads are one axis here, N*H = 8: aligned with the scores as it "
                    "is, it would not fit."
                )
            ),
        ),
        Make(
            _PYTORCH_CODE["a mask for each head viewed"],
            operands=(("attn_mask", ((0, 1), 2, 3)),),
            caption=_polarity(
                t(
                    "The first axis is split in two: mask[n, h] is attn_mask[n*H + h]. Every axis is equal "
                    "now, so nothing is left to stretch."
                )
            ),
        ),
    )


# --- the current model -------------------------------------------------------------------------------------


def from_model(
    checkpoint: Checkpoint, text: str, attention: Attention, layer: int, fill: str, loaded: str
) -> Masking:
    """Scores, mask and weights of a pass of the model over what the user typed.

    `loaded` is the call that loads the model in the code on screen. Raises `InputError` if the text cannot
    be read.
    """
    src = inputs.read_sources(checkpoint, text, limit=limits.MAX_SENTENCES_INSIDE)
    trg_input = inputs.right_answers(checkpoint, src)[:, :-1]
    made_by = "make_trg_mask(trg_input)" if attention is Attention.SELF else "make_src_mask(src)"
    make = Make(
        f"{_MODEL_CODE['mask']}  # model.{made_by}(...)",
        caption=t(
            "True: may attend. This is the mask that the pass was given; it is all there is in memory."
        ),
    )
    script = Script({"checkpoint": checkpoint})
    place = f'"{attention.place(layer)}"'
    code = script.run(assigned(_MODEL_CODE["pass"], src=_ids(src), trg_input=_ids(trg_input), place=place))
    script.run(make.code)
    labels = {
        "source": inputs.labels(checkpoint, src),
        "target": inputs.labels(checkpoint, trg_input, target=True),
    }
    as_in_pass = fill == ("1e-20" if checkpoint.model.config.mistake == "tiny_fill" else "-inf")
    return Masking(
        script,
        "\n".join([*_loading_lines(loaded), code]),
        (make,),
        _fill_code(fill),
        queries=labels[attention.queries],
        keys=labels[attention.keys],
        check_filled=(_MODEL_CODE["same as in the pass"],) if as_in_pass else (),
        softmax=_MODEL_CODE["weights of the pass" if as_in_pass else "weights of another fill value"],
    )


def _loading_lines(call: str) -> tuple[str, ...]:
    name, _, _ = call.partition("(")
    return f"from transformer import {name}", "", f"checkpoint = {call}"


def _ids(tokens: torch.Tensor) -> str:
    rows = ",\n".join(f"    {row}" for row in tokens.tolist())
    return f"torch.tensor([\n{rows},\n])"
