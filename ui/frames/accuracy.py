"""Answers to many random inputs: the wrong ones token by token, and the accuracy by input length."""

from collections.abc import Sequence
from itertools import zip_longest

from transformer import Checkpoint
from transformer.experiments.accuracy import Answer, score_by_length
from ui.frames import tokens
from ui.i18n import t
from ui.tensor_grid import Frame, Token
from viz.accuracy import AccuracyWords, LengthBar


def wrong_frame(checkpoint: Checkpoint, answer: Answer) -> Frame:
    """Input, right answer and what was written, one below the other."""
    task = checkpoint.task
    source = tuple(tokens.plain(task.src_vocabulary, token) for token in answer.source)
    expected = tuple(tokens.plain(task.trg_vocabulary, token) for token in answer.expected)
    strips = (
        (t("input"), source),
        (t("right answer"), expected),
        (t("written"), _written(checkpoint, answer)),
    )
    width = max(len(strip) for _, strip in strips)
    aligned = tuple((label, tokens.filled(strip, width)) for label, strip in strips)
    seen = t("held out") if answer.held_out else t("possibly seen in training")
    caption = t(
        "Wrong from step {step} on; the input is {seen}.", step=(answer.first_wrong or 0) + 1, seen=seen
    )
    return Frame("", tokens=aligned, in_columns=True, caption=caption)


def _written(checkpoint: Checkpoint, answer: Answer) -> tuple[Token, ...]:
    """The written tokens, the wrong ones marked."""
    vocabulary = checkpoint.task.trg_vocabulary
    pairs = zip_longest(answer.expected, answer.written)
    return tuple(
        Token(
            "–" if written is None else vocabulary.label(written),
            tokens.kind(written) if written is not None and written == right else "wrong",
            t("first wrong") if step == answer.first_wrong else "",
        )
        for step, (right, written) in enumerate(pairs)
    )


def length_bars(answers: Sequence[Answer]) -> list[LengthBar]:
    """The bars of the accuracy chart, one for each input length."""
    return [
        LengthBar(length, score.answers, score.exact_match, score.token_accuracy)
        for length, score in score_by_length(answers).items()
    ]


def words(longest_trained: int) -> AccuracyWords:
    """The texts of the accuracy chart; `longest_trained` is a length in tokens."""
    return AccuracyWords(
        length=t("input length, in tokens"),
        share=t("share right"),
        exact_match=t("whole answers"),
        token_accuracy=t("tokens"),
        inputs=t("inputs"),
        longest_trained=t("training: up to {length}", length=longest_trained),
    )
