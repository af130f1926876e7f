"""Home: an introduction, a map of the architecture, and links to all pages."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import Checkpoint, InputError
from ui import inputs, kept, models
from ui.architecture_map import architecture_map
from ui.frames import overview
from ui.i18n import t
from ui.layout import explained, part, stage
from ui.lessons import bar, path
from ui.pages import HOME, PAGES
from ui.state import MODEL, PRESENTER, Home

checkpoint = models.current()


def draw(checkpoint: Checkpoint) -> None:
    """Draw one row with title, input and the model's answer, then the map with shapes."""
    row = st.container(key="controls_home", horizontal=True, vertical_alignment="center", gap="medium")
    inputs.fit_example(checkpoint, Home.text)
    row.title(t("See a Transformer work"), anchor=False, width="content")
    path.hurry()
    with st.container(key="lessons", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{t('Lessons')}**", width="content")
        bar.draw_list()
    label = t("Give it an input")
    row.text_input(
        label, key=Home.text.name, max_chars=Home.text.limit, width=340 if PRESENTER.value else 260
    )
    with explained():
        st.session_state[READ] = (MODEL.value, overview.tour(checkpoint, Home.text.value).text)
    if tour := last_read(checkpoint):
        draw_tour(tour, row)


READ = "home_read"  # key in session state: the model, and the last input that it could read


def last_read(checkpoint: Checkpoint) -> overview.Tour | None:
    """The tour of the last readable input, which an invalid one does not replace; None if there is none."""
    model, text = st.session_state.get(READ, ("", ""))
    try:
        return overview.tour(checkpoint, text if model == MODEL.value else checkpoint.task.examples[0])
    except InputError:
        return None


def draw_tour(tour: overview.Tour, row: DeltaGenerator) -> None:
    """Draw what the model reads and writes, and the map below."""
    tokens = f"{' '.join(tour.source)}  →  {' '.join(tour.output)}"
    row.code(tokens, language=None, wrap_lines=True, width="content")
    with stage():
        link = architecture_map(overview.architecture(tour), key="map")
    if link:
        st.switch_page(link.page.file, query_params=dict(link.query))

    st.markdown(
        t(
            "The shapes are those of the input above: B = {B} sequence, S = {S} source tokens, "
            "L = {L} target tokens, H = {H} heads, D = {D} numbers per token, V = {V} words. "
            "Choose a part to see it at work.",
            **tour.sizes(),
        )
    )


part(draw, checkpoint)
kept.sync()
st.markdown(
    t(
        "An encoder-decoder Transformer, written from scratch in PyTorch and trained to {task}. Every mask, "
        "weight and probability on these pages comes from a forward pass that has just run.",
        task=models.task_title(checkpoint.task.name),
    )
)

st.subheader(t("Where to start"), anchor=False)
for page in PAGES:
    if page is HOME or page.hidden:
        continue
    name, sentence = st.columns([1, 2] if PRESENTER.value else [1, 3], vertical_alignment="center")
    name.page_link(page.file, label=t(page.title), icon=":material/chevron_right:")
    sentence.markdown(t(page.purpose))
