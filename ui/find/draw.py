"""The page: a suspected model, evidence beside the user's diagnosis, and afterwards the repaired model."""

import random
import time
from typing import Any

import streamlit as st

from transformer import limits
from transformer.experiments.suspects import suspects
from ui import kept
from ui.fault_titles import mistake_title
from ui.find import evidence
from ui.i18n import t
from ui.layout import controls, stage
from ui.state import Find

_KEPT, _JUDGED = "find", "find_judged"
"""Kept in the browser: for each mistake, whether it was found, and when. Session state: the diagnoses."""

FIRST = ("no_causal_mask", "none", "tiny_fill", "no_padding_mask", "not_shifted", "inverted_mask")
"""The order of the suspects for seed 0; other seeds shuffle them."""

DAY = 24 * 3600


def order() -> list[str]:
    """The names of the suspects in the order of the current seed."""
    names = [name for name in FIRST if name in suspects()]
    if Find.seed.value:
        random.Random(Find.seed.value).shuffle(names)
    return names


def draw() -> None:
    """Draw the choice of model and evidence, the evidence, and the diagnosis."""
    names, kinds = order(), evidence.kinds()
    Find.suspect.lower_to(len(names))
    with controls():
        st.segmented_control(
            t("Model"), list(range(1, len(names) + 1)), key=Find.suspect.name, required=True,
            format_func=str,
        )  # fmt: skip
        st.segmented_control(
            t("Look at"), list(kinds), key=Find.look.name, required=True,
            format_func=lambda name: kinds[name][0],
        )  # fmt: skip
        st.button(t("Shuffle"), on_click=_shuffle, help=t("The same models in another order"))
    name = names[Find.suspect.value - 1]
    shown, said = st.columns([5, 3], gap="medium")
    with shown, stage("stage_evidence"):
        kinds[Find.look.value][1](name)
    with said:
        _remember()
        _diagnose(name)
    kept.sync()


def _shuffle() -> None:
    Find.seed.set(random.randrange(1, limits.MAX_SEED))
    Find.suspect.set(1)
    st.session_state.pop(_JUDGED, None)


def _titles() -> dict[str, str]:
    """The possible diagnoses, by mistake."""
    return {"none": t("nothing: it was trained rightly")} | {
        name: mistake_title(name) for name in FIRST if name != "none"
    }


def _repairs() -> dict[str, str]:
    """The possible repairs, by mistake."""
    return {
        "none": t("nothing is to be repaired"),
        "no_causal_mask": t("let position i of the decoder see positions 0 to i only"),
        "no_padding_mask": t("mask the keys that are PAD"),
        "tiny_fill": t("fill with -inf before softmax"),
        "inverted_mask": t("turn the masks round: here True keeps"),
        "not_shifted": t("feed trg[:, :-1] and predict trg[:, 1:]"),
    }


def _diagnose(name: str) -> None:
    """Draw the choices of diagnosis and repair and, after "Check", the truth."""
    titles, repairs = _titles(), _repairs()
    place = f"{Find.seed.value}_{Find.suspect.value}"
    judged: dict[str, tuple[str | None, str | None]] = st.session_state.setdefault(_JUDGED, {})
    over = place in judged
    wrong = st.selectbox(
        t("What is wrong with it?"), list(titles), index=None, placeholder=t("Choose one"),
        format_func=titles.__getitem__, key=f"find_wrong_{place}", disabled=over, persist_state="session",
    )  # fmt: skip
    repair = st.selectbox(
        t("What repairs it?"), list(repairs), index=None, placeholder=t("Choose one"),
        format_func=repairs.__getitem__, key=f"find_repair_{place}", disabled=over, persist_state="session",
    )  # fmt: skip
    if not over:
        st.button(
            t("Check"), type="primary", key="find_check", on_click=_judge, args=(name, place, wrong, repair)
        )
        return
    _tell(name, *judged[place])


def _judge(name: str, place: str, wrong: str | None, repair: str | None) -> None:
    st.session_state[_JUDGED][place] = (wrong, repair)
    known = _known()
    if name not in known or time.time() - known[name][1] > DAY:
        kept.keep(_KEPT, {**known, name: [wrong == repair == name, time.time()]})


def _tell(name: str, wrong: str | None, repair: str | None) -> None:
    """Draw the verdict and the answers of the repaired model."""
    titles, repairs = _titles(), _repairs()
    truth = t("It is: **{mistake}**. Repair: {repair}.", mistake=titles[name], repair=repairs[name])
    if wrong == repair == name:
        st.success(t("Found.") + " " + truth)
    else:
        st.error(t("Not quite.") + " " + truth)
    if name != "none":
        st.markdown(t("**Repaired**: the same training without the mistake answers so."))
        evidence.draw_samples("none")


def _remember() -> None:
    """Draw a reminder for users whose judgements are at least a day old."""
    old = {name: one for name, one in _known().items() if time.time() - one[1] > DAY}
    if not old or Find.seed.value:
        return
    days = int((time.time() - min(at for _, at in old.values())) / DAY)
    found = sum(right for right, _ in old.values())
    st.info(
        t(
            "{days} days ago you judged {count} of these models and found {right}. Can you still tell them "
            "apart?",
            days=days,
            count=len(old),
            right=found,
        )
    )
    st.button(t("Ask me again"), on_click=_shuffle, key="find_again")


def _known() -> dict[str, tuple[bool, float]]:
    """The valid entries that the browser keeps: for each mistake, whether it was found and when."""
    found: Any = kept.value(_KEPT)
    if not isinstance(found, dict):
        return {}
    return {
        name: (bool(one[0]), float(one[1]))
        for name, one in found.items()
        if name in FIRST and isinstance(one, list | tuple) and len(one) == 2 and _is_time(one[1])
    }


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value <= time.time()
