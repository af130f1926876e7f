"""The training loop: an iterator that yields one small record per step, so that the caller sets the pace."""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.checks import one_of, true_or_false, unknown_names
from transformer.decoding.loop import greedy
from transformer.errors import InputError, brief
from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model
from transformer.model.modes import evaluating
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD, until_eos
from transformer.tasks import (
    PAIRS,
    Batch,
    NotShifted,
    Task,
    TokenKind,
    generate_batch,
    held_out_batch,
    task_named,
    token_kind,
)

Schedule = Literal["constant", "cosine", "noam"]
Optimizer = Literal["adam", "sgd"]

SAMPLES = 12
"""How many held-out answers an evaluation records for people to read."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """How a model is trained. Raises `InputError` for impossible values."""

    task: str = "sort"
    tokens: TokenKind = "word"
    """What the user's own pairs are split into, `word` or `character`; other tasks ignore it."""
    steps: int = 1500
    batch_size: int = 128
    learning_rate: float = 1e-3
    """The highest learning rate the schedule reaches."""
    optimizer: Optimizer = "adam"
    """`adam`, with decoupled weight decay (AdamW), or `sgd`, with momentum 0.9."""
    schedule: Schedule = "cosine"
    """After the warm-up: `constant`, `cosine` down to 1 % at the last step, or `noam`: like 1 /
    sqrt(step)."""
    warmup_steps: int = 100
    """Steps over which the learning rate grows linearly from 0."""
    label_smoothing: float = 0.0
    """Share of the target probability that is spread over all words."""
    grad_clip: float = 1.0
    """The gradient's norm is clipped to this; 0 for no clipping (see `clip_gradient`)."""
    weight_decay: float = 0.0
    shift_target: bool = True
    """Whether the decoder reads [SOS, y1, ...] to predict [y1, ...]; otherwise it reads what it must
    predict."""
    seed: int = 0
    evaluate_every: int = 100
    """Steps between evaluations on held-out sequences."""
    evaluation_size: int = 256
    """Number of held-out sequences in an evaluation."""

    def __post_init__(self) -> None:
        """Raise `InputError` for impossible values; the message names values that would work."""
        if self.task != PAIRS:
            task_named(self.task)
        for name in ("steps", "batch_size", "evaluate_every", "evaluation_size"):
            _in_range(name, getattr(self, name), int, 1, 10_000_000)
        _in_range("warmup_steps", self.warmup_steps, int, 0, 10_000_000)
        _in_range("seed", self.seed, int, 0, 2**32 - 1)
        _in_range("learning_rate", self.learning_rate, float, 0, 10)
        _in_range("label_smoothing", self.label_smoothing, float, 0, 0.99)
        _in_range("grad_clip", self.grad_clip, float, 0, 1_000_000)
        _in_range("weight_decay", self.weight_decay, float, 0, 1)
        true_or_false("shift_target", self.shift_target)
        one_of("schedule", self.schedule, get_args(Schedule))
        one_of("optimizer", self.optimizer, get_args(Optimizer))
        token_kind(self.tokens)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainConfig":
        """The config that `to_dict` wrote. Raises `InputError` for unknown names or impossible values."""
        if names := unknown_names(values, cls):
            raise InputError("The training configuration has unknown entries: {names}.", names=names)
        return cls(**values)


def _in_range(name: str, value: object, kind: type, low: float, high: float) -> None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (kind is float and isinstance(value, float))) or not low <= value <= high:  # type: ignore[operator]
        message = (
            "{name} = {value} must be a whole number from {low} to {high}."
            if kind is int
            else "{name} = {value} must be a number from {low} to {high}."
        )
        raise InputError(message, name=name, value=brief(value), low=low, high=high)


@dataclass(frozen=True)
class Evaluation:
    """How well a model does on held-out sequences."""

    loss: float
    token_accuracy: float
    """Share of right tokens when each position is given the right tokens before it (teacher forcing)."""
    exact_match: float
    """Share of sequences that are right from SOS to EOS when the model reads its own tokens (free
    running)."""
    samples: tuple[tuple[int, ...], ...] = ()
    """What it wrote, including SOS and EOS, for the rows that `sample_rows` returns."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Evaluation":
        """The evaluation from the plain values that `asdict` made."""
        samples = tuple(tuple(sample) for sample in values.get("samples", ()))
        return cls(**{**values, "samples": samples})


@dataclass(frozen=True)
class TrainStep:
    """One step of training. Losses are in nats per real token."""

    step: int
    """1 for the first."""
    loss: float
    token_accuracy: float
    """Teacher-forced, on this step's batch."""
    learning_rate: float
    grad_norm: float
    """Of the whole gradient, before clipping."""
    tokens_per_second: float
    """Real target tokens trained on per second, not counting evaluation."""
    evaluation: Evaluation | None = None
    seconds: float | None = None
    """How long the step took, including its evaluation; None if not recorded."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON. NaN and infinity, which JSON lacks, become strings (`NOT_FINITE`)."""
        plain: dict[str, Any] = _named_if_not_finite(asdict(self))
        return plain

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainStep":
        """The step from the plain values that `to_dict` made."""
        evaluation = values.get("evaluation")
        numbers = _numbers(values)
        return cls(**{**numbers, "evaluation": evaluation and Evaluation.from_dict(_numbers(evaluation))})


