"""The state needed to resume a run, and the check that its parts belong together."""

from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.errors import InputError, brief
from transformer.learning.checkpoint import Checkpoint
from transformer.learning.steps import TrainConfig, Training
from transformer.model.config import TransformerConfig
from transformer.tasks import Task

MOMENTS = ("exp_avg", "exp_avg_sq", "step", "momentum_buffer")
"""Names of the optimiser state that Adam and SGD keep per weight."""


@dataclass(frozen=True)
class RunState:
    """Everything needed to resume a run, even in a process that cannot read its folder."""

    model: TransformerConfig
    config: TrainConfig
    task: Task
    saved: Checkpoint | None
    """None before the first checkpoint."""

    def training(self, device: str | torch.device = "cpu") -> Training:
        """A training in the saved state."""
        training = Training(self.model, self.config, device, self.task)
        self.restore(training)
        return training

    def restore(self, training: Training) -> None:
        """Put a new training into the saved state."""
        if self.saved:
            training.model.load_state_dict(self.saved.model.state_dict())
            training.step = self.saved.about["step"]
            _restore_moments(training, self.saved.extra)


def check_continues(saved: Checkpoint, model: TransformerConfig, config: TrainConfig) -> None:
    """Raise `InputError` if a checkpoint is from another training, or cannot be resumed."""
    _check_unchanged(model, saved.model.config)
    said = {**config.to_dict(), "task": saved.task.name}
    _check_unchanged(config, TrainConfig.from_dict(saved.about.get("training", said)))
    step = saved.about.get("step")
    if not isinstance(step, int) or step < 0 or not _has_moments(saved, may_lack=step in (0, config.steps)):
        raise InputError(
            "The checkpoint lacks what is needed to continue: its model can be used, but not trained further."
        )


def _has_moments(saved: Checkpoint, may_lack: bool) -> bool:
    """Whether the optimiser's state fits the weights. A finished (shipped) model needs none: `may_lack`."""
    shapes = {name: weight.shape for name, weight in saved.model.named_parameters()}
    fit = (moment.shape in ((), shapes.get(name.partition(".")[2])) for name, moment in saved.extra.items())
    return all(fit) and (may_lack or bool(saved.extra))


def _check_unchanged(now: TransformerConfig | TrainConfig, before: TransformerConfig | TrainConfig) -> None:
    """Raise `InputError` if a configuration is not the one that the checkpoint was trained with."""
    was, is_ = before.to_dict(), now.to_dict()
    changed = next((name for name in is_ if is_[name] != was[name]), None)
    if changed:
        raise InputError(
            "The run's config.json says {name} = {now}, and its checkpoint was trained with {before}. Put "
            "that back to go on; start a new run for anything else.",
            name=changed,
            now=brief(is_[changed]),
            before=brief(was[changed]),
        )


def moments(training: Training) -> dict[str, Tensor]:
    """The optimiser's state by name: the kind of moment, a dot and the name of its weight."""
    state = training.optimizer.state
    return {
        f"{kind}.{name}": state[weight][kind]
        for name, weight in training.model.named_parameters()
        for kind in MOMENTS
        if kind in state.get(weight, ())
    }


def _restore_moments(training: Training, moments: dict[str, Tensor]) -> None:
    for name, weight in training.model.named_parameters():
        found = {kind: moments[f"{kind}.{name}"] for kind in MOMENTS if f"{kind}.{name}" in moments}
        if found:
            training.optimizer.state[weight] = {
                kind: moment.to(weight.device) for kind, moment in found.items()
            }
