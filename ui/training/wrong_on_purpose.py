"""Wrong on purpose: one click trains with a mistake; what one predicted stands beside what was measured."""

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
from ui.clicks import once
from ui.i18n import t
from ui.layout import close_popover, closing_popover, fragment
from ui.setting import Setting
from ui.state import TrainingPage
from ui.training import buttons, findings, settings, shown
from ui.training.shown import ShownRun

POLL = 1.0
"""Seconds between two looks at the runs of the table."""

Configs = tuple[TransformerConfig, TrainConfig]


@dataclass(frozen=True)
class Fault:
    """A mistake to train with, everything else as in the small preset."""

    code: str
    """As `fault_titles.mistake_title` knows it."""
    wrong: str
    """What is wrong, in a sentence."""
    runs: tuple[Mapping[str, Any], ...]
    """The settings that the click trains with; the first one is shown."""
    source: tuple[Callable[..., object] | type, ...]


def faults() -> list[Fault]:
    """In the order of the buttons. Each was tried with four seeds: `findings.USUAL` says what came of it."""
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
    """The fault that a run is about, however it was started."""
    code = fault_titles.mistake_of(run.model, run.training.to_dict())
    return next((fault for fault in faults() if fault.code == code), None)


# --- starting ----------------------------------------------------------------------------------------------


def draw_choice() -> None:
    """The faults, one button each."""
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


@once
def _start(fault: Fault) -> None:
    """A second click of a double click finds the first one's run going on, and does nothing."""
    close_popover("wrong_on_purpose")  # what to predict in lies beneath it
    before = shown.named(TrainingPage.run.value) if TrainingPage.run.value else None
    about = fault_of(before) if before and before.goes_on else None
    if about and about.code == fault.code:
        return
    TrainingPage.guess.set(None)
    TrainingPage.reveal.set(False)
    configs: list[Configs] = []
    for values in reversed(fault.runs):  # the controls are left at those of the run that is shown
        settings.apply(values)
        configs.insert(0, settings.chosen())
    started = [buttons.launch(one) for one in configs]
    choices = [shown.RUN_PREFIX + job.name for job in started]
    buttons.show(started[0])
    if len(choices) > 1:
        TrainingPage.compare.set(",".join(choices))
        TrainingPage.measure.set("exact")


def draw_warning(configs: Configs) -> None:
    """Beside the controls: the next run would be a mistaken one."""
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
    """Whether it is still to be predicted what comes of a run: nothing that tells is shown until then."""
    fault = fault_of(run)
    return fault is not None and _is_to_be_predicted(fault.code)


def _is_to_be_predicted(code: str) -> bool:
    return not TrainingPage.reveal.value and TrainingPage.guess.value not in findings.outcomes(code)


def draw_panel(run: ShownRun, is_open: bool) -> None:
    """For a run with a mistake: what is wrong, what is predicted, and the figures beside it."""
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
        _follow_figures(run, others, is_open)
        with st.container(horizontal=True, vertical_alignment="center"):
            if is_open:
                draw_invitation()
            _draw_training_of_the_rest(run, others)
        if _can_be_judged(run) and not is_open:
            findings.draw_verdict(fault.code, [run, *_trained_ones(others)])


def draw_invitation() -> None:
    """In the place of what answers a prediction."""
    st.markdown(t("Loss, accuracy and samples are shown once you have predicted what comes of it."))
    st.button(
        t("Show without a prediction"), key="reveal_button", on_click=TrainingPage.reveal.set, args=(True,)
    )


def _follow_figures(run: ShownRun, others: Sequence["Companion"], is_open: bool) -> None:
    choices = [run.choice, *(row.choice for row in others)]
    states = [one.state for one in map(shown.named, filter(None, choices)) if one]
    goes_on = any(one.goes_on for one in [run, *(row.run for row in others)] if one)
    own_label = _task_label(run.model, run.training) if len(others) > 1 else t("with the mistake")
    labels = [own_label, *(row.label for row in others)]
    fragment(_draw_figures, labels, choices, states, is_open, run_every=POLL if goes_on else None)


def hides(run: ShownRun, on_charts: ShownRun | None) -> bool:
    """Whether a run in a table answers the prediction that is open for the one on the charts."""
    asked, its = fault_of(on_charts) if on_charts else None, fault_of(run)
    return bool(asked and its and asked.code == its.code and _is_to_be_predicted(its.code))


def draw_findings(run: ShownRun) -> None:
    """For a run with a mistake that is not under way: why it came so, below the charts."""
    fault = fault_of(run)
    if fault and _can_be_judged(run):
        with st.container(border=True):
            findings.draw(fault.code, run, _trained_ones(companions(run)))


def _can_be_judged(run: ShownRun) -> bool:
    return not run.goes_on and bool(run.evaluations)


def _trained_ones(others: Sequence["Companion"]) -> list[ShownRun]:
    return [row.run for row in others if row.run]


def source_of(run: ShownRun | None) -> tuple[Callable[..., object] | type, ...]:
    """The code of the mistake that a run was trained with."""
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
    """A run to compare with: the same without the mistake, say. `run` is None if nobody has trained it."""

    label: str
    configs: Configs
    run: ShownRun | None

    @property
    def choice(self) -> str:
        """As `ShownRun.choice`, empty for none."""
        return self.run.choice if self.run else ""


def companions(run: ShownRun) -> list[Companion]:
    """What a mistaken run is to be compared with, trained or not."""
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
    """The run with these configurations, at its end or on its way there: half a run is no comparison."""
    same = [one for one in there if (one.model, one.training) == configs]
    whole = [one for one in same if one.goes_on or one.step >= one.training.steps]
    return max(whole, key=lambda one: (one.step, one.goes_on), default=None)


def _task_label(model: TransformerConfig, training: TrainConfig) -> str:
    task = models.task_title(training.task)
    if model.positions == "none":
        return t("{task}, no positions", task=task)
    return t("{task}, with positions", task=task)


def _draw_figures(labels: Sequence[str], choices: Sequence[str], drawn: Sequence[str], is_open: bool) -> None:
    """The table of figures; the whole page again once a run's state changes."""
    runs = {choice: shown.named(choice) if choice else None for choice in choices}
    if [run.state for run in runs.values() if run] != drawn:
        st.rerun()
    st.markdown(findings.figures_table(labels, [runs[choice] for choice in choices], is_open))


def _draw_training_of_the_rest(run: ShownRun, others: list[Companion]) -> None:
    missing = [row.configs for row in others if not row.run]
    if missing:
        many = len(others) > 1
        label = t("Train what is missing in the table") if many else t("Train the same without the mistake")
        st.button(label, key="train_rest_button", on_click=_train_rest, args=(run, others))


def _train_rest(run: ShownRun, others: list[Companion]) -> None:
    """Beside the mistaken run, which stays on the charts; all of them on the chart that compares."""
    started = [
        row.choice or shown.RUN_PREFIX + buttons.launch(row.configs, task=run.task).name for row in others
    ]
    TrainingPage.run.set(run.choice)
    TrainingPage.compare.set(",".join([run.choice, *started]))
