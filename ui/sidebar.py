"""The sidebar that every page shares: language, current model, presenter size."""

import streamlit as st

from ui import models
from ui.i18n import LANGUAGES, t
from ui.state import LANGUAGE, MODEL, PRESENTER

MODEL_CHOICE = "current_model"


def draw() -> None:
    """Draw the controls, which set what every page reads."""
    models.take_next()
    names = models.names()
    if MODEL.value not in names:
        names.append(MODEL.value)
    titles = models.told_apart(names)
    key = models.titles_key(MODEL_CHOICE, titles)
    st.session_state[key] = MODEL.value
    with st.sidebar:
        st.selectbox(
            t("Current model"),
            names,
            key=key,
            format_func=titles.__getitem__,
            on_change=_choose_model,
            args=(key,),
            help=t("Every page works on this model."),
        )
        st.segmented_control(
            t("Language"),
            list(LANGUAGES),
            key=LANGUAGE.name,
            format_func=LANGUAGES.__getitem__,
            required=True,
        )
        st.toggle(t("Presenter size"), key=PRESENTER.name, help=t("Larger text and cells, for a projector."))


def _choose_model(key: str) -> None:
    MODEL.set(st.session_state[key])
