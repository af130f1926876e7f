"""The broadcasting page's controls and words: labels, remarks, suggestions, what is said of a mistake."""

from collections.abc import Mapping, Sequence

import streamlit as st

from transformer.experiments import notes
from ui import inputs
from ui.frames.broadcasting_broken import Broken, summary
from ui.frames.masking import Masking, leaked
from ui.frames.masking_cases import FILLS
from ui.i18n import figure, t
from ui.layout import choose, folded, scaled, show_code
from ui.questions import answer
from ui.state import Broadcasting
from ui.tensor_grid import Frame


def choose_fill() -> None:
    """The fill value."""
    help = t("What forbidden scores are replaced by. 1e-20 is a common slip.")
    fills = {fill: fill for fill in FILLS}
    choose(t("Fill value"), fills, Broadcasting.fill, help=help, label_visibility="collapsed")


def choose_size() -> bool:
    """Whether the scores are of the size that real attention has; at first they are where 1e-20 is filled in.

    The notes' scores are so far apart that softmax hides what 1e-20 lets through.
    """
    size = Broadcasting.leaking_size if Broadcasting.fill.value == "1e-20" else Broadcasting.real_size
    st.toggle(t("real-size scores"), key=size.name, help=size_help())
    return size.value


def leak(masking: Masking) -> str:
    """What goes to forbidden keys, in a few words."""
    _, most = leaked(masking.script)
    return t("leak: **{most}** of a row", most=figure(most, ".2g"))


def choose_layer(count: int) -> None:
    """One of a model's layers; the last one if the link says a later one."""
    Broadcasting.layer.set(min(Broadcasting.layer.value, count - 1))
    st.segmented_control(t("Layer"), list(range(count)), key=Broadcasting.layer.name, required=True)


def choose_sizes() -> None:
    """B, H and L of a mistake. Raises `InputError` for one that is out of range."""
    fields = (
        (t("B, sentences"), Broadcasting.batch),
        (t("H, heads"), Broadcasting.heads),
        (t("L, tokens"), Broadcasting.length),
    )
    inputs.refuse(*[inputs.number(label, setting, width=scaled(170)) for label, setting in fields])


def choose_mistake(titles: Mapping[str, str]) -> None:
    """One of the mistakes."""
    st.selectbox(
        t("Mistake"),
        list(titles),
        key=Broadcasting.case.name,
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=scaled(300),
    )


def note_masks() -> dict[str, str]:
    """The notes' masks by name."""
    return {
        "padding": t("padding"),
        "causal": t("causal"),
        "both": t("both"),
        "cross": t("cross-attention"),
    }


def pytorch_masks() -> dict[str, str]:
    """The masks that nn.MultiheadAttention takes, in its own words."""
    return {
        "key_padding_mask": "key_padding_mask [N, S]",
        "attn_mask": "attn_mask [L, S]",
        "attn_mask_3d": "attn_mask [N*H, L, S]",
    }


def operands(operation: str) -> tuple[str, str]:
    """Labels of the two typed shapes."""
    if operation == "+":
        return t("Shape of a"), t("Shape of b")
    return t("Shape of the scores"), t("Shape of the mask")


def size_help() -> str:
    """Why scores of another size are offered."""
    return t(
        "The scores of the small example run from 10 to 99, and softmax of numbers so far apart is "
        "0 or 1. Those of real attention are about 1."
    )


def remarks(origin: str) -> Sequence[str]:
    """What to notice in a origin."""
    if origin == "pytorch":
        return (
            t(
                "True means masked out here: the opposite of scaled_dot_product_attention and of this "
                "project."
            ),
            t("key_padding_mask speaks of keys only, so every head and every query loses the same columns."),
            t("The last step compares with the weights that nn.MultiheadAttention itself gives."),
        )
    if origin == "sum":
        return (
            t("x has a batch axis, pe has one of size 1: the same codes serve every sequence."),
            t("Position 0 adds [0, 1, 0, 1]; nothing is learned here, and nothing is copied."),
        )
    if origin == "product":
        return (
            t("The product sums over the 512 only. Batch and position are carried along, whatever they are."),
            t("nn.Linear does the same: all axes before the last are carried along, not just the first."),
        )
    if origin == "shapes":
        return (
            t("Missing axes count as 1, and they are always missing on the left."),
            t(
                "Either tensor may be stretched, on different axes at once: the result can be larger than "
                "both."
            ),
        )
    if origin == "broken":
        return (
            t("An error is the lucky case. The silent ones train a model that looks at the wrong tokens."),
            t("Write the shape beside every line that makes a mask, and check it with `mask.shape`."),
        )
    return (
        t("The padding mask speaks only of keys, so it has one row: every query loses the same columns."),
        t(
            "The causal mask is different for every query, so it brings its own rows: only the heads "
            "share it."
        ),
        t("Stretching copies nothing: the stride of a stretched axis is 0, and the bytes stay the same."),
    )


