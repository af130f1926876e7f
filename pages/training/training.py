"""Training: a Transformer learns while one watches."""

import numpy as np
import streamlit as st

from transformer import InputError, generate_batch
from transformer.snapshots import look, similarity
from transformer.tasks import task_named
from transformer.training import Training, exact_match, learning_rate, token_loss
from ui.i18n import t
from ui.jobs import jobs
from ui.layout import notice, page_head, show_source, try_this
from ui.state import TrainingPage
from ui.training import attention, buttons, lessons, live, samples, settings, shown, table

page_head(
    "training",
    t("Training"),
    t("Teach a Transformer a task from nothing, and watch what it gets right and when."),
)

controls, view = st.columns([1, 3], gap="medium")
with controls:
    settings.draw_presets()
    lessons.draw_choice()
    settings.draw()
    configs = None
    try:
        configs = settings.chosen()
        st.caption(
            t(
                "{parameters} parameters; {sequences} sequences in all",
                parameters=f"{shown.parameter_count(configs[0]):,}",
                sequences=f"{configs[1].steps * configs[1].batch_size:,}",
            )
        )
        lessons.draw_warning(configs)
    except InputError as error:
        st.warning(t(error.message, **error.values))
with view:
    run = shown.current()
    buttons.draw(run, configs)
    if run:
        lessons.draw_panel(run)
        live.follow(run)
        st.toggle(t("Loss on a logarithmic axis"), key=TrainingPage.log.name)
        lessons.draw_findings(run)
if run:
    samples.draw_choice(run)
    live.follow_samples(run)
    buttons.draw_outcome(run)
    attention.follow(run)
with st.expander(t("All runs, and their curves on one chart"), expanded=bool(TrainingPage.compare.value)):
    table.draw()

if run:
    first = generate_batch(run.task, run.training.batch_size, np.random.default_rng([run.training.seed, 1]))
    labels = task_named(run.training.task).trg_vocabulary.labels
    with st.expander(t("Questions")):
        st.markdown(
            t(
                "**Why `.long()` targets?** The cross-entropy picks, of {vocabulary} log-probabilities at a "
                "place, that of the right token: its id is an index, and an index is a whole number. The "
                "targets here are `{dtype}`.",
                vocabulary=run.model.trg_vocab_size,
                dtype=str(first.trg_target.dtype),
            )
        )
        st.markdown(
            t(
                "**What are decoder input and target, and why shifted?** In the first batch of this run the "
                "decoder reads `{given}` and shall write `{wanted}`: at each place the token one further on. "
                "Were they not shifted, each place would see its own answer and copying would do.",
                given=" ".join(labels(first.trg_input[0].tolist())[:8]),
                wanted=" ".join(labels(first.trg_target[0].tolist())[:8]),
            )
        )
        st.markdown(
            t(
                "**What does parallel mean?** All {count} real target tokens of that batch are predicted in "
                "one pass, because the causal mask hides from each place what comes after it. Writing is "
                "not parallel: the {length} tokens of this answer take {length} passes, one after another.",
                count=f"{int((first.trg_target != 0).sum()):,}",
                length=int((first.trg_target[0] != 0).sum()),
            )
        )

notice(
    t(
        "Teacher forced, each place is given the right tokens before it; running free, the model reads "
        "its own. One wrong token spoils a whole answer, so the exact match rises later."
    ),
    t(
        "A model that guesses evenly among {count} tokens has a loss of ln {count} = {loss}. The first drop "
        "below it is learning which tokens are common; the second is learning the task.",
        count=run.model.trg_vocab_size if run else 13,
        loss=f"{np.log(run.model.trg_vocab_size if run else 13):.2f}",
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
