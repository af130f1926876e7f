"""One training shared by several processes, on one machine or many: data parallelism under `torchrun`.

Every process holds the whole model and learns from its own share of each batch; `DistributedDataParallel`
averages their gradients, so all take the same step and stay copies of each other. Only the first process
(rank 0) does everything else: it reads commands, evaluates, and writes the run's folder.

**Averaging the means is wrong.** The loss of a batch is the mean over its real tokens. Suppose one share has
2 tokens with losses 1 and 1, and another, whose sequences are shorter, 1 token with loss 4:

    mean of the two means      (1 + 4) / 2     = 2.5     the single token counts as much as the two
    mean over all tokens       (1 + 1 + 4) / 3 = 2       what one process computes

Process r of W has the mean loss m_r over its n_r of all N tokens; the correct loss is sum_r m_r n_r / N.
`DistributedDataParallel` only averages over processes, so each first multiplies its mean by w_r = W n_r / N:

    1/W * sum_r w_r m_r = 1/W * sum_r (W n_r / N) m_r = sum_r m_r n_r / N

In the example w = 2 * 2/3 and 2 * 1/3, and (4/3 * 1 + 2/3 * 4) / 2 = 2. A gradient is the same sum over
tokens as its loss, so the same factors correct it. (Goyal et al. 2017, "Accurate, Large Minibatch SGD",
section 3, warn of such mistakes.)
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from transformer.errors import InputError
from transformer.learning.run_state import RunState
from transformer.learning.steps import TrainConfig, Training, TrainStep, real_tokens
from transformer.model.config import TransformerConfig
from transformer.tasks import Batch, Task

PATIENCE = timedelta(minutes=10)
"""How long other processes may not respond, for example while one evaluates, before they count as lost."""


def share(batch: Batch, rank: int, processes: int) -> Batch:
    """Every `processes`-th row, starting with row `rank`, so that each row goes to exactly one process.

    [B, S] -> [B / processes, S], rounded up for the first processes and down for the others. Taking rows in
    turn gives each process the same mixture of the task's patterns. The padding stays as it is.
    """
    return type(batch)(batch.src[rank::processes], batch.trg[rank::processes])


def weight(own: int, everybodys: int, processes: int) -> float:
    """The factor w_r = W n_r / N for the mean over a process's own tokens (see the module's docstring)."""
    return processes * own / everybodys


class ParallelTraining(Training):
    """A `Training` shared by several processes: the same steps, except for rounding, for any number of them.

    With dropout the steps differ, since each process draws its own random numbers. On every process, the
    `TrainStep` records describe the whole batch.
    """

    def __init__(
        self,
        model_config: TransformerConfig,
        config: TrainConfig,
        device: str | torch.device = "cpu",
        task: Task | None = None,
    ):
        """Like `Training`; a `Team` must have been created first."""
        super().__init__(model_config, config, device, task)
        self.rank, self.processes = dist.get_rank(), dist.get_world_size()
        self.weight = 1.0
        devices = [self.device] if self.device.type == "cuda" else None
        self.learner = DistributedDataParallel(self.model, devices, forward_sync_buffers=False)

    def next_batch(self) -> Batch:
        """This process's share. Every process draws the whole batch from the seed, so it knows N."""
        whole = super().next_batch()
        own = share(whole, self.rank, self.processes)
        self.weight = weight(real_tokens(own), real_tokens(whole), self.processes)
        return own

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """w_r m_r, whose average over the processes is the loss of the whole batch."""
        return super().loss(logits, batch) * self.weight

    def take_step(self) -> TrainStep:
        """Take one step together with the other processes; all return the same record."""
        own = super().take_step()
        measured = [own.loss, own.token_accuracy * self.weight, own.tokens_per_second]
        loss, accuracy, speed = _sum_over_processes(measured)
        n = self.processes
        return replace(own, loss=loss / n, token_accuracy=accuracy / n, tokens_per_second=speed)

    def _generator(self) -> np.random.Generator:
        """The same generator of batches on every process, but a separate seed for dropout."""
        generator = super()._generator()
        if self.model.config.dropout:
            torch.manual_seed(torch.initial_seed() + (self.rank << 24))  # above the bits of the step number
        return generator


