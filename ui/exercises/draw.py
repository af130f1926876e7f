"""A problem on the page: the question, the given data, the answer, and the verdict."""

import random
from dataclasses import replace

import streamlit as st

from transformer import limits
from transformer.exercises import EXERCISES, Picture, Problem, grade, make
from transformer.exercises.problem import Field
from transformer.grid.views import Kind
from ui import kept, models
from ui.exercises import attempt as attempts
from ui.exercises import progress, titles
from ui.exercises.attempt import Attempt
from ui.i18n import explain, t
from ui.layout import controls, scaled, stage
from ui.state import Exercises
from ui.tensor_grid import Array, Frame, GridEvent, Scale, TensorView, Token, tensor_grid

SHOWN_FINDINGS = 5
"""Most sentences about what is wrong, so that the picture stays in view."""


def draw() -> None:
    """Draw the choice of a problem, and the problem."""
    checkpoint = models.named("sort")
    with controls():
        _choose()
    attempt = attempts.current()
    problem = make(*attempt.problem[:1], checkpoint, *attempt.problem[1:])
    with controls("controls_answer"):
        _answer(problem, attempt)
    given, said = st.columns([5, 2], gap="medium")
    with given:
        _question(problem, attempt)
    with said, stage("stage_findings"):
        _say(problem, attempt)
    kept.sync()


def _choose() -> None:
    """Draw the choice of exercise and level, and how often it was solved."""
    names = titles.titles()
    if Exercises.level.value > EXERCISES[Exercises.name.value].levels:
        Exercises.level.set(1)
    st.selectbox(
        t("Exercise"),
        list(names),
        key=Exercises.name.name,
        format_func=lambda name: names[name] + _mark(name),
        on_change=Exercises.level.set,
        args=(1,),
        width=scaled(380),
    )
    st.segmented_control(
        t("Level"),
        list(range(1, EXERCISES[Exercises.name.value].levels + 1)),
        key=Exercises.level.name,
        required=True,
    )
    times = progress.solved(Exercises.name.value, Exercises.level.value)
    done = sum(progress.levels_solved(name) == one.levels for name, one in EXERCISES.items())
    st.markdown(
        t("solved on this level: {times}; finished: {done} of {all}", times=times, done=done, all=len(names))
    )


def _mark(name: str) -> str:
    solved, levels = progress.levels_solved(name), EXERCISES[name].levels
    return f"  ({solved}/{levels})" if solved < levels else "  ✓"


def _answer(problem: Problem, attempt: Attempt) -> None:
    """Draw the answer's fields, if there are any, and the buttons."""
    over = attempt.is_solved or attempt.was_shown
    for number, field in enumerate(problem.fields):
        _field(field, _field_key(attempt, number), over)
    if not over:
        st.button(t("Check"), type="primary", on_click=_check, args=(problem, attempt))
    if attempt.may_be_shown:
        st.button(t("Show me"), on_click=_show, args=(problem, attempt))
    st.button(
        t("Another one"), type="primary" if over else "secondary", on_click=_another,
        help=t("The same exercise with other data"),
    )  # fmt: skip


def _field_key(attempt: Attempt, number: int) -> str:
    return "answer_" + "_".join(map(str, attempt.problem)) + f"_{number}"


def _field(field: Field, key: str, over: bool) -> None:
    label = explain(field.label)
    if field.choices:
        st.segmented_control(label, field.choices, key=key, disabled=over)
    else:
        st.text_input(
            label, key=key, placeholder=field.example, max_chars=limits.MAX_WORD, disabled=over,
            width=scaled(330), autocomplete="off",
        )  # fmt: skip


def _check(problem: Problem, attempt: Attempt) -> None:
    """Grade what is painted and typed."""
    typed = [
        str(st.session_state.get(_field_key(attempt, number)) or "") for number in range(len(problem.fields))
    ]
    attempt.findings = grade(problem, attempt.painted(problem), typed)
    if attempt.findings:
        attempt.tries += 1
    else:
        progress.count(*attempt.problem[:2])


def _show(problem: Problem, attempt: Attempt) -> None:
    """Fill in the right answer."""
    attempt.was_shown, attempt.findings = True, None
    if problem.paint is not None:
        attempt.cells = {tuple(cell) for cell in problem.paint.values.nonzero().tolist()}
    for number, field in enumerate(problem.fields):
        st.session_state[_field_key(attempt, number)] = field.solution()


