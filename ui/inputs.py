"""Input fields, and reading what users type as sources for a model."""

import random
from typing import Any, Literal

import numpy as np
import streamlit as st
from torch import Tensor

from transformer import Checkpoint, InputError
from transformer.decoding.loop import greedy
from transformer.limits import MAX_PAIR_TOKENS, MAX_SENTENCES, MAX_SOURCE_TOKENS
from transformer.model.vocabulary import until_eos
from transformer.tasks import DigitTask, Task, pad_batch
from ui.i18n import listed, t
from ui.layout import scaled
from ui.setting import Setting

_EXAMPLE, _TYPED = "example_in_", "typed_in_"
"""Session state, prefixes to a field's name: the example last put into it, and the text last typed there."""


def fit_example(checkpoint: Checkpoint, field: Setting[str], example: str | None = None) -> None:
    """Replace the example in a field by one that the model can read: `example`, or the task's.

    Text that a user typed stays. Call it before the field is drawn.
    """
    lines = field.default.count("\n") + 1
    example = example or "\n".join(checkpoint.task.examples[:lines])
    examples = (field.default, st.session_state.get(_EXAMPLE + field.name))
    if field.value in examples and field.value != st.session_state.get(_TYPED + field.name):
        field.set(example)
    if field.value == example:
        st.session_state[_EXAMPLE + field.name] = example


def _keep_typed(setting: Setting[str]) -> None:
    st.session_state[_TYPED + setting.name] = setting.value


def text_lines(label: str, setting: Setting[str], *, width: int = 150, help: str | None = None) -> None:
    """Draw a field for one or several inputs, one per line, as high as its text, for a row of controls."""
    st.text_area(
        label,
        key=setting.name,
        height="content",
        width=scaled(width),
        max_chars=setting.limit,
        label_visibility="collapsed",
        placeholder=label,
        help=help,
        on_change=_keep_typed,
        args=(setting,),
    )


def number(
    label: str,
    setting: Setting[Any],
    *,
    step: float = 1,
    width: int | Literal["stretch"] = "stretch",
    help: str | None = None,
    disabled: bool = False,
) -> InputError | None:
    """Draw a field for a number; returns an error if the number is out of the setting's range, else None.

    The field itself has no bounds: Streamlit does not send a number that is out of bounds, so the page would
    go on with the previous number while the field shows the new one. An emptied field sends None, which
    stands for the default.
    """
    st.number_input(
        label,
        value=None,
        step=step,
        format="%d" if isinstance(step, int) else "%g",
        key=setting.name,
        width=width,
        help=help,
        disabled=disabled,
    )
    low, high = setting.bounds
    if low <= setting.value <= high:
        return None
    return InputError(
        "{label}: {value} is out of range. A number from {low} to {high} would do.",
        label=label,
        value=f"{setting.value:,.15g}",
        low=f"{low:,.15g}",
        high=f"{high:,.15g}",
    )


def refuse(*problems: InputError | None) -> None:
    """Raise the first problem that is not None. Call it once all fields are drawn."""
    for problem in filter(None, problems):
        raise problem


def read_source(checkpoint: Checkpoint, text: str, tokens: int = MAX_SOURCE_TOKENS) -> list[int]:
    """The token ids of a source, from SOS to EOS.

    Raises `InputError` if the text is not a source of the task or has more than `tokens` tokens.
    """
    ids = checkpoint.task.encode(text)
    limit = max(0, min(tokens, checkpoint.model.config.max_len - 2))
    if len(ids) - 2 > limit:
        raise InputError(
            "The input has {length} tokens; at most {limit} can be shown.", length=len(ids) - 2, limit=limit
        )
    return ids


def read_sources(
    checkpoint: Checkpoint, text: str, limit: int = MAX_SENTENCES, tokens: int = MAX_SOURCE_TOKENS
) -> Tensor:
    """The token ids of sources, one per line, padded to the longest: [B, S].

    Blank lines are skipped. Raises `InputError` if there are more than `limit` lines, or if one is not a
    source or has more than `tokens` tokens.
    """
    lines = [line for line in text.splitlines() if line.strip()] or [text]
    if len(lines) > limit:
        raise InputError(
            "There are {count} lines; at most {limit} can be shown.", count=len(lines), limit=limit
        )
    return pad_batch([read_source(checkpoint, line, tokens) for line in lines])


def right_answers(checkpoint: Checkpoint, src: Tensor) -> Tensor:
    """The right targets for sources [B, S], from SOS to EOS, padded: [B, L + 1].

    Where no right answer is known, the model's own greedy output takes its place.
    """
    known = [checkpoint.task.answer(row) for row in src.tolist()]
    if None not in known:
        return pad_batch([answer for answer in known if answer])
    own = greedy(checkpoint.model, src, max_new_tokens=MAX_PAIR_TOKENS).tolist()
    return pad_batch([answer or until_eos(written) for answer, written in zip(known, own, strict=True)])


def remark_unanswered(checkpoint: Checkpoint, src: Tensor) -> None:
    """Say for which sources [B, S] no right answer is known, so that nobody takes the substitute for one."""
    rows = [row for row, ids in enumerate(src.tolist()) if checkpoint.task.answer(ids) is None]
    if rows:
        st.info(
            t(
                "No right answer is known for input {rows}: it is not in the table of pairs. What the model"
                " itself writes is shown in its place.",
                rows=listed(map(str, rows)),
            )
        )


def labels(checkpoint: Checkpoint, ids: Tensor, *, target: bool = False) -> tuple[tuple[str, ...], ...]:
    """The words of each row of ids [B, S], for display."""
    vocabulary = checkpoint.task.trg_vocabulary if target else checkpoint.task.src_vocabulary
    return tuple(tuple(vocabulary.labels(row)) for row in ids.tolist())


def vocabulary_labels(checkpoint: Checkpoint, *, target: bool = False) -> tuple[str, ...]:
    """The words of the source or target vocabulary, in the order of their ids."""
    vocabulary = checkpoint.task.trg_vocabulary if target else checkpoint.task.src_vocabulary
    return tuple(vocabulary.labels(range(len(vocabulary))))


def random_text(checkpoint: Checkpoint, chance: random.Random) -> str:
    """A random source of the model's task, as a user would type it."""
    task = checkpoint.task
    rng = np.random.default_rng(chance.randrange(2**32))
    ids = task.draw(chance.choice(task.patterns), 1, rng)[0]
    return task.source_text(ids.tolist())


def uneven(task: Task) -> str:
    """Two sources of different lengths, one per line, as a user would type them."""
    first, second = task.examples[0], task.examples[-1]
    return f"{first} {first}\n{second}" if isinstance(task, DigitTask) else f"{first}\n{second}"
