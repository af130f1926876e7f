"""The same sequence in one pass and token by token: equal outputs, unequal work."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch
from torch import Tensor

from transformer import Transformer
from transformer.decoding.stepper import readable_stepper
from transformer.experiments.finite import apart
from transformer.model.vocabulary import SPECIALS
from ui.frames.inside.notebook import Notebook, Pass
from ui.i18n import figure, sentences, t
from ui.tensor_grid import Frame, Scale

REPEATS = {8: 5, 32: 3, 96: 1}
"""Target lengths that are timed, and how often each. Long ones are run less often: their times stand out from
the noise anyway, and other sessions wait meanwhile."""


def frames(passed: Pass) -> list[Frame]:
    """All rows of logits in one pass, then one row after another."""
    notebook = Notebook(passed, "serial")
    together = notebook.cell("one pass")
    places = passed.trg_input.size(1)
    steps = []
    for step in range(places):
        code = notebook.cell("a step", step=str(step))
        steps.append((code, _array(notebook["serial"])))
    scale = Scale.around_zero(_array(notebook["parallel"]))
    first = Frame(
        t("one pass"),
        (notebook.words(notebook.vectors("parallel", "target", scale=scale)),),
        sentences(
            t(
                "In training the right answer is known, so all {places} places are computed at once.",
                places=places,
            ),
            t("The causal mask makes that valid: no place sees what comes after it.")
            if passed.checkpoint.model.is_causal
            else t("With this model's mistake a place sees what comes after it, which is not yet written."),
        ),
        together,
        facts=((t("passes"), "1"), (t("rows of tokens through the decoder"), str(places))),
    )
    return [first, *(_step(notebook, scale, place, *given) for place, given in enumerate(steps))]


def _step(notebook: Notebook, scale: Scale, step: int, code: str, so_far: np.ndarray) -> Frame:
    notebook.script.names["serial"] = torch.from_numpy(so_far)
    difference = apart(notebook[f"serial[:, {step}]"], notebook[f"parallel[:, {step}]"]).max().item()
    rows = (step + 1) * (step + 2) // 2
    return Frame(
        t("token by token: place {place}", place=step),
        (
            notebook.words(notebook.vectors("serial", "target", scale=scale)),
            notebook.words(notebook.vectors("parallel", "target", scale=scale)),
        ),
        t(
            "The decoder reads {count} tokens and only its last row is new. The largest difference from row "
            "{place} of the one pass is {difference}.",
            count=step + 1,
            place=step,
            difference=figure(difference, ".1g"),
        ),
        code,
        facts=((t("passes"), str(step + 1)), (t("rows of tokens through the decoder"), str(rows))),
    )


def _array(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().numpy().copy()
    return array


@dataclass(frozen=True)
class Times:
    """Milliseconds for one target, the median of interleaved runs."""

    length: int
    one_pass: float
    token_by_token: float
    with_cache: float


@torch.inference_mode()
def measure(model: Transformer, src: Tensor) -> list[Times]:
    """Time the decoder for sources [B, S], on random targets of each length that the model can read."""
    longest = model.config.max_len
    return [_timed(model, src, length, times) for length, times in REPEATS.items() if length <= longest]


def _timed(model: Transformer, src: Tensor, length: int, times: int) -> Times:
    chance = torch.Generator().manual_seed(0)
    low, high = len(SPECIALS), model.config.trg_vocab_size
    trg = torch.randint(low, max(high, low + 1), (src.size(0), length), generator=chance) % high
    src_mask = model.make_src_mask(src)
    encoded = model.encode(src, src_mask)

    def one_pass() -> None:
        model.decode(trg, encoded, src_mask)

    def token_by_token() -> None:
        for step in range(length):
            model.decode(trg[:, : step + 1], encoded, src_mask)

    def with_cache() -> None:
        decoder = readable_stepper(model, src)
        for step in range(length):
            decoder.step(trg[:, step])

    runs = [[_milliseconds(run) for run in (one_pass, token_by_token, with_cache)] for _ in range(times)]
    return Times(length, *(median(column) for column in zip(*runs, strict=True)))


def _milliseconds(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return (time.perf_counter() - started) * 1000
