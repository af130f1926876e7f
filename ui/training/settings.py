"""The controls for the configuration of the next training run."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

import streamlit as st

from transformer import TASKS, InputError, TransformerConfig
from transformer.learning.steps import Optimizer, Schedule, TrainConfig
from transformer.model.config import Mistake, Positions
from transformer.options import CHOSEN_BY_TASK
from transformer.tasks import PAIRS, Task, task_named
from ui import inputs, models
from ui.choices import choice_title
from ui.i18n import t
from ui.layout import close_popover, closing_popover, more
from ui.setting import Setting
from ui.state import PRESENTER, TrainingPage
from ui.training import pairs


@dataclass(frozen=True)
class Preset:
    """A named set of values; settings that it does not name get their defaults."""

    label: str
    values: Mapping[str, Any]


def presets() -> list[Preset]:
    """The presets. All were tried; the times are for one CPU core."""
    shipped: dict[str, Any] = {
        "num_layers": 3,
        "embed_dim": 64,
        "feed_forward_dim": 256,
        "batch_size": 128,
        "steps": 1500,
        "learning_rate": 1e-3,
        "warmup_steps": 100,
        "evaluate_every": 100,
    }
    return [
        Preset(t("Small: learns to sort in half a minute"), {}),
        Preset(
            t("Small: learns to read number words in a quarter of a minute"), {"task": "words", "steps": 500}
        ),
        Preset(t("Small: learns to rewrite dates in half a minute"), {"task": "dates", "steps": 500}),
        Preset(t("As the shipped sort model: three minutes"), shipped),
        Preset(t("Small, with a constant learning rate"), {"schedule": "constant"}),
        Preset(t("Small, with the 2017 paper's warm-up and 1 / √step (noam)"), {"schedule": "noam"}),
        Preset(t("Learning rate a hundred times too high"), {"learning_rate": 0.3}),
    ]


def completed(values: Mapping[str, Any]) -> dict[Setting[Any], object]:
    """The values of all settings of a configuration: from `values`, else their defaults."""
    return {setting: values.get(name, setting.default) for name, setting in _configurable().items()}


def apply(values: Mapping[str, Any]) -> None:
    """Set all settings of a configuration: to `values`, else to their defaults."""
    for setting, value in completed(values).items():
        setting.set(value)


def chosen() -> tuple[TransformerConfig, TrainConfig]:
    """The configurations that the controls describe. Raises `InputError` if they are invalid."""
    values = {name: setting.value for name, setting in _configurable().items()}
    chosen_task = task()
    model = TransformerConfig(
        src_vocab_size=len(chosen_task.src_vocabulary),
        trg_vocab_size=len(chosen_task.trg_vocabulary),
        **_fields_of(TransformerConfig, values),
    )
    return model, TrainConfig(**_fields_of(TrainConfig, values))


def task() -> Task:
    """The task of the next run. Raises `InputError` if the user's table of pairs cannot be read."""
    if not pairs.are_chosen():
        return task_named(TrainingPage.task.value)
    try:
        return pairs.task()
    except InputError:
        raise InputError(
            "Training can start as soon as there is a table of pairs that can be read."
        ) from None


def _configurable() -> dict[str, Setting[Any]]:
    """The page's settings that correspond to a field of a configuration, by the field's name."""
    names = [field.name for config in (TransformerConfig, TrainConfig) for field in fields(config)]
    return {name: getattr(TrainingPage, name) for name in names if hasattr(TrainingPage, name)}


