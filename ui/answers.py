"""The answer to a question without its page: the same text, with numbers of the same pass, made on demand."""

import streamlit as st

from transformer import Checkpoint
from transformer.model import positional
from transformer.tasks import Batch, pad_batch
from ui import inputs, pages
from ui.broadcasting import notes
from ui.decoding import questions as of_walk
from ui.decoding import teacher_forcing as of_shift
from ui.frames import decoding, teacher_forcing
from ui.frames.inside import notebook
from ui.frames.inside.notebook import Pass
from ui.inside import answers as of_parts
from ui.inside import serial
from ui.positions import by_hand, why
from ui.questions import Question, collected
from ui.state import Decoding, Encoding, Inside


def say(question: Question, checkpoint: Checkpoint) -> str:
    """The answer that the question's page gives for its default example.

    Raises `InputError` if the model cannot read that example.
    """
    hidden = st.empty()
    with collected() as found, hidden.container():
        _ask(question, checkpoint)
    hidden.empty()  # whatever an answer draws besides its text belongs on its own page
    return found.get(question.key, "")


def _ask(question: Question, checkpoint: Checkpoint) -> None:
    """Run the code of the page that answers the question."""
    if question.page is pages.BROADCASTING:
        notes.answer_questions()
    elif question.page is pages.ENCODING:
        _ask_about_positions(checkpoint)
    elif question.page is pages.DECODING:
        _ask_about_writing(question, checkpoint)
    elif "part" in question.query:
        of_parts.draw(_passed(checkpoint), question.query["part"], 0)
    else:
        serial.ask(_passed(checkpoint))


def _passed(checkpoint: Checkpoint) -> Pass:
    src = pad_batch(
        [inputs.read_source(checkpoint, text) for text in _examples(checkpoint, Inside.text.default)]
    )
    return notebook.run(checkpoint, src, inputs.right_answers(checkpoint, src))


def _examples(checkpoint: Checkpoint, default: str) -> list[str]:
    """The lines of a field's default; for a task other than sorting, as many of the task's examples."""
    lines = default.splitlines()
    return lines if checkpoint.task.name == "sort" else list(checkpoint.task.examples[: len(lines)])


def _ask_about_positions(checkpoint: Checkpoint) -> None:
    why.ask(
        positional.sinusoidal_encoding(Encoding.length.default, Encoding.embed_dim.default).double().numpy()
    )
    length = len(inputs.read_source(checkpoint, _examples(checkpoint, Encoding.text.default)[0]))
    by_hand.ask_about_the_slice(checkpoint, length + 2)
    by_hand.ask_about_padding(checkpoint, length)


def _ask_about_writing(question: Question, checkpoint: Checkpoint) -> None:
    text = _examples(checkpoint, Decoding.text.default)[0]
    src = pad_batch([inputs.read_source(checkpoint, text)])
    if "section" in question.query:
        batch = Batch(src, inputs.right_answers(checkpoint, src))
        of_shift.ask(teacher_forcing.compare(checkpoint, batch, 0, {}))
    else:
        of_walk.draw(decoding.walk(checkpoint, src), 0)
