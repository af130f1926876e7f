"""The sidebar that every page shares: language, current model, presenter size."""

import streamlit as st

from ui import models
from ui.i18n import LANGUAGES, t
from ui.state import LANGUAGE, MODEL, PRESENTER


def draw() -> None:
    """Draw the controls, which set what every page reads."""
    models.take_next()
    names = models.names()
    if MODEL.value not in names:
        names.append(MODEL.value)
    titles = models.told_apart(names)
    with st.sidebar:
        st.selectbox(
            t("Current model"),
            names,
            key=MODEL.name,
            format_func=titles.__getitem__,
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
