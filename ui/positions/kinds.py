"""Kinds of positions side by side: a small model trained with each, and inputs longer than it ever saw."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from transformer import Checkpoint, limits
from transformer.experiments.position_interventions import CodeChange, by_length, held_out
from transformer.learning.folder import CHECKPOINT
from transformer.limits import MAX_SHUFFLED
from transformer.tasks import DigitTask
from ui import models
from ui.charts import chart
from ui.choices import choice_title
from ui.i18n import escaped, t
from ui.layout import controls, filling_stage, notice, show_source
from ui.positions.in_model import INPUTS, Subject, exact_match
from ui.setting import each_once
from ui.state import MODEL, Recoding
from viz import positional as figures
from viz.positional import Array

CHOICE = "pe_models_choice"
"""Key of the widget that shows `Recoding.compared` as a list."""

MEASURED = "pe_compared"
"""Session state: the models measured last."""

EACH = 100
"""Random digit strings of each length."""

LENGTHS = (4, 8, 12, 14, 16, 17, 18, 20, 24)


def draw() -> None:
    """The section."""
    with controls():
        subjects = Subject.each(_choose())
        names = tuple(subject.name for subject in subjects)
        measured = bool(subjects) and _is_measured(names)
    if not subjects:
        st.info(t("Choose models to compare."))
        return
    adding = [subject for subject in subjects if subject.checkpoint.model.config.adds_codes][:4]
    with filling_stage():
        if measured:
            _draw_lengths(subjects)
        elif adding:
            _draw_codes(adding)
        else:
            st.info(t("None of these models adds codes to its tokens. Measure what they can do without."))
    st.dataframe(pd.DataFrame([_row(subject, measured) for subject in subjects]), hide_index=True)
    if measured and adding:
        _draw_codes(adding)
    if adding:
        _draw_likeness(adding)
    _draw_use(subjects)
    notice(
        t("Without positions a model cannot reverse: its encoder sees a bag of digits. It can sort: a bag is "
          "all that sorting asks for, and the causal mask alone tells its decoder how far it is."),
        t("Past 16 digits, the longest that training showed, all reversing models break down: learned codes "
          "of later positions were never trained. Rotary positions and ALiBi, which see distances, hold on "
          "for a digit or two longer here."),
        t("Rotary positions and ALiBi add nothing to the tokens; they act in the self-attentions."),
    )  # fmt: skip
    show_source(by_length, held_out)


def _choose() -> list[str]:
    """The models to compare: those chosen, or the small shipped ones."""
    small = models.small()
    known = list(dict.fromkeys([*small, *models.names()]))
    wanted = [name for name in each_once(Recoding.compared.value) if name in known]
    titles = models.told_apart(known)
    key = models.titles_key(CHOICE, titles)
    st.session_state[key] = (wanted or small)[: limits.MAX_COMPARED]
    with st.popover(t("Models"), key="choose_compared"):
        st.multiselect(
            t("Models to compare; train others on the training page, under “More”, “Positions”"),
            known,
            key=key,
            format_func=titles.__getitem__,
            select_all=False,
            max_selections=limits.MAX_COMPARED,
            on_change=_keep_choice,
            args=(key,),
        )
    return list(st.session_state[key])


def _keep_choice(key: str) -> None:
    Recoding.compared.set(",".join(st.session_state[key]))


def _is_measured(names: tuple[str, ...]) -> bool:
    """The button that measures; returns whether these models were measured last."""
    label = t("Measure: {count} held-out inputs, then {each} of each length", count=INPUTS, each=EACH)
    if st.button(label, type="primary"):
        st.session_state[MEASURED] = names
    return st.session_state.get(MEASURED) == names


def _draw_lengths(subjects: list[Subject]) -> None:
    """How often each model is right, against the length of its input."""
    st.markdown(
        t(
            "Share of {each} random digit strings of each length answered exactly right. The line marks "
            "the longest that training showed.",
            each=EACH,
        )
    )
    with st.spinner(t("Measuring")):
        curves = {subject.title: curve(subject) for subject in subjects}
    titles = (t("digits in the input"), t("exactly right"))
    drawn = figures.lines(LENGTHS, curves, titles, mark=max_length(subjects))
    chart(drawn.update_yaxes(range=[-0.04, 1.04], tickformat=".0%"), "lengths", fills=True)


def max_length(subjects: list[Subject]) -> int:
    """The longest source that training showed any of them."""
    return max(subject.checkpoint.task.max_length for subject in subjects)


def _row(subject: Subject, measured: bool) -> dict[str, Any]:
    config = subject.checkpoint.model.config
    row = {
        t("model"): subject.title,
        t("kind of positions"): choice_title(config.positions),
        t("number of layers"): config.num_layers,
        "D": config.embed_dim,
        t("parameters"): sum(weight.numel() for weight in subject.checkpoint.model.parameters()),
        t("steps trained"): subject.checkpoint.about.get("step"),
    }
    if measured:
        title = t("exact match, {count} held-out", count=INPUTS)
        row[title] = f"{exact_match(subject, CodeChange()):.1%}"
    return row


def curve(subject: Subject) -> Array:
    """Exact match at each length; NaN where the model has no room or the task is no digit task."""
    path = models.folder_of(subject.name) / CHECKPOINT
    return np.array([_at_length(subject.name, path.stat().st_mtime_ns, length) for length in LENGTHS])


@st.cache_data(max_entries=500, show_spinner=False)
def _at_length(name: str, changed: int, length: int) -> float:
    """`changed`, the checkpoint's time of change, is part of the cache key: a new file is measured anew."""
    checkpoint: Checkpoint = models.named(name)
    if not isinstance(checkpoint.task, DigitTask) or length + 2 > checkpoint.model.config.max_len:
        return float("nan")
    (share,) = by_length(checkpoint.model, checkpoint.task, [length], EACH)
    return share


