"""What a browser says while its server cannot be reached: in the page's language, until it can be again.

Only the browser notices, so the sentence travels with each page and waits there.
"""

import json

import streamlit as st

from ui.i18n import sentences, t

WATCH = """
<script>
    ((sentence) => {
        const id = "connection-lost", app = document.querySelector('[data-testid="stApp"]');
        const look = () => {
            const shown = document.getElementById(id);
            if (app.dataset.testConnectionState === "CONNECTED") {
                shown?.remove();
            } else if (!shown) {
                const note = document.createElement("div");
                note.id = id;
                note.setAttribute("role", "alert");
                note.textContent = window.connectionLost;
                note.style.cssText = "position: fixed; left: 1rem; right: 1rem; bottom: 1rem;"
                    + "z-index: 2000000; max-width: 46rem; margin: 0 auto; padding: 0.75rem 1rem;"
                    + "border-radius: 0.5rem; background: #fff3cd; color: #3d2e00;"
                    + "border: 2px solid #9a6700; font-size: 1rem; font-family: inherit; line-height: 1.5";
                document.body.append(note);
            }
        };
        if (!window.connectionLost) new MutationObserver(look).observe(app, { attributes: true });
        window.connectionLost = sentence;
    })(%(sentence)s);
</script>
"""
"""Run again for another language, in the same scope: so it names nothing outside of itself."""


def watch() -> None:
    """Let the browser keep an eye on its connection."""
    sentence = sentences(
        t(
            "The connection to the server is lost. The page keeps trying to reconnect; you do not have to do "
            "anything."
        ),
        t("Trainings run on the server. What they have recorded is kept, also if the server was stopped."),
    )
    with st.sidebar:
        st.html(WATCH % {"sentence": json.dumps(sentence)}, unsafe_allow_javascript=True)
