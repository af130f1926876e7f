"""Wrong on purpose: a click trains with a mistake, and the user's prediction is compared with the result."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from transformer import TransformerConfig
from transformer.learning.steps import TrainConfig
from transformer.model.faulty_models import (
    InvertedMask,
    NoCausalMask,
    NoPaddingMask,
    TinyFill,
    TinyFillAttention,
)
from transformer.model.positional import PositionalEncoding
from transformer.tasks import NotShifted
from ui import fault_titles, models
from ui.callbacks import says_why
from ui.i18n import t
from ui.layout import close_popover, closing_popover
from ui.live import component
from ui.live.topics import State, Topic, Visitor, topic
from ui.setting import Setting
from ui.state import TrainingPage
from ui.training import buttons, findings, settings, shown
from ui.training.shown import ShownRun

Configs = tuple[TransformerConfig, TrainConfig]


@dataclass(frozen=True)
class Fault:
    """A mistake to train with; everything else is as in the small preset."""

    code: str
    """Its code for `fault_titles.mistake_title`."""
    wrong: str
    """What is wrong, in a sentence."""
    runs: tuple[Mapping[str, Any], ...]
    """The settings of the runs that a click starts; the first run is shown."""
    source: tuple[Callable[..., object] | type, ...]


def faults() -> list[Fault]:
    """The mistakes, in the order of their buttons. Their outcomes with four seeds are in `findings.USUAL`."""
    return [
        Fault(
            "no_causal_mask",
            t("The decoder's self-attention may look ahead: while training, the whole answer is before it."),
            ({"mistake": "no_causal_mask"},),
            (NoCausalMask,),
        ),
        Fault(
            "no_padding_mask",
            t("PAD is treated as a word: all queries may look at it."),
            ({"mistake": "no_padding_mask"},),
            (NoPaddingMask,),
        ),
        Fault(
            "tiny_fill",
            t("Forbidden scores are filled with 1e-20, a tiny positive number, in the place of -1e20."),
            ({"mistake": "tiny_fill"},),
            (TinyFillAttention, TinyFill),
        ),
        Fault(
            "inverted_mask",
            t("All masks the wrong way round: what should be hidden is seen, and nothing else."),
            ({"mistake": "inverted_mask"},),
            (InvertedMask,),
        ),
        Fault(
            "no_positions",
            t("The model has no information about positions. Two runs: one reverses digits, one sorts them."),
            ({"positions": "none", "task": "reverse"}, {"positions": "none", "task": "sort"}),
            (PositionalEncoding,),
        ),
        Fault(
            "not_shifted",
            t("The decoder reads the very tokens that it has to write, not the ones before them."),
            ({"shift_target": False},),
            (NotShifted,),
        ),
    ]


def fault_of(run: ShownRun) -> Fault | None:
    """The mistake that a run was trained with, however it was started; None if there is none."""
    code = fault_titles.mistake_of(run.model, run.training.to_dict())
    return next((fault for fault in faults() if fault.code == code), None)


# --- starting ----------------------------------------------------------------------------------------------


def draw_choice() -> None:
    """Draw the list of mistakes, with a button for each."""
    with closing_popover(t("Wrong on purpose"), "wrong_on_purpose"):
        st.caption(
            t(
                "A click trains with the mistake, on one core for about half a minute. Predict before you "
                "look: will the loss fall? Will the model write right answers on its own?"
            )
        )
        for fault in faults():
            left, right = st.columns([2, 3], vertical_alignment="center")
            title = fault_titles.mistake_title(fault.code)
            left.button(
                title[0].upper() + title[1:], key=f"fault_{fault.code}", on_click=_start, args=(fault,),
                width="stretch",
            )  # fmt: skip
            right.caption(fault.wrong)


@says_why
def _start(fault: Fault) -> None:
    """Start the runs of a mistake, unless the first click of a double click has started them."""
    close_popover("wrong_on_purpose")  # it covers the prediction
    before = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
    about = fault_of(before) if before and before.goes_on else None
    if about and about.code == fault.code:
        return
    TrainingPage.guess.set(None)
    TrainingPage.reveal.set(False)
    configs: list[Configs] = []
    for values in reversed(fault.runs):  # the controls keep the values of the first run, which is shown
        settings.apply(values)
        configs.insert(0, settings.chosen())
    started = [buttons.launch(one) for one in configs]
    choices = [shown.RUN_PREFIX + job.name for job in started]
    buttons.show(started[0])
    if len(choices) > 1:
        TrainingPage.compare.set(",".join(choices))
        TrainingPage.measure.set("exact")


def draw_warning(configs: Configs) -> None:
    """Draw a warning beside the controls if the next run would have a mistake."""
    code = fault_titles.mistake_of(configs[0], configs[1].to_dict())
    if code:
        st.caption(t("Wrong on purpose: {mistake}.", mistake=fault_titles.mistake_title(code)))
        st.button(t("Put it right"), key="put_right_button", on_click=_put_right)


def _put_right() -> None:
    for name in ("mistake", "shift_target", "positions"):
        setting: Setting[Any] = getattr(TrainingPage, name)
        setting.set(setting.default)


# --- what was predicted, and what came of it ---------------------------------------------------------------


def is_open(run: ShownRun) -> bool:
    """Whether the user has yet to predict a run's outcome; until then, nothing that reveals it is shown."""
    fault = fault_of(run)
    return fault is not None and _is_to_be_predicted(fault.code)


