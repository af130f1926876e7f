"""The sections of the page "Check a mask": the user's mask, causal masks with a cache, the model probe."""

import streamlit as st
from torch import Tensor

from transformer import Checkpoint, InputError, limits
from transformer.experiments.mask_interventions import Intervention, Site, decoded, queries_and_keys
from transformer.experiments.suspects import suspect, suspects
from transformer.model.places import Attention
from transformer.probe import mask_input
from transformer.probe.mask_reading import Reading, Sizes, mistakes, readings
from ui import models, probed
from ui.attention_titles import short_titles
from ui.fault_titles import mistake_title
from ui.frames import check_mask
from ui.frames.laboratory import read_batch
from ui.i18n import explain, t
from ui.layout import choose, controls, explained, more, scaled, stage
from ui.setting import Setting
from ui.state import CheckMask, Laboratory
from ui.tensor_grid import tensor_grid


def own_mask() -> None:
    """A mask from a recipe, typed rows or a file: what it is, what it hides, how PyTorch reads it."""
    with controls():
        titles = {"recipe": t("Recipe"), "text": t("Rows"), "file": t("File")}
        choose(t("Mask from"), titles, CheckMask.origin, label_visibility="collapsed")
        read = {"recipe": _recipe, "text": _typed, "file": _uploaded}[CheckMask.origin.value]
        mask = None
        with explained():
            mask = read()
        with more():
            for label, setting in ((t("Sentences B"), CheckMask.batch), (t("Heads H"), CheckMask.heads)):
                _number(label, setting)
    with explained():
        if mask is not None:
            _shown(mask)


def _number(label: str, setting: Setting[int]) -> None:
    st.number_input(label, *setting.bounds, key=setting.name, width=scaled(110))


def _recipe() -> Tensor | None:
    titles = {
        "causal": t("causal, top left"),
        "bottom_right": t("causal, bottom right"),
        "lengths": t("lengths"),
        "window": t("window"),
        "documents": t("documents (cu_seqlens)"),
        "prefix": t("prefix"),
        "grouped": t("grouped queries"),
    }
    st.selectbox(
        t("Recipe"),
        list(titles),
        key=CheckMask.recipe.name,
        format_func=titles.__getitem__,
        label_visibility="collapsed",
        width=scaled(190),
    )
    recipe = CheckMask.recipe.value
    if recipe in ("lengths", "documents"):
        st.text_input(
            t("Numbers"), key=CheckMask.numbers.name, max_chars=CheckMask.numbers.limit, width=scaled(210)
        )
        return _of_numbers(recipe, CheckMask.numbers.value)
    _number(t("Queries L"), CheckMask.queries)
    queries = keys = CheckMask.queries.value
    if recipe in ("causal", "bottom_right", "window"):
        _number(t("Keys S"), CheckMask.keys)
        keys = CheckMask.keys.value
    if recipe in ("causal", "bottom_right"):
        return mask_input.causal(queries, keys, bottom_right=recipe == "bottom_right")
    _number({"window": t("Width"), "prefix": t("Prefix"), "grouped": t("Groups")}[recipe], CheckMask.width)
    if recipe == "window":
        return mask_input.window(queries, keys, CheckMask.width.value)
    if recipe == "prefix":
        return mask_input.prefix(queries, CheckMask.width.value)
    groups = CheckMask.width.value
    own = mask_input.causal(queries, queries).expand(1, groups, -1, -1)
    return mask_input.grouped(own, groups, CheckMask.heads.value)


def _of_numbers(recipe: str, text: str) -> Tensor:
    """The mask of lengths, [B, 1, 1, S], or of packed documents, [1, 1, L, L].

    Raises `InputError` if the numbers do not describe one.
    """
    words = text.replace(",", " ").split()
    if not words or not all(
        word.isascii() and word.isdigit() and len(word) < limits.MAX_DIGITS for word in words
    ):
        raise InputError(
            "Give whole numbers, such as {example}.", example="0 3 5" if recipe == "documents" else "5 3"
        )
    numbers = [int(word) for word in words]
    if max(numbers) > limits.MAX_WINDOW or len(numbers) > limits.MAX_SENTENCES or max(numbers) < 1:
        raise InputError(
            "Give at most {count} numbers from 0 to {limit}, at least one of them above 0.",
            count=limits.MAX_SENTENCES,
            limit=limits.MAX_WINDOW,
        )
    if recipe == "lengths":
        return mask_input.by_lengths(numbers)
    if numbers[0] != 0 or numbers != sorted(numbers):
        raise InputError("cu_seqlens begin with 0 and never fall, such as {example}.", example="0 3 5")
    return mask_input.documents(numbers)


def _typed() -> Tensor | None:
    st.text_area(
        t("Rows"),
        key=CheckMask.text.name,
        max_chars=CheckMask.text.limit,
        height=68,
        width=scaled(320),
        label_visibility="collapsed",
        help=t("Numbers, True and False, or -inf; one row per line."),
    )
    return mask_input.read_text(CheckMask.text.value)


def _uploaded() -> Tensor | None:
    given = st.file_uploader(
        t("A mask: .npy, .npz, .safetensors, .csv or .pt"),
        key="check_file",
        max_upload_size=limits.MAX_MASK_BYTES // 2**20,
        label_visibility="collapsed",
        width=scaled(420),
    )
    return None if given is None else mask_input.read_file(given.name, given.getvalue())