def suggestions(origin: str) -> Sequence[str]:
    """What to try in a origin."""
    if origin == "pytorch":
        return (
            t("Step to the stretched mask and point at a cell: which cell of key_padding_mask did it read?"),
            t("Compare attn_mask [L, S] and [N*H, L, S]: which can differ from head to head?"),
        )
    if origin == "sum":
        return (
            t("Work out total[1, 2, 0] by hand: 2.1 + sin(2). Point at it to check."),
            t("In “any shapes”, type 2 3 4 and 1 3 4, then 2 3 4 and 2 3: why does the second fail?"),
        )
    if origin == "product":
        return (
            t("Point at a cell of y: which row and which column did it read? And in the folded product?"),
            t("Compare the bytes of the weight with expand and with repeat in the last step."),
        )
    if origin == "shapes":
        return (
            t("Type 5 and 5 1: the result is 5 by 5. Why?"),
            t(
                "Choose masked_fill and type 2 5 5 and 2 1 1 5: the mask stretches the scores, and nobody is "
                "told."
            ),
            t("Find two shapes that do not fit, and read what PyTorch says."),
        )
    if origin == "broken":
        return (
            t(
                "unsqueeze forgotten once: set B and H to different numbers, and the mistake becomes an "
                "error."
            ),
            t("unsqueeze forgotten twice: set B = L, and the error becomes silent."),
            t("Point at a wrong cell: whose mask did it read?"),
        )
    return (
        t(
            "Set the fill value to 1e-20 and compare the last step: with whole numbers up to 99 the leak is "
            "invisible, with scores of real size it is not."
        ),
        t("Switch to the current model and make one input much longer than the other."),
        t(
            "In cross-attention queries are target tokens and keys are source tokens: the mask is the "
            "source's."
        ),
    )


def show_wrong(broken: Broken) -> None:
    """The code that people write, and what it does."""
    case = broken.case
    st.markdown(f"**{t('What people write')}**")
    show_code(f"{case.setup}\n\n{case.wrong}")
    _show_outcome(broken)


def show_right(broken: Broken) -> None:
    """The right line, and why."""
    case = broken.case
    st.markdown(f"**{t('The right line')}**")
    show_code(case.right)
    st.markdown(case.why)
    if case.hint:
        st.caption(case.hint)


def _show_outcome(broken: Broken) -> None:
    show = {"loud": st.error, "warned": st.warning, "silent": st.error, "harmless": st.info}[broken.kind]
    show(summary(broken))
    for message in (broken.wrong.error, *broken.wrong.warnings):
        if message:
            st.code(message, language=None, wrap_lines=True)


def show_program(frames: Sequence[Frame]) -> None:
    """The code of all steps as one program."""
    pieces = [f"# {frame.title}\n{frame.code}" for frame in frames if frame.code]
    if pieces:
        folded(t("All steps as one program"), "program", _draw_program, "\n\n".join(pieces))


def _draw_program(program: str) -> None:
    show_code(program)


def answer_questions() -> None:
    """What the readers of the notes ask about their two masks, with the notes' own tensors."""
    mask = notes.KEEP.unsqueeze(1).unsqueeze(2)
    answer(
        "unsqueeze",
        t(
            "It inserts an axis of size 1 into the shape. The padding mask: {before} becomes {between}, "
            "then {after}. The numbers stay where they are in memory (`{same}` is {true}).",
            before=list(notes.KEEP.shape),
            between=list(notes.KEEP.unsqueeze(1).shape),
            after=list(mask.shape),
            same="mask.data_ptr() == keep.data_ptr()",
            true=mask.data_ptr() == notes.KEEP.data_ptr(),
        ),
    )
    stretched = mask.expand_as(notes.SCORES)
    answer(
        "broadcast",
        t(
            "The encoder's padding mask, aligned from the right: {mask} meets {scores}; every axis of size 1 "
            "is read again for each index: strides {stride}, and the {stored} stored values answer for "
            "{all} scores.",
            mask=list(mask.shape),
            scores=list(notes.SCORES.shape),
            stride=list(stretched.stride()),
            stored=mask.numel(),
            all=notes.SCORES.numel(),
        ),
    )