def _draw_codes(adding: list[Subject]) -> None:
    """What each model adds at the first positions."""
    st.markdown(
        t(
            "The codes that these models add in the encoder. Rotary positions and ALiBi add none; measure "
            "what each kind can do."
        )
    )
    for subject, column in zip(adding, st.columns(max(len(adding), 2)), strict=False):
        pe = _added(subject)
        titles = (t("dimension"), t("position"))
        with column:
            st.caption(escaped(subject.title))
            drawn = figures.heatmap(pe, None, titles, reach=float(abs(pe).max()))
            chart(drawn, f"pe_{subject.name}", fills=True)


def _draw_likeness(adding: list[Subject]) -> None:
    """How alike the codes that each model adds are."""
    st.subheader(t("Likeness against the distance"), anchor=False)
    for subject, column in zip(adding, st.columns(max(len(adding), 2)), strict=False):
        pe = _added(subject)
        titles = (t("distance q − p"), "PE(p) · PE(q)")
        with column:
            st.caption(escaped(subject.title))
            chart(figures.by_distance({"PE(p) · PE(q)": pe @ pe.T}, titles), f"alike_{subject.name}")
    st.caption(t("The band shows how far pairs at the same distance differ; sines and cosines have none."))


def _added(subject: Subject) -> Array:
    codes: Array = subject.checkpoint.model.encoder.position.pe.detach()[0, :MAX_SHUFFLED].double().numpy()
    return codes


def _draw_use(subjects: list[Subject]) -> None:
    """Buttons that make one of them the current model of all pages."""
    st.markdown(t("Look at one of them on all pages, decoding step by step for instance:"))
    with st.container(horizontal=True):
        for subject in subjects:
            st.button(
                escaped(subject.title),
                key=f"use_{subject.name}",
                on_click=MODEL.set,
                args=(subject.name,),
                disabled=MODEL.value == subject.name,
            )