def _another() -> None:
    """Choose other data with a random seed."""
    Exercises.seed.set(random.randrange(1, limits.MAX_SEED))


def _question(problem: Problem, attempt: Attempt) -> None:
    st.markdown(f"**{explain(problem.question)}** {titles.what_to_do(problem)}")
    if problem.facts:
        st.code("\n".join(f"{name} = {value}" for name, value in problem.facts), language="python")
    if problem.strips or problem.given or problem.paint:
        tensor_grid(
            [_frame(problem, attempt)],
            key="exercise_grid",
            editable=problem.paint is not None and not attempt.is_solved and not attempt.was_shown,
            on_event=lambda event: _click(problem, attempt, event),
            stage=True,
        )


def _click(problem: Problem, attempt: Attempt, event: GridEvent) -> None:
    """Toggle the clicked cells; if only one may be chosen, set that one to True and all others to False."""
    if problem.paint is None or event.kind != "cell" or event.tensor != problem.paint.name:
        return
    attempt.findings = None
    cells = set(event.cells)
    attempt.cells = set(list(cells)[-1:]) if problem.is_row else attempt.cells ^ cells


def _frame(problem: Problem, attempt: Attempt) -> Frame:
    tensors = [_view(picture, picture.values.numpy()) for picture in problem.given]
    painted = attempt.painted(problem)
    if problem.paint is not None and painted is not None:
        view = _view(problem.paint, painted.numpy())
        wrong = attempt.wrong_cells(problem)
        tensors.append(view if wrong is None else replace(view, masked=wrong.numpy(), framed=t("wrong")))
    strips = tuple(
        (explain(name), tuple(Token(word, _kind(word)) for word in words)) for name, words in problem.strips
    )
    return Frame("", tensors=tuple(tensors), tokens=strips, in_columns=True)


def _kind(word: str) -> Kind:
    return {"PAD": "pad", "SOS": "special", "EOS": "special"}.get(word, "plain")  # type: ignore[return-value]


def _view(picture: Picture, values: Array) -> TensorView:
    boolean = values.dtype.kind == "b"
    batch = values.shape[0] if values.ndim > 2 else 0
    sentences = tuple(t("sentence {n}", n=n) for n in range(batch))
    return TensorView(
        picture.name,
        values,
        Scale.boolean() if boolean else Scale.spanning(values),
        row_labels=_labels(picture.rows, batch),
        column_labels=_labels(picture.columns, batch),
        panel_labels=(sentences, ("",) * values.shape[1]) if values.ndim == 4 else ((), ()),
        axis_names=tuple(titles.axis_title(axis) for axis in picture.axes),
        truth=titles.truth(picture.truth),
    )


def _labels(given: tuple[tuple[str, ...], ...], batch: int) -> tuple[str, ...] | tuple[tuple[str, ...], ...]:
    """An axis's labels in the form that a grid takes: for a single matrix, or for each sentence."""
    named = tuple(tuple(titles.column_title(word) for word in words) for words in given)
    return named if batch or not named else named[0]


def _say(problem: Problem, attempt: Attempt) -> None:
    """Draw the verdict; before the first check, how the answer will be checked."""
    if attempt.is_solved:
        st.success(t("Right, all of it: this is what was computed just now."))
    elif attempt.was_shown:
        st.info(t("This is the right answer, as it was computed. Try it with other data."))
        for field in problem.fields:
            for why in field.why:
                st.markdown(f"- {explain(why)}")
    elif attempt.findings is None:
        st.caption(
            t(
                "The answer is compared with what is computed for this data, by the shipped sort model or by "
                "PyTorch; nothing is looked up. After two wrong answers it can be shown."
            )
        )
    else:
        _say_what_is_wrong(attempt)


def _say_what_is_wrong(attempt: Attempt) -> None:
    findings = attempt.findings or []
    st.error(t("Wrong: {count}.", count=len(findings)))
    for finding in findings[:SHOWN_FINDINGS]:
        st.markdown(f"- {explain(finding.why)}")
    if len(findings) > SHOWN_FINDINGS:
        st.caption(t("And {count} more.", count=len(findings) - SHOWN_FINDINGS))
