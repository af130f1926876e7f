"""Differences between the configurations of two runs, in words."""

from dataclasses import fields
from typing import Any

from transformer.options import CHOSEN_BY_TASK
from ui import models
from ui.choices import choice_title
from ui.i18n import listed, t
from ui.training.shown import ShownRun


def field_titles() -> dict[str, str]:
    """Titles of configuration fields on screen; the others are shown by their own names."""
    return {
        "task": t("task"),
        "steps": t("steps"),
        "batch_size": t("batch"),
        "learning_rate": t("learning rate"),
        "optimizer": t("optimiser"),
        "schedule": t("schedule"),
        "warmup_steps": t("warm-up steps"),
        "label_smoothing": t("label smoothing"),
        "grad_clip": t("gradient cut at"),
        "weight_decay": t("weight decay"),
        "seed": t("seed"),
        "num_layers": t("number of layers"),
        "heads": t("heads"),
        "embed_dim": "D",
        "feed_forward_dim": t("feed-forward width"),
        "dropout": t("dropout"),
        "positions": t("kind of positions"),
        "norm": t("LayerNorm"),
        "evaluate_every": t("steps between measurements"),
        "mistake": t("mistake"),
        "shift_target": t("Shift the target"),
    }


def differences(run: ShownRun, previous: ShownRun) -> str:
    """The fields that differ, with the values of `previous` and `run`; empty if none do."""
    changed = []
    for now, before in ((run.training, previous.training), (run.model, previous.model)):
        for field in fields(now):
            old, new = getattr(before, field.name, None), getattr(now, field.name)
            if old != new and field.name not in CHOSEN_BY_TASK:
                name = field_titles().get(field.name, field.name)
                changed.append(f"{name} {_value(field.name, old)} → {_value(field.name, new)}")
    return listed(changed)


def _value(name: str, value: Any) -> str:
    if name == "task":
        return models.task_title(str(value))
    if type(value) is int and name != "seed":
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else choice_title(str(value))
