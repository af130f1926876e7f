"""A run whose title and tokens are injections, for tests that they are shown as text."""

import json
from pathlib import Path

from tests.fuzz.nasty import INJECTIONS
from transformer import SOS, TransformerConfig, build_model, save_checkpoint
from transformer.learning.folder import CHECKPOINT, METRICS
from transformer.learning.runs import Run
from transformer.learning.steps import Evaluation, TrainConfig, TrainStep
from transformer.tasks.pairs import Pair, PairsTask

WORDS = sorted({word for text in INJECTIONS for word in text.split()})


def keep_evil_model(runs: Path) -> Path:
    """Make the run `run:evil`: its tokens and samples are `WORDS`, its title is all of `INJECTIONS`."""
    task = PairsTask([Pair(word, word) for word in WORDS], "word")
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    config = TransformerConfig(embed_dim=8, heads=2, num_layers=1, feed_forward_dim=16, **sizes)
    training = TrainConfig(task="pairs", tokens="word", steps=4)
    run = Run.create(runs, "evil", config, training, task=task, about={"title": " ".join(INJECTIONS)})
    save_checkpoint(
        run.path / CHECKPOINT, build_model(config), task, {"training": training.to_dict(), "step": 4}
    )
    samples = [(SOS, index % (len(WORDS) + 3)) for index in range(8)]
    steps = [
        TrainStep(step, 1.0 / step, 0.5, 1e-3, 1.0, 100.0, Evaluation(1.0, 0.5, 0.0, tuple(samples)), 0.1)
        for step in (1, 2, 3, 4)
    ]
    (run.path / METRICS).write_text("".join(json.dumps(step.to_dict()) + "\n" for step in steps))
    return run.path