def _is_to_be_predicted(code: str) -> bool:
    return not TrainingPage.reveal.value and TrainingPage.guess.value not in findings.outcomes(code)


def draw_panel(run: ShownRun, is_open: bool) -> None:
    """Draw, for a run with a mistake, what is wrong, the user's prediction, and the figures beside it."""
    fault = fault_of(run)
    if not fault:
        return
    others = companions(run)
    left, right = st.columns([2, 3])
    with left:
        title = t("Wrong on purpose: {mistake}.", mistake=fault_titles.mistake_title(fault.code))
        st.markdown(f"**{title}** {fault.wrong}")
        _draw_prediction(fault.code)
    with right:
        _draw_figures(run, others, is_open)
        with st.container(horizontal=True, vertical_alignment="center"):
            if is_open:
                draw_invitation()
            _draw_training_of_the_rest(run, others)
        if _can_be_judged(run) and not is_open:
            findings.draw_verdict(fault.code, [run, *_trained_ones(others)])


def draw_invitation() -> None:
    """Draw a note in place of what would give the answer to a prediction away, and a button to show it."""
    st.markdown(t("Loss, accuracy and samples are shown once you have predicted what comes of it."))
    st.button(
        t("Show without a prediction"), key="reveal_button", on_click=TrainingPage.reveal.set, args=(True,)
    )


@topic("figures", every=0.5)
def _look_at_figures(words: Mapping[str, str], visitor: Visitor) -> State | None:
    """The figures of runs.

    `labels` and `runs` are JSON lists; the name of a run that is not trained yet is empty. `open` says
    whether the user has yet to predict the outcome.
    """
    labels, choices = json.loads(words["labels"]), json.loads(words["runs"])
    runs = [shown.named_for(choice, visitor) if choice else None for choice in choices]
    return findings.figures_board(labels, runs, bool(words.get("open")))


def _draw_figures(run: ShownRun, others: Sequence["Companion"], is_open: bool) -> None:
    """Draw the figures of the runs. The page reruns when the state of one changes."""
    runs = [run, *(row.run for row in others)]
    own_label = _task_label(run.model, run.training) if len(others) > 1 else t("with the mistake")
    labels = [own_label, *(row.label for row in others)]
    words = {"labels": json.dumps(labels), "runs": json.dumps([one.choice if one else "" for one in runs])}
    goes_on = any(one.goes_on for one in runs if one)
    component.board(
        "live_figures",
        findings.figures_board(labels, runs, is_open),
        Topic.of("figures", **words, **({"open": "1"} if is_open else {})) if goes_on else None,
    )


