"""One training shared by several processes, on one machine or many: data parallelism under `torchrun`.

Every process holds the whole model and learns from its own share of each batch; `DistributedDataParallel`
averages their gradients, so that all make the same move and stay copies of each other. The first process
(rank 0) alone does everything else: it reads commands, measures, and writes the run's folder.

**Averaging the means is wrong.** The loss of a batch is the mean over its real tokens. Where one share holds
2 tokens with losses 1 and 1, and another share 1 token with loss 4, because its sequences are shorter:

    mean of the two means      (1 + 4) / 2     = 2.5     the lonely token counts as much as the two
    mean over all tokens       (1 + 1 + 4) / 3 = 2       what one process computes

Process r of W has the mean loss m_r over its n_r of all N tokens, and what is wanted is sum_r m_r n_r / N. As
an average over the processes is all there is, each multiplies its own mean by w_r = W n_r / N first:

    1/W * sum_r w_r m_r = 1/W * sum_r (W n_r / N) m_r = sum_r m_r n_r / N

Above, w = 2 * 2/3 and 2 * 1/3, and (4/3 * 1 + 2/3 * 4) / 2 = 2. A gradient is the same sum over tokens as its
loss, so the same factors make it right. (Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 3, warn
of such mistakes.)
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
"""How long the others may be silent, as when one of them measures, before they count as gone."""


def share(batch: Batch, rank: int, processes: int) -> Batch:
    """Every `processes`-th row, beginning with the row `rank`: each row goes to exactly one process.

    [B, S] -> [B / processes, S], rounded up for the first ones and down for the others. Dealing the rows out
    like cards gives each process the same mixture of the task's patterns. The padding stays as it is.
    """
    return type(batch)(batch.src[rank::processes], batch.trg[rank::processes])


def weight(own: int, everybodys: int, processes: int) -> float:
    """The factor w_r = W n_r / N with which a mean over a process's own tokens goes into the average."""
    return processes * own / everybodys


class ParallelTraining(Training):
    """A `Training` that is shared: the same steps, but for rounding, whatever the number of processes.

    With dropout the steps are others, as each process draws random numbers of its own. Its records say of
    the whole batch what a `TrainStep` says, on every process.
    """

    def __init__(
        self,
        model_config: TransformerConfig,
        config: TrainConfig,
        device: str | torch.device = "cpu",
        task: Task | None = None,
    ):
        """As a `Training`; the processes must have met (`Team`)."""
        super().__init__(model_config, config, device, task)
        self.rank, self.processes = dist.get_rank(), dist.get_world_size()
        self.weight = 1.0
        devices = [self.device] if self.device.type == "cuda" else None
        self.learner = DistributedDataParallel(self.model, devices, forward_sync_buffers=False)

    def next_batch(self) -> Batch:
        """This process's share. The whole batch follows from the seed, so everyone draws it, and knows N."""
        whole = super().next_batch()
        own = share(whole, self.rank, self.processes)
        self.weight = weight(real_tokens(own), real_tokens(whole), self.processes)
        return own

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """w_r m_r: its average over the processes is the loss of the whole batch."""
        return super().loss(logits, batch) * self.weight

    def take_step(self) -> TrainStep:
        """One step together; the record is the same on every process."""
        own = super().take_step()
        measured = [own.loss, own.token_accuracy * self.weight, own.tokens_per_second]
        loss, accuracy, speed = _sum_over_processes(measured)
        n = self.processes
        return replace(own, loss=loss / n, token_accuracy=accuracy / n, tokens_per_second=speed)

    def _generator(self) -> np.random.Generator:
        """The same batches for everyone, but dropout of one's own."""
        generator = super()._generator()
        if self.model.config.dropout:
            torch.manual_seed(torch.initial_seed() + (self.rank << 24))  # above the bits of the step's number
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
    """The device called `name` that belongs to this process: of several GPUs in a machine, each takes one.

    Raises `InputError` if there are fewer GPUs than processes, or the name asks for one and the same for all.
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
    """The processes of one training, and the little they say to each other besides gradients."""

    def __init__(self, device: torch.device) -> None:
        """Waits until all have come. What is on the CPU travels by gloo, what is on a GPU by nccl."""
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
        self.device, self.rank, self.processes = device, dist.get_rank(), dist.get_world_size()

    def begin(self, state: RunState) -> ParallelTraining:
        """The first tells the others what to train; they call `join`.

        Raises `InputError` if there are fewer sequences in a batch than processes.
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
        """What the first began, on the others; None if it came to nothing, and the first has said why."""
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
        """Whether this process is the one that decides, measures and writes."""
        return self.rank == 0

    def go_on(self, willing: bool) -> bool:
        """The first decides between two steps: all go on if it is willing to, and the others are."""
        return not self._ask(stop=not willing)[1]

    def wait(self) -> bool:
        """The first bids the others wait until it asks again. False if one of them wants to stop."""
        return not self._ask(stop=False, wait=True)[1]

    def follow(self, willing: Callable[[], bool]) -> bool:
        """What the first decides, on the others; while it waits, so do they."""
        while True:
            waiting, stopping = self._ask(stop=not willing())
            if not waiting:
                return not stopping

    def _ask(self, stop: bool, wait: bool = False) -> tuple[bool, bool]:
        """One round, in which everyone takes part: does any process wait, does any want to stop?"""
        waiting, stopping = _sum_over_processes([wait, stop])
        return waiting > 0, stopping > 0

    def leave(self) -> None:
        """Go; whoever still waits for this process gets an error that `is_loss` knows."""
        dist.destroy_process_group()


def is_loss(error: RuntimeError) -> bool:
    """Whether an error means that another process can no longer be reached; gloo has no class for its own."""
    return isinstance(error, dist.DistError) or "gloo" in str(error).lower()


def accompany(team: Team) -> None:
    """All that a process does which is not the first: learn from its shares until the first ends it.

    Ctrl-C and SIGTERM ask the first to stop; a second signal ends the process at once.
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