def _fields_of(config: type, values: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {field.name for field in fields(config)} - set(CHOSEN_BY_TASK)
    return {name: value for name, value in values.items() if name in wanted}


def draw_presets() -> None:
    """Draw the list of presets."""
    with closing_popover(t("Presets"), "presets"):
        for preset in presets():
            st.button(preset.label, on_click=_take, args=(preset,), width="stretch")


def _take(preset: Preset) -> None:
    apply(preset.values)
    close_popover("presets")


def draw() -> list[InputError]:
    """Draw the important controls in the row and the rest in a popover; return an error per invalid value."""
    st.selectbox(
        t("Task"), [*TASKS, PAIRS], key=TrainingPage.task.name, format_func=models.task_title,
        label_visibility="collapsed", width=170,
    )  # fmt: skip
    problems = [
        inputs.number(t("Steps"), TrainingPage.steps, step=100, width=250 if PRESENTER.value else 175)
    ]
    with more():
        left, right = st.columns(2)
        with left:
            problems += _draw_model()
        with right:
            problems += _draw_training()
    return [problem for problem in problems if problem]


def _draw_model() -> list[InputError | None]:
    problems = [
        inputs.number(
            t("Layers"), TrainingPage.num_layers, help=t("In the encoder, and as many in the decoder")
        ),
        inputs.number(t("Heads"), TrainingPage.heads),
        inputs.number(t("Width D"), TrainingPage.embed_dim, step=8, help=t("embed_dim: numbers per token")),
        inputs.number(t("Feed-forward width"), TrainingPage.feed_forward_dim, step=32),
        inputs.number(
            t("Dropout"), TrainingPage.dropout, step=0.1, help=t("Share of values set to 0 in training")
        ),
    ]
    _choice(t("Positions"), TrainingPage.positions, *get_args(Positions))
    _choice(
        t("LayerNorm"), TrainingPage.norm, "post", "pre",
        note=t("After each residual sum as in the 2017 paper (post), or before each sub-layer (pre)"),
    )  # fmt: skip
    _choice(
        t("Mistake"), TrainingPage.mistake, *get_args(Mistake),
        note=t("The model's, made on purpose: see “Wrong on purpose”"),
    )  # fmt: skip
    st.toggle(
        t("Shift the target"),
        key=TrainingPage.shift_target.name,
        help=t("Off: the decoder reads the very tokens that it has to write"),
    )
    return problems


def _draw_training() -> list[InputError | None]:
    problems = [
        inputs.number(t("Batch"), TrainingPage.batch_size, step=16, help=t("Sequences per step")),
        inputs.number(
            t("Learning rate"), TrainingPage.learning_rate, step=1e-3,
            help=t("The highest that the schedule reaches"),
        ),
    ]  # fmt: skip
    _choice(
        t("Schedule"), TrainingPage.schedule, *get_args(Schedule),
        note=t(
            "After the warm-up the learning rate stays (constant), falls to 1 % at the last step "
            "(cosine), or falls as 1 / √step as in the 2017 paper (noam)"
        ),
    )  # fmt: skip
    _choice(
        t("Optimiser"), TrainingPage.optimizer, *get_args(Optimizer),
        note=t(
            "Adam measures each weight's move by how large its gradients have been. SGD, with momentum "
            "0.9, does not: it wants a larger learning rate, such as 0.1"
        ),
    )  # fmt: skip
    return [*problems, *_draw_rest_of_training()]


def _draw_rest_of_training() -> list[InputError | None]:
    return [
        inputs.number(t("Seed"), TrainingPage.seed, help=t("Same seed, same weights at the start")),
        inputs.number(
            t("Warm-up steps"), TrainingPage.warmup_steps, step=10,
            help=t("The learning rate grows from 0 over these: at first Adam knows little of the gradients"),
        ),
        inputs.number(
            t("Steps between measurements"), TrainingPage.evaluate_every, step=25,
            help=t("Each measures on held-out sequences and keeps some answers as samples"),
        ),
        inputs.number(
            t("Label smoothing"), TrainingPage.label_smoothing, step=0.05,
            help=t(
                "Share of the target probability that is spread over all tokens: the model is not to be "
                "too sure, and the training loss cannot reach 0"
            ),
        ),
        inputs.number(
            t("Cut the gradient to norm"), TrainingPage.grad_clip, step=0.5,
            help=t("A gradient longer than this is shortened to it; 0: leave it alone"),
        ),
        inputs.number(
            t("Weight decay"), TrainingPage.weight_decay, step=0.01,
            help=t(
                "Each step shrinks every weight by this times the learning rate, beside the optimiser's move"
            ),
        ),
    ]  # fmt: skip


def _choice(label: str, setting: Setting[str], *options: str, note: str | None = None) -> None:
    st.selectbox(label, options, key=setting.name, format_func=choice_title, help=note)
