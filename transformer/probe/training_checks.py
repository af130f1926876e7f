"""Checks that compute gradients: training on noise, and rows without a key."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from transformer.errors import Remark
from transformer.probe.bench import Bench, not_run
from transformer.probe.inputs import make_inputs, random_words
from transformer.probe.modes import TRAINING
from transformer.probe.passes import whole_pass
from transformer.probe.result import Result, Verdict
from transformer.probe.subject import Inputs, Stream, Subject, logits_of

STEPS = 30
SENTENCES = 12
LEARNING_RATE = 1e-2
COUNTED = 15
"""The number of last steps over which accuracy is measured."""

DEVIATIONS = 6.0
"""Standard deviations above chance that count as a leak: a false alarm in one of 10^9 trainings."""

NOISE_WORDS = 6
"""The number of different words in the random targets; with few words, a leak is learned quickly."""


def noise(bench: Bench) -> list[Result]:
    """Train some steps on random targets, new ones each step: accuracy above chance reveals a leak.

    The next token is random, so the model can predict it only if a leak shows it. The weights are restored
    afterwards.
    """
    subject = bench.subject
    if subject.module is None:
        return not_run("noise", Remark("only an nn.Module can be trained: give `module`"))
    if "trg" not in subject.streams:
        return not_run("noise", Remark("an encoder predicts no next token"))
    with _kept(subject.module):
        right, asked = _train(subject, subject.module)
    if not asked:
        return not_run("noise", Remark("no gradient reaches the weights"))
    chance = 1 / len(_words(subject))
    limit = chance + DEVIATIONS * math.sqrt(chance * (1 - chance) / asked)
    accuracy = right / asked
    wrong = Remark(
        "random tokens are predicted: {share} of {asked} next tokens are right",
        share=f"{accuracy:.0%}",
        asked=asked,
    )
    ok = Remark("random tokens stay unpredictable")
    verdict: Verdict = "fault" if accuracy > limit else "ok"
    says = wrong if accuracy > limit else ok
    return [Result(accuracy, limit, check="noise", verdict=verdict, says=says, mode=TRAINING.name)]


def _words(subject: Subject) -> list[int]:
    return subject.words("trg")[:NOISE_WORDS]


def _train(subject: Subject, module: nn.Module) -> tuple[int, int]:
    """The number of right predictions in the last steps, and the number of predictions."""
    weights = [weight for weight in module.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(weights, LEARNING_RATE)
    generator = torch.Generator().manual_seed(0)
    right = asked = 0
    with TRAINING.applied(module):
        for step in range(STEPS):
            inputs, targets = _random_task(subject, generator)
            located = whole_pass(subject, inputs, TRAINING).located
            logits = located(logits_of(subject.call(inputs)), inputs.lengths).values  # [B, L, V]
            if not logits.requires_grad or logits.shape[:2] != targets.shape:
                return 0, 0
            optimizer.zero_grad()
            F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten()).backward()
            optimizer.step()
            if step >= STEPS - COUNTED:
                right += int((logits.argmax(-1) == targets).sum())
                asked += targets.numel()
    return right, asked


def _random_task(subject: Subject, generator: torch.Generator) -> tuple[Inputs, Tensor]:
    """Random sentences without PAD, and the token after each target position [B, L], one of a few words."""
    made = make_inputs(subject)
    words = torch.tensor(_words(subject))
    drawn = words[torch.randint(len(words), (SENTENCES, made.lengths["trg"] + 1), generator=generator)]
    trg = drawn.to(made.ids("trg").device)
    keep = torch.ones_like(trg[:, 1:], dtype=torch.bool)
    inputs = Inputs(trg=trg[:, :-1], trg_keep=keep)
    if "src" in subject.streams:
        src = random_words(subject, "src", (SENTENCES, made.lengths["src"]), generator)
        inputs = replace(inputs, src=src, src_keep=torch.ones_like(src, dtype=torch.bool))
    return inputs, trg[:, 1:]


@contextmanager
def _kept(module: nn.Module) -> Iterator[None]:
    """Restore weights, buffers and gradients at exit."""
    tensors = [*module.parameters(), *module.buffers()]
    before = [tensor.detach().clone() for tensor in tensors]
    gradients = [weight.grad for weight in module.parameters()]
    try:
        yield
    finally:
        with torch.no_grad():
            for tensor, was in zip(tensors, before, strict=True):
                tensor.copy_(was)
        for weight, gradient in zip(module.parameters(), gradients, strict=True):
            weight.grad = gradient


# --- rows without a key ----------------------------------------------------------------------------------


def empty_rows(bench: Bench) -> list[Result]:
    """Look for NaN and infinity in answers and in gradients.

    In an ordinary batch, padded on the right, answers at real tokens and all gradients must be finite if the
    loss ignores PADs. If one sentence is only PADs, the others must stay finite; NaN in that sentence itself
    or in the gradients is a fault only if the subject `promises` "empty rows".
    """
    results = [_finite(bench, bench.inputs, promised=True)]
    stream = bench.subject.streams[0]
    if bench.subject.pad(stream) is not None and bench.inputs.batch > 1:
        results += _empty_sentence(bench, stream)
    return results


def _finite(bench: Bench, inputs: Inputs, *, promised: bool) -> Result:
    """The result for answers and gradients of one batch."""
    says, found = _not_finite(bench, inputs)
    verdict: Verdict = "ok" if not found else "fault" if promised else "noted"
    largest = math.inf if found else 0.0
    return Result(largest, place=found, check="empty rows", verdict=verdict, says=says, mode=TRAINING.name)


def _not_finite(bench: Bench, inputs: Inputs) -> tuple[Remark, str]:
    """What is not finite, in words, and the first such module or weight; empty if all is finite."""
    one = whole_pass(bench.subject, inputs, TRAINING)
    keep = inputs.keep(bench.subject.written)
    if not _at(keep, one.logits()).isfinite().all():
        place = _first_not_finite(bench, inputs) or "logits"
        return Remark("answers at real tokens are NaN or infinite"), place
    if bench.subject.module is None:
        return Remark("answers are finite"), ""
    broken = _broken_gradients(bench.subject, bench.subject.module, inputs)
    if broken:
        return Remark("gradients are NaN or infinite, though the loss leaves PADs out"), broken[0]
    return Remark("answers and gradients are finite"), ""


def _at(keep: Tensor, answer: Tensor) -> Tensor:
    """The answers at real tokens `keep` [B, L]; all of them if there is one per sentence."""
    return answer[keep] if answer.shape[:2] == keep.shape else answer


def _broken_gradients(subject: Subject, module: nn.Module, inputs: Inputs) -> list[str]:
    """The names of weights whose gradient, of a loss at real tokens, is not finite."""
    with _kept(module), TRAINING.applied(module):
        module.zero_grad()
        located = whole_pass(subject, inputs, TRAINING).located
        answer = located(logits_of(subject.call(inputs)), inputs.lengths).values
        if answer.requires_grad:
            _at(inputs.keep(subject.written), answer).float().logsumexp(-1).sum().backward()
        gradients = {name: weight.grad for name, weight in module.named_parameters()}
        return [name for name, one in gradients.items() if one is not None and not one.isfinite().all()]


def _first_not_finite(bench: Bench, inputs: Inputs) -> str:
    """The first module, in the order of execution, with finite inputs and an output that is not finite."""
    record = bench.whole(inputs, TRAINING).record()
    for name, seen in record.items():
        given = all(
            bool(one.isfinite().all()) for call in seen.inputs for one in call if one.is_floating_point()
        )
        gave = all(bool(one.isfinite().all()) for call in seen.outputs for one in call)
        if given and not gave:
            return name
    return ""


def _empty_sentence(bench: Bench, stream: Stream) -> list[Result]:
    """The results for a batch whose second sentence is only PADs."""
    subject, inputs = bench.subject, bench.inputs
    ids, keep = inputs.ids(stream).clone(), inputs.keep(stream).clone()
    ids[1], keep[1] = subject.pad(stream) or 0, False
    empty = inputs.with_ids(stream, ids, keep)
    others = torch.arange(inputs.batch, device=ids.device) != 1
    for mode in bench.modes:
        answers = bench.whole(empty, mode).logits()[others]
        if not _at(inputs.keep(subject.written)[others], answers).isfinite().all():
            says = Remark("one sentence without any real token makes NaN of the others")
            return [Result(math.inf, check="empty rows", verdict="fault", says=says, mode=mode.name)]
    return [_finite(bench, empty, promised="empty rows" in subject.promises)]
