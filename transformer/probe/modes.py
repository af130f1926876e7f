"""The modes in which a model runs: evaluation or training, and PyTorch's execution path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel


@dataclass(frozen=True)
class Mode:
    """How a pass is run."""

    name: str
    training: bool = False
    grad: bool = False
    fast_path: bool = True
    """Whether `nn.MultiheadAttention` and `nn.TransformerEncoderLayer` may take their fused path."""
    kernel: SDPBackend | None = None
    """The only kernel that `scaled_dot_product_attention` may use; None lets PyTorch choose."""

    @contextmanager
    def applied(self, module: nn.Module | None, seed: int = 0) -> Iterator[None]:
        """Put the model in this mode, and restart the random numbers with `seed`; restored at exit."""
        with ExitStack() as stack:
            stack.enter_context(_random_numbers_from(seed))
            stack.enter_context(torch.set_grad_enabled(self.grad))
            stack.enter_context(_training(module, self.training))
            stack.enter_context(_fast_path(self.fast_path))
            if self.kernel is not None:
                stack.enter_context(sdpa_kernel(self.kernel))
            yield


INFERENCE = Mode("answering")
TRAINING = Mode("training", training=True, grad=True)
OTHER_PATHS = (
    Mode("gradients on", grad=True),
    Mode("fast path off", fast_path=False),
    *(
        Mode(f"SDPA {name}", kernel=kernel)
        for name, kernel in (
            ("math", SDPBackend.MATH),
            ("flash", SDPBackend.FLASH_ATTENTION),
            ("efficient", SDPBackend.EFFICIENT_ATTENTION),
        )
    ),
)
"""Other execution paths for the same computation. Kernels that the machine lacks are skipped."""


@contextmanager
def _random_numbers_from(seed: int) -> Iterator[None]:
    """Seed the generators.

    Without CUDA, seed only the CPU: `torch.manual_seed` records a slow stack trace.
    """
    cuda = torch.cuda.is_available()
    with torch.random.fork_rng(devices=None if cuda else ()):
        (torch.manual_seed if cuda else torch.default_generator.manual_seed)(seed)
        yield


@contextmanager
def _training(module: nn.Module | None, training: bool) -> Iterator[None]:
    """Set the training mode of all submodules; each gets its own mode back at exit."""
    parts = list(module.modules()) if module is not None else []
    others = [part for part in parts if part.training != training]
    for part in others:
        part.training = training
    try:
        yield
    finally:
        for part in others:
            part.training = not training


@contextmanager
def _fast_path(allowed: bool) -> Iterator[None]:
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(allowed)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