def _sum_over_processes(numbers: Sequence[float]) -> list[float]:
    together = torch.tensor(numbers, dtype=torch.float64)
    dist.all_reduce(together)
    summed: list[float] = together.tolist()
    return summed


def under_torchrun() -> bool:
    """Whether this is one of several processes that `torchrun` started."""
    return dist.is_available() and dist.is_torchelastic_launched() and int(os.environ["WORLD_SIZE"]) > 1


def device_of_process(name: str) -> str:
    """The device of this process for the option `name`; each process takes its own GPU.

    Raises `InputError` if there are fewer GPUs than processes, or if `name` is one particular GPU.
    """
    gpus, local = torch.cuda.device_count(), int(os.environ["LOCAL_RANK"])
    if name == "cpu" or (name == "auto" and not gpus):
        return "cpu"
    if name not in ("auto", "cuda"):
        raise InputError(
            "Several processes cannot share {device}: --device cpu or cuda would do.", device=name
        )
    if local >= gpus:
        raise InputError(
            "Each process needs a GPU of its own, and there are {gpus} here: "
            "start as many, or use --device cpu.",
            gpus=gpus,
        )
    return f"cuda:{local}"


class Team:
    """The processes of one training, and their communication apart from gradients."""

    def __init__(self, device: torch.device) -> None:
        """Wait until all processes have joined. CPU tensors are sent with gloo, GPU tensors with nccl."""
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        self.device, self.rank, self.processes = device, dist.get_rank(), dist.get_world_size()

    def begin(self, state: RunState) -> ParallelTraining:
        """On the first process: tell the others what to train; they call `join`.

        Raises `InputError` if a batch has fewer sequences than there are processes.
        """
        if state.config.batch_size < self.processes:
            raise InputError(
                "{processes} processes cannot share batches of {size}: each needs a sequence at least.",
                processes=self.processes,
                size=state.config.batch_size,
            )
        dist.broadcast_object_list([state])
        return self._training(state)

    def join(self) -> ParallelTraining | None:
        """On the others: the training that the first began; None if that failed, which the first reports."""
        told: list[RunState | None] = [None]
        try:
            dist.broadcast_object_list(told)
        except RuntimeError as error:
            if not is_loss(error):
                raise
        return self._training(told[0]) if told[0] else None

    def _training(self, state: RunState) -> ParallelTraining:
        training = ParallelTraining(state.model, state.config, self.device, state.task)
        state.restore(training)
        return training

    @property
    def is_first(self) -> bool:
        """Whether this is the first process, which decides, evaluates and writes."""
        return self.rank == 0

    def go_on(self, willing: bool) -> bool:
        """On the first process, between two steps: whether it and all others are willing to go on."""
        return not self._ask(stop=not willing)[1]

    def wait(self) -> bool:
        """On the first process: let the others wait until it asks again.

        False if one of them wants to stop.
        """
        return not self._ask(stop=False, wait=True)[1]

    def follow(self, willing: Callable[[], bool]) -> bool:
        """On the others: the decision of the first whether to go on; while it waits, so do they."""
        while True:
            waiting, stopping = self._ask(stop=not willing())
            if not waiting:
                return not stopping

    def _ask(self, stop: bool, wait: bool = False) -> tuple[bool, bool]:
        """One round with all processes: whether any waits, and whether any wants to stop."""
        waiting, stopping = _sum_over_processes([wait, stop])
        return waiting > 0, stopping > 0

    def leave(self) -> None:
        """Leave; a process that still waits for this one gets an error for which `is_loss` is true."""
        dist.destroy_process_group()


def is_loss(error: RuntimeError) -> bool:
    """Whether an error means that another process is unreachable; gloo has no error class of its own."""
    return isinstance(error, dist.DistError) or "gloo" in str(error).lower()


def accompany(team: Team) -> None:
    """Main loop of every process but the first: train on its shares until the first ends the training.

    Ctrl-C and SIGTERM ask the first process to stop; a second signal ends this process at once.
    """
    asked_to_stop = threading.Event()

    def ask(number: int, frame: object) -> None:
        asked_to_stop.set()
        signal.signal(number, signal.SIG_DFL)

    signal.signal(signal.SIGINT, ask)
    signal.signal(signal.SIGTERM, ask)
    training = team.join()
    if training is None:
        return
    while team.follow(lambda: not asked_to_stop.is_set()) and training.step < training.config.steps:
        training.take_step()
