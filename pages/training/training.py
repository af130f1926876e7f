"""Training: a Transformer learns while one watches."""

import numpy as np
import streamlit as st

from transformer import InputError, TransformerConfig
from transformer.snapshots import look, similarity
from transformer.training import Training, exact_match, learning_rate, token_loss
from ui.i18n import explain, t
from ui.jobs import jobs
from ui.layout import notice, page_head, show_source, try_this
from ui.state import PRESENTER, TrainingPage
from ui.training import (
    attention,
    buttons,
    estimate,
    lessons,
    live,
    outcome,
    pairs,
    samples,
    settings,
    shown,
    table,
    upload,
)

page_head(
    "training",
    t("Training"),
    t("Teach a Transformer a task from nothing, and watch what it gets right and when."),
)

controls, view = st.columns([2, 5] if PRESENTER.value else [1, 3], gap="medium")
with controls:
    settings.draw_presets()
    lessons.draw_choice()
    settings.draw()
    configs = None
    try:
        configs = settings.chosen()
        estimate.draw(*configs, settings.task())
        lessons.draw_warning(configs)
    except InputError as error:
        configs = None
        st.warning(explain(error))
with view:
    run = shown.current()
    if pairs.are_chosen():
        pairs.draw(unfolded=run is None)
    buttons.draw(run, configs)
    if run:
        lessons.draw_panel(run)
        live.follow(run)
        lessons.draw_findings(run)
if run:
    samples.draw_choice(run)
    live.follow_samples(run)
    outcome.draw(run)
    attention.follow(run)
all_runs = st.expander(
    t("All runs, and their curves on one chart"), key=TrainingPage.table.name, on_change="rerun"
)
if all_runs.open:
    with all_runs:
        table.draw()
        upload.draw()

vocabulary = (run.model if run else configs[0] if configs else TransformerConfig()).trg_vocab_size
notice(
    t(
        "Teacher forced, each place is given the right tokens before it; running free, the model reads "
        "its own. One wrong token spoils a whole answer, so the exact match rises later."
    ),
    t(
        "A model that guesses evenly among {count} tokens has a loss of ln {count} = {loss}. The first drop "
        "below it is learning which tokens are common; the second is learning the task.",
        count=vocabulary,
        loss=f"{np.log(vocabulary):.2f}",
    ),
    t("The held-out sequences never occur in training. Where the two losses part, it learns by heart."),
)
try_this(
    t("Start, then Pause at step 50 or so and make single steps: how much does one step change the loss?"),
    t("Take the preset with the high learning rate: what does the gradient norm do before the loss does?"),
    t("Set the positions to none and train reverse, then sort. Which one needs to know the order?"),
    t("Train one run with 1 head and one with 4, and put both on the chart of all runs."),
)
show_source(
    *lessons.source_of(run), Training.take_step, token_loss, exact_match, learning_rate, look, similarity
)

jobs().warm()