NOT_FINITE = ("NaN", "Infinity", "-Infinity")
"""Names that JavaScript, pandas and Python's `float` all understand."""


def _named_if_not_finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _named_if_not_finite(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _numbers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if value in NOT_FINITE else value for name, value in values.items()}


def learning_rate(config: TrainConfig, step: int) -> float:
    """The learning rate of a step (1 for the first): linear warm-up, then the schedule."""
    peak, warmup = config.learning_rate, config.warmup_steps
    if step < warmup:
        return peak * step / warmup
    if config.schedule == "noam":
        return peak * math.sqrt(max(warmup, 1) / step)
    if config.schedule == "cosine":
        progress = (step - warmup) / max(config.steps - warmup, 1)
        return peak * (0.01 + 0.99 * (1 + math.cos(math.pi * min(progress, 1.0))) / 2)
    return peak


class Training:
    """The state of a training: weights, optimiser state and number of steps taken.

    All random numbers of a step depend only on the seed and the step's number, so a training that is saved
    and resumed takes exactly the same steps as an uninterrupted one.
    """

    processes = 1
    """Number of processes that share each batch; see `transformer.learning.parallel.ParallelTraining`."""

    def __init__(
        self,
        model_config: TransformerConfig,
        config: TrainConfig,
        device: str | torch.device = "cpu",
        task: Task | None = None,
    ):
        """Build a model with weights drawn from the seed. `task` is required only for the user's own pairs.

        Raises `InputError` if the model's padding ids are not PAD, with which all tasks pad their batches.
        """
        for name in ("src_pad_idx", "trg_pad_idx"):
            if getattr(model_config, name) != PAD:
                raise InputError(
                    "{name} = {value} would mask a word: the batches of a task are filled up with {pad}.",
                    name=name,
                    value=getattr(model_config, name),
                    pad=PAD,
                )
        self.config = config
        self.task = task or task_named(config.task)
        torch.manual_seed(config.seed)
        self.device = torch.device(device)
        self.model = build_model(model_config).to(self.device)
        self.learner: nn.Module = self.model
        """The module that is called with a batch: the model, or its `DistributedDataParallel` wrapper."""
        self.optimizer = _optimizer(self.model, config)
        self.step = 0

    def take_step(self) -> TrainStep:
        """Take one training step: forward and backward pass on one batch, and an update of the weights."""
        started = time.perf_counter()
        self.step += 1
        rate = learning_rate(self.config, self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.next_batch()
        logits = self.learner.train()(batch.src, batch.trg_input)
        loss = self.loss(logits, batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        grad_norm = clip_gradient(self.model.parameters(), self.config.grad_clip)
        self.optimizer.step()
        right, count = count_right(logits, batch, self.model.config.trg_pad_idx)
        return TrainStep(
            step=self.step,
            loss=loss.item(),
            token_accuracy=right / count,
            learning_rate=rate,
            grad_norm=grad_norm,
            tokens_per_second=count / (time.perf_counter() - started),
        )

    def next_batch(self) -> Batch:
        """This step's batch."""
        return self._given(generate_batch(self.task, self.config.batch_size, self._generator()))

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss that this step minimises: logits [B, L, V] -> scalar."""
        return token_loss(logits, batch, self.config.label_smoothing, self.model.config.trg_pad_idx)

    def _generator(self) -> np.random.Generator:
        """The random generator for this step's batch; also seeds dropout."""
        if self.model.config.dropout:
            torch.manual_seed((self.config.seed << 32) + self.step)
        return np.random.default_rng([self.config.seed, self.step])

    def evaluate(self) -> Evaluation:
        """Evaluate the model on the task's fixed held-out sequences."""
        return evaluate(self.model, self.task, self.held_out())

    def held_out(self) -> Batch:
        """The sequences that `evaluate` uses."""
        return self._given(held_out_batch(self.task, self.config.evaluation_size))

    def _given(self, batch: Batch) -> Batch:
        """The batch on this training's device, with its decoder input shifted or not (`shift_target`)."""
        shifted = batch if self.config.shift_target else NotShifted(batch.src, batch.trg)
        return shifted.to(self.device)


def train(training: Training) -> Iterator[TrainStep]:
    """Take the remaining steps, with an evaluation every `evaluate_every` steps and at the last one."""
    config = training.config
    while training.step < config.steps:
        started = time.perf_counter()
        record = training.take_step()
        if record.step % config.evaluate_every == 0 or record.step == config.steps:
            record = replace(record, evaluation=training.evaluate())
        yield replace(record, seconds=time.perf_counter() - started)


def _optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """The optimiser that `config` describes."""
    weights, decay = model.parameters(), config.weight_decay
    if config.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=config.learning_rate, momentum=0.9, weight_decay=decay, fused=True)
    return torch.optim.Adam(
        weights, lr=config.learning_rate, weight_decay=decay, decoupled_weight_decay=True, fused=True
    )


def clip_gradient(parameters: Iterable[nn.Parameter], limit: float) -> float:
    """Scale the gradient so that its norm is at most `limit` (0: no limit); returns its norm before that.

    The squares of a finite gradient may overflow. Then the norm is computed from the gradient divided by its
    largest number, and the gradient is clipped as usual. A gradient with NaN or inf is left unchanged.
    """
    weights = [weight for weight in parameters if weight.grad is not None]
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    norm = nn.utils.get_total_norm(gradients)
    if norm.isfinite():
        if limit:
            nn.utils.clip_grads_with_norm_(weights, limit, norm)
        return norm.item()
    largest = max(gradient.abs().max().item() for gradient in gradients)
    if not math.isfinite(largest):
        return norm.item()
    scaled_norm = nn.utils.get_total_norm([gradient / largest for gradient in gradients]).item()
    if limit and math.isfinite(scaled_norm):
        for gradient in gradients:
            gradient.div_(largest).mul_(limit / scaled_norm)
    return largest * scaled_norm


def token_loss(logits: Tensor, batch: Batch, label_smoothing: float = 0.0, pad_idx: int = PAD) -> Tensor:
    """Cross-entropy of logits [B, L, V] against `trg_target`, averaged over tokens other than `pad_idx`."""
    targets = batch.trg_target.reshape(-1)  # [B * L]
    flat = logits.flatten(0, 1)  # [B * L, V]
    return F.cross_entropy(flat, targets, ignore_index=pad_idx, label_smoothing=label_smoothing)


def count_right(logits: Tensor, batch: Batch, pad_idx: int = PAD) -> tuple[int, int]:
    """How many real target tokens have the highest logit, and how many there are."""
    real = batch.trg_target != pad_idx
    right = (logits.argmax(dim=-1) == batch.trg_target) & real
    return int(right.sum()), int(real.sum())


def real_tokens(batch: Batch) -> int:
    """The number of target tokens that are not padding."""
    return int((batch.trg_target != PAD).sum())


@torch.inference_mode()
def evaluate(model: Transformer, task: Task, batch: Batch) -> Evaluation:
    """Teacher-forced loss and accuracy, and free-running exact match.

    Raises `InputError` if the targets of the batch are padding only.
    """
    with evaluating(model):
        logits = model(batch.src, batch.trg_input)
    pad_idx = model.config.trg_pad_idx
    right, count = count_right(logits, batch, pad_idx)
    if count == 0:
        raise InputError("There is nothing to measure on: the targets of this batch are padding only.")
    written = free_running(model, batch)
    return Evaluation(
        loss=token_loss(logits, batch, pad_idx=pad_idx).item(),
        token_accuracy=right / count,
        exact_match=_share_right(written, batch),
        samples=tuple(tuple(until_eos(written[row].tolist())) for row in sample_rows(len(written))),
    )


def exact_match(model: Transformer, batch: Batch) -> float:
    """Share of sources whose greedy, free-running answer is the right one up to EOS."""
    return _share_right(free_running(model, batch), batch)


def free_running(model: Transformer, batch: Batch) -> Tensor:
    """Greedy answers to the sources of a batch, padded with `trg_pad_idx` to the shape of `batch.trg`."""
    length = batch.trg.size(1)
    output = greedy(model, batch.src, max_new_tokens=length - 1)
    return F.pad(output, (0, length - output.size(1)), value=model.config.trg_pad_idx)


def sample_rows(count: int) -> list[int]:
    """Which of `count` held-out sequences are recorded as samples: `SAMPLES` of them, evenly spaced."""
    return [index * count // SAMPLES for index in range(SAMPLES)] if count >= SAMPLES else list(range(count))


def _share_right(written: Tensor, batch: Batch) -> float:
    return (written == batch.trg).all(dim=1).double().mean().item()