def hides(run: ShownRun, on_charts: ShownRun | None) -> bool:
    """Whether a run in a table would give away the answer to the open prediction of the one on the charts."""
    asked, its = fault_of(on_charts) if on_charts else None, fault_of(run)
    return bool(asked and its and asked.code == its.code and _is_to_be_predicted(its.code))


def draw_findings(run: ShownRun) -> None:
    """Draw the explanation of the outcome of an ended run with a mistake."""
    fault = fault_of(run)
    if fault and _can_be_judged(run):
        with st.container(border=True):
            findings.draw(fault.code, run, _trained_ones(companions(run)))


def _can_be_judged(run: ShownRun) -> bool:
    return not run.goes_on and bool(run.evaluations)


def _trained_ones(others: Sequence["Companion"]) -> list[ShownRun]:
    return [row.run for row in others if row.run]


def source_of(run: ShownRun | None) -> tuple[Callable[..., object] | type, ...]:
    """The source code of the mistake that a run was trained with; empty if there is none."""
    fault = fault_of(run) if run else None
    return fault.source if fault else ()


def _draw_prediction(code: str) -> None:
    options = findings.outcomes(code)
    if TrainingPage.guess.value not in options:
        TrainingPage.guess.set(None)
    st.radio(
        t("Predict: what will the chart show in the end?"),
        list(options), key=TrainingPage.guess.name, format_func=options.__getitem__,
    )  # fmt: skip


@dataclass(frozen=True)
class Companion:
    """A run to compare with, such as the same without the mistake. `run` is None if it is not trained yet."""

    label: str
    configs: Configs
    run: ShownRun | None

    @property
    def choice(self) -> str:
        """`ShownRun.choice` of its run; empty if there is none."""
        return self.run.choice if self.run else ""


def companions(run: ShownRun) -> list[Companion]:
    """The runs to compare a run with a mistake with, trained or not."""
    model, training = run.model, run.training
    right_model = replace(model, mistake="none", positions=TransformerConfig().positions)
    right_training = replace(training, shift_target=True)
    if fault_titles.mistake_of(model, training.to_dict()) != "no_positions":
        wanted = [(t("the same without the mistake"), (right_model, right_training))]
    elif training.task in ("sort", "reverse"):
        other = replace(training, task="sort" if training.task == "reverse" else "reverse")
        kinds = [(model, other), (right_model, right_training), (right_model, other)]
        wanted = [(_task_label(*configs), configs) for configs in kinds]
    else:
        wanted = [(_task_label(right_model, right_training), (right_model, right_training))]
    there = [one for one in map(shown.summary, shown.choices()) if one]
    return [Companion(label, configs, _trained(configs, there)) for label, configs in wanted]


def _trained(configs: Configs, there: Sequence[ShownRun]) -> ShownRun | None:
    """The run with these configurations that is complete or in progress; None if there is none."""
    same = [one for one in there if (one.model, one.training) == configs]
    whole = [one for one in same if one.goes_on or one.step >= one.training.steps]
    return max(whole, key=lambda one: (one.step, one.goes_on), default=None)


def _task_label(model: TransformerConfig, training: TrainConfig) -> str:
    task = models.task_title(training.task)
    if model.positions == "none":
        return t("{task}, no positions", task=task)
    return t("{task}, with positions", task=task)


def _draw_training_of_the_rest(run: ShownRun, others: list[Companion]) -> None:
    missing = [row.configs for row in others if not row.run]
    if missing:
        many = len(others) > 1
        label = t("Train what is missing in the table") if many else t("Train the same without the mistake")
        st.button(label, key="train_rest_button", on_click=_train_rest, args=(run, others))


def _train_rest(run: ShownRun, others: list[Companion]) -> None:
    """Start the missing runs to compare with; all are put on the comparison chart. The run shown stays."""
    started = [
        row.choice or shown.RUN_PREFIX + buttons.launch(row.configs, task=run.task).name for row in others
    ]
    TrainingPage.run.set(run.choice)
    TrainingPage.compare.set(",".join([run.choice, *started]))
