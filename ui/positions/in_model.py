"""The codes of a trained model altered: what it still answers, and how often it is right on 500 inputs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import pandas as pd
import streamlit as st
import torch

from transformer import Checkpoint
from transformer.decoding.loop import greedy
from transformer.experiments.position_interventions import (
    ChangeKind,
    CodeChange,
    Stacks,
    altered,
    held_out,
    survey,
)
from transformer.learning.folder import CHECKPOINT
from transformer.limits import MAX_SHUFFLED
from ui import inputs, models
from ui.charts import chart
from ui.i18n import escaped, t
from ui.layout import Suggestion, controls, filling_stage, notice, show_source, try_this
from ui.positions.codes import SLIDER
from ui.setting import Setting
from ui.state import MODEL, Encoding, Recoding
from viz import positional as figures

INPUTS = 500
"""How many held-out inputs are measured on."""

MEASURED = "pe_measured"
"""Session state: what was measured last, so that it stays on screen as long as nothing is changed."""


@dataclass(frozen=True)
class Subject:
    """A model to experiment on."""

    name: str
    """As `models.names` gives it."""
    title: str
    """Its title on screen, different from those of the others shown."""
    checkpoint: Checkpoint

    @classmethod
    def each(cls, names: Iterable[str]) -> "list[Subject]":
        """The models of these names. Raises `InputError` if one cannot be loaded."""
        return [cls(name, title, models.named(name)) for name, title in models.told_apart(names).items()]


def draw() -> None:
    """The section."""
    chosen = subjects()
    inputs.fit_example(chosen[0].checkpoint, Encoding.text)
    with controls():
        change = _draw_controls()
    with filling_stage():
        _draw_answers(chosen, change)
        _draw_codes(chosen[-1], change)
    _draw_survey(chosen, change.side)
    notice(
        t("Sorting asks which digits there are, not where they stand: its encoder can do with little order."),
        t("Reversing asks where each digit stands: with codes of zero or shuffled ones it fails."),
        t("Both decoders count: they must know how many tokens they have written."),
        t("Shifting all codes by one leaves all distances as they were, and still does harm: the models "
          "learned codes, not distances."),
    )  # fmt: skip
    try_this(*_suggestions())
    show_source(CodeChange, altered, held_out)


def _suggestions() -> list[Suggestion]:
    swap: dict[Setting[Any], object] = {Recoding.kind: "swap", Recoding.first: 1, Recoding.second: 2}
    return [
        Suggestion(
            t("Swap two positions in the encoder: reversing swaps the same two digits in its answer, sorting "
              "answers as before."),
            swap | {Recoding.side: "encoder"},
        ),
        Suggestion(
            t("Set all codes to zero in the encoder alone and measure: sorting still gets many right, "
              "reversing none."),
            {Recoding.kind: "zero", Recoding.side: "encoder"},
        ),
        Suggestion(
            t("Add 1 to every position, everywhere: all distances are as before."),
            {Recoding.kind: "shift", Recoding.side: "both", Recoding.steps: 1},
        ),
    ]  # fmt: skip


def subjects() -> list[Subject]:
    """The shipped models that sort and reverse, and the current one if it is another."""
    names = ["sort", "reverse"]
    if MODEL.value not in names:
        names.append(MODEL.value)
    return Subject.each(names)


# --- what to change ----------------------------------------------------------------------------------------


def _titles() -> dict[str, str]:
    return {
        "own": t("leave it"),
        "zero": t("zero"),
        "scale": t("scale"),
        "shuffle": t("shuffle"),
        "swap": t("swap two"),
        "shift": t("add k to every position"),
        "noise": t("add noise"),
    }


def _draw_controls() -> CodeChange:
    """Controls for the input and the change: its kind, its amount and its side. Returns the change."""
    sides = {"both": t("encoder and decoder"), "encoder": t("encoder"), "decoder": t("decoder")}
    st.text_input(t("Input"), key=Encoding.text.name, max_chars=Encoding.text.limit, width=190)
    _select(t("Codes"), _titles(), Recoding.kind, 190)
    _draw_amount(Recoding.kind.value)
    _select(t("Where"), sides, Recoding.side, 190)
    return change_of(Recoding.kind.value, Recoding.side.value)


def _select(label: str, titles: dict[str, str], setting: Setting[str], width: int) -> None:
    st.selectbox(label, list(titles), key=setting.name, format_func=titles.__getitem__, width=width)


def _draw_amount(kind: str) -> None:
    """The control for the amount of a change, its seed or its positions."""
    if kind == "scale":
        st.slider(t("factor"), *Recoding.factor.bounds, step=0.25, key=Recoding.factor.name, width=SLIDER)
    elif kind == "shuffle":
        inputs.refuse(inputs.number(t("seed"), Recoding.seed, width=SLIDER))
    elif kind == "swap":
        for label, setting in ((t("position"), Recoding.first), (t("and"), Recoding.second)):
            inputs.refuse(inputs.number(label, setting, width=150))
    elif kind == "shift":
        about = t("Position p gets the code of p + k.")
        st.slider("k", *Recoding.steps.bounds, key=Recoding.steps.name, help=about, width=SLIDER)
    elif kind == "noise":
        about = t("standard deviation of the noise")
        st.slider(about, *Recoding.noise.bounds, step=0.1, key=Recoding.noise.name, width=SLIDER)


def change_of(kind: str, side: str) -> CodeChange:
    """A change with the amount that is set for it."""
    amount = {"scale": Recoding.factor.value, "shift": Recoding.steps.value, "noise": Recoding.noise.value}
    return CodeChange(
        cast(ChangeKind, kind),
        cast(Stacks, side),
        float(amount.get(kind, 0)),
        (Recoding.first.value, Recoding.second.value),
        Recoding.seed.value,
    )


# --- one input ---------------------------------------------------------------------------------------------


def _draw_codes(subject: Subject, change: CodeChange) -> None:
    """The first rows of what the model adds, and of what is added instead."""
    own = subject.checkpoint.model.encoder.position.pe.detach()
    pair = ((own, t("as trained")), (change.apply(own), t("altered")))
    for column, (codes, title) in zip(st.columns(2), pair, strict=True):
        rows = codes[0, :MAX_SHUFFLED].double().numpy()
        titles = (t("dimension"), t("position"))
        with column:
            st.caption(f"{escaped(subject.title)}: {title}")
            chart(figures.heatmap(rows, None, titles), f"codes_{title}", fills=True)


def _draw_answers(chosen: list[Subject], change: CodeChange) -> None:
    """What each model writes for one input, with its own codes and with the altered ones."""
    rows = [_answer_row(subject, change, Encoding.text.value) for subject in chosen]
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def _answer_row(subject: Subject, change: CodeChange, text: str) -> dict[str, str]:
    checkpoint = subject.checkpoint
    source = inputs.read_source(checkpoint, text)
    right = checkpoint.task.answer(source)
    written = answer(checkpoint, source, change)
    is_right = checkpoint.task.is_right(source, written)
    return {
        t("model"): subject.title,
        t("right answer"): checkpoint.task.decode(right) if right else t("not known"),
        t("with its own codes"): checkpoint.task.decode(answer(checkpoint, source, CodeChange())),
        t("with the altered codes"): checkpoint.task.decode(written),
        t("verdict"): "✓ " + t("right") if is_right else "✗ " + t("wrong"),
    }


def answer(checkpoint: Checkpoint, source: list[int], change: CodeChange) -> list[int]:
    """What the model writes, SOS and EOS included, or a few tokens past the right length."""
    model = altered(checkpoint.model, change)
    limit = len(checkpoint.task.answer(source) or source) + 3
    written: list[int] = greedy(model, torch.tensor([source]), max_new_tokens=limit)[0].tolist()
    return written


# --- 500 inputs --------------------------------------------------------------------------------------------


def _draw_survey(chosen: list[Subject], side: str) -> None:
    """A button, and bars for every change at this side."""
    st.subheader(t("Exact match on {count} held-out inputs", count=INPUTS), anchor=False)
    changes = {kind: change_of(kind, side) for kind in _titles()}
    wanted = (tuple(subject.name for subject in chosen), tuple(changes.values()))
    label = t("Measure every change on {count} inputs", count=INPUTS)
    if st.button(label, type="primary"):
        st.session_state[MEASURED] = wanted
    if st.session_state.get(MEASURED) != wanted:
        st.caption(
            t("Each model answers {count} inputs that training never showed, freely, under each of the "
              "changes: some seconds.", count=INPUTS)
        )  # fmt: skip
        return
    with st.spinner(t("Measuring")):
        found = {
            subject.title: {change_title(change): exact_match(subject, change) for change in changes.values()}
            for subject in chosen
        }
    chart(figures.shares(found, t("exactly right")), "survey")
    side_title = {"both": t("encoder and decoder"), "encoder": t("encoder"), "decoder": t("decoder")}[side]
    st.caption(
        t(
            "Share of {count} held-out inputs answered exactly right from SOS to EOS, the model reading its "
            "own tokens; patterns of training in turn, 1 to 16 digits; codes changed in: {side}.",
            count=INPUTS,
            side=side_title,
        )
    )


def change_title(change: CodeChange) -> str:
    """A change with its amount, in a few letters."""
    first, second = change.pair
    return {
        "own": t("as trained"),
        "zero": t("zero"),
        "scale": f"× {change.amount:g}",
        "shuffle": t("shuffle"),
        "swap": t("swap {first}, {second}", first=first, second=second),
        "shift": t("p + {steps}", steps=f"{change.amount:g}"),
        "noise": t("noise {size}", size=f"{change.amount:g}"),
    }[change.kind]


def exact_match(subject: Subject, change: CodeChange) -> float:
    """Share of held-out inputs answered exactly right under a change; measured once for all sessions."""
    path = models.folder_of(subject.name) / CHECKPOINT
    about = (change.kind, change.side, change.amount, change.pair, change.seed)
    return _exact_match(subject.name, path.stat().st_mtime_ns, *about)


@st.cache_data(max_entries=500, show_spinner=False)
def _exact_match(
    name: str,
    changed: int,
    kind: ChangeKind,
    side: Stacks,
    amount: float,
    pair: tuple[int, int],
    seed: int,
) -> float:
    """`changed`, the checkpoint's time of change, is part of the cache key: a new file is measured anew."""
    checkpoint = models.named(name)
    batch = held_out(checkpoint.task, INPUTS)
    (share,) = survey(checkpoint.model, batch, [CodeChange(kind, side, amount, pair, seed)])
    return share