def _shown(mask: Tensor) -> None:
    batch = mask.size(0) if mask.dim() == 4 and mask.size(0) > 1 else CheckMask.batch.value
    heads = mask.size(1) if mask.dim() == 4 and mask.size(1) > 1 else CheckMask.heads.value
    sizes = Sizes(batch, heads)
    found = readings(mask, sizes)
    reading = found[CheckMask.reading.lower_to(len(found) - 1)]
    if reading.keep.numel() > limits.MAX_MASK_CELLS:
        raise InputError(
            "The mask has {cells:,} cells; at most {limit:,} can be shown.",
            cells=reading.keep.numel(),
            limit=limits.MAX_MASK_CELLS,
        )
    picture, said = st.columns([3, 2], gap="small")
    with picture:
        tensor_grid(
            check_mask.frames(mask, reading),
            key="check_grid",
            report=["frame"],
            on_event=lambda event: CheckMask.step.set(event.frame),
            start=CheckMask.step.value,
            stage=True,
        )
    with said:
        _say_readings(found)
        for remark in mistakes(mask, sizes, reading.keep):
            st.warning(explain(remark))
        _in_the_model(models.current(), reading)


def _say_readings(found: list[Reading]) -> None:
    fitting = [reading for reading in found if reading.fits]
    if len(fitting) == 1:
        st.markdown(t("One reading fits this mask:"))
    elif fitting:
        st.markdown(t("{count} readings fit this mask; only you know which is meant:", count=len(fitting)))
    else:
        st.markdown(t("No reading fits this mask without something being wrong:"))
    titles = [
        f"{reading.letters} · {check_mask.meaning_title(reading.meaning)} · {explain(reading.why)}"
        for reading in found
    ]
    st.radio(
        t("Meant as"),
        range(len(found)),
        key=CheckMask.reading.name,
        format_func=titles.__getitem__,
        label_visibility="collapsed",
    )


def _in_the_model(checkpoint: Checkpoint, reading: Reading) -> None:
    """What the current model answers with the mask, in each attention whose scores have its shape."""
    keep = reading.keep
    batch = read_batch(checkpoint, Laboratory.text.value)
    rows = []
    for attention in Attention:
        queries, keys = queries_and_keys(batch, attention)
        alike = bool((keep == keep[:, :1]).all())
        if (
            alike
            and keep.size(0) in (1, len(batch.src))
            and keep.shape[-2:] == (queries.size(1), keys.size(1))
        ):
            mask = keep[:, :1].expand(len(batch.src), -1, -1, -1)
            answers = decoded(checkpoint.model, batch, Intervention(Site(attention), mask))
            own = decoded(checkpoint.model, batch)
            changed = sum(one != other for one, other in zip(answers, own, strict=True))
            rows.append(
                {
                    t("attention"): short_titles()[attention],
                    t("answers changed"): f"{changed} / {len(own)}",
                    t("first answer"): checkpoint.task.decode(answers[0]),
                }
            )
    if rows:
        st.markdown(t("In the current model, on the laboratory's inputs:"))
        st.table(rows)
    else:
        sizes = {
            f"{queries_and_keys(batch, one)[0].size(1)} × {queries_and_keys(batch, one)[1].size(1)}"
            for one in Attention
        }
        st.caption(
            t(
                "No attention of the current model has scores of this shape: on the laboratory's inputs "
                "they are {sizes} (L × S).",
                sizes=", ".join(sorted(sizes)),
            )
        )


def aligned() -> None:
    """Compares top-left and bottom-right causal masks where there are more keys than queries."""
    with controls():
        _number(t("Queries L"), CheckMask.one_query)
        _number(t("Keys S"), CheckMask.cached)
    queries, keys = CheckMask.one_query.value, CheckMask.cached.value
    left, right = st.columns(2)
    for column, frame in zip((left, right), check_mask.aligned_frames(queries, keys), strict=True):
        with column:
            tensor_grid([frame], key=f"aligned_{frame.title}", stage=True)
    seen, wanted = check_mask.newest_sees(queries, keys)
    st.markdown(
        t(
            "Of {keys} keys the newest query sees {seen} under is_causal=True, and {wanted} aligned bottom "
            "right. While decoding with a cache, queries are the last tokens, so only bottom right is "
            "causal; PyTorch's is_causal is top left.",
            keys=keys,
            seen=seen,
            wanted=wanted,
        )
    )


def probe_model() -> None:
    """The probe of a model: of the current one, or of one that was trained with a mistake."""
    with controls():
        titles = {"current": t("current model"), "none": t("trained rightly")} | {
            name: t("trained with: {mistake}", mistake=mistake_title(name))
            for name in suspects()
            if name != "none"
        }
        st.selectbox(
            t("Model"),
            list(titles),
            key=CheckMask.probed.name,
            format_func=titles.__getitem__,
            label_visibility="collapsed",
            width=scaled(260),
        )
        name = CheckMask.probed.value
        model = (models.current() if name == "current" else suspect(name)).model
        probed.choose_check(model, CheckMask.check)
    left, right = st.columns([1, 1])
    with left:
        probed.picture(model, CheckMask.check.value)
    with right, stage("stage_probe"):
        probed.verdicts(model)


SECTIONS = {"mask": own_mask, "aligned": aligned, "probe": probe_model}
