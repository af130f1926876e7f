"""All parsers of user input: a text is read, or refused with a short message."""

import contextlib
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.fuzz.nasty import NASTY, NUMBERS, assert_short, coded_alterations, coded_cells, fuzz, modest, texts
from transformer import InputError, limits
from transformer.experiments.broadcasting import check_drawable, parse_shape
from transformer.model.vocabulary import EOS, SOS
from transformer.tasks import PAIRS, TASKS, read_pairs
from transformer.tasks.task import Task
from ui.alterations import read_fed, write_fed
from ui.cells import read_cells, write_cells
from ui.decoding.alterations import read_alterations, write_alterations
from ui.pages import SETTINGS
from ui.setting import as_text

KINDS = ("word", "character")


@cache
def task_of(name: str) -> Task:
    """A task by its name, or a task on the user's own pairs of words or characters."""
    if name in TASKS:
        return TASKS[name]
    rows = [f"<b>{letter}</b> *x*\t{letter}s" for letter in "abcdefghij"]
    return read_pairs("\n".join(rows), name.removeprefix(f"{PAIRS} "))


# --- typed text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TASKS, *(f"{PAIRS} {kind}" for kind in KINDS)])
@fuzz(100)
@given(text=texts(2000))
def test_a_typed_input_becomes_ids_or_a_sentence(name, text):
    task = task_of(name)
    try:
        ids = task.encode(text)
    except InputError as error:
        assert_short(error)
        return
    assert (ids[0], ids[-1]) == (SOS, EOS)
    assert all(EOS < index < len(task.src_vocabulary) for index in ids[1:-1])
    assert task.encode(task.source_text(ids)) == ids, "what was read is shown so that it reads the same"


@fuzz(300)
@given(texts(), texts())
@example("2 1 1 5", "2 2 5 5")
@example("9" * 4301, "1" * 19)
def test_a_shape_is_drawn_or_refused(first, second):
    shapes = []
    for text in (first, second):
        try:
            shape = parse_shape(text)
        except InputError as error:
            assert_short(error)
            continue
        assert 1 <= len(shape) <= limits.MAX_AXES
        assert min(shape) >= 1
        assert parse_shape(" ".join(map(str, shape))) == shape
        shapes.append(shape)
    if len(shapes) == 2:
        try:
            check_drawable(*shapes)
        except InputError as error:
            assert_short(error)


# --- tables ------------------------------------------------------------------------------------------------

cells = st.one_of(
    st.text(max_size=30), st.sampled_from(NASTY), st.sampled_from(["a", "b", "猫", "source", "target", ""])
)
delimiters = st.sampled_from([",", "\t", ";", "", '","', '"'])


@st.composite
def tables(draw):
    """Lines of cells, more or less a table; sometimes numbered, so that all sources differ."""
    delimiter = draw(delimiters)
    lines = draw(st.lists(st.lists(cells, min_size=1, max_size=4), max_size=20))
    if draw(st.booleans()):
        lines = [[f"{place} {line[0]}", *line[1:], "x"][:2] for place, line in enumerate(lines)]
    quote = draw(st.sampled_from(["", '"']))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(
        delimiter.join(f"{quote}{cell}{quote}" for cell in line) for line in lines
    )


encodings = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
files = st.one_of(
    st.binary(max_size=2000),
    st.text(max_size=500),
    tables(),
    st.builds(lambda table, encoding: table.encode(encoding, "replace"), tables(), encodings),
)


@pytest.mark.parametrize("kind", KINDS)
@fuzz(200)
@given(data=files)
def test_a_table_becomes_pairs_or_a_sentence(kind, data):
    with modest():
        try:
            task = read_pairs(data, kind)
        except InputError as error:
            assert_short(error)
            return
    assert limits.MIN_PAIRS <= len(task.pairs) <= limits.MAX_PAIRS
    assert max(len(task.src_vocabulary), len(task.trg_vocabulary)) <= limits.MAX_PAIR_VOCABULARY
    again = read_pairs(task.table(), kind)
    assert [(p.source, p.target) for p in again.pairs] == [(p.source, p.target) for p in task.pairs]
    for pair in task.pairs:
        assert task.is_right(task.encode(pair.source), task.answer(task.encode(pair.source)))


@pytest.mark.parametrize("line", ["a,b\n", '"', "a" * 199 + ",", "\n", ",\n", "猫,b\n", '"",""\n', "a\tb\r"])
@pytest.mark.parametrize("size", [limits.MAX_PAIRS_BYTES, 16 * 2**20], ids=["at the limit", "far beyond"])
def test_a_large_table_is_read_or_refused_with_little_memory(line, size):
    data = (line * (size // len(line.encode()))).encode()
    with modest(), contextlib.suppress(InputError):
        read_pairs(data, "character")


# --- addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@fuzz(12)
@given(text=st.one_of(texts(), st.sampled_from(NUMBERS), st.integers().map(str), st.floats().map(str)))
def test_a_parameter_of_the_address_is_taken_or_left(setting, text):
    value = setting.parse(text)
    if value is not None:
        assert setting.parse(as_text(value)) == value, "what the address is given back reads the same"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_all_nasty_parameters_are_taken_or_left(setting):
    for text in (*NASTY, *NUMBERS):
        value = setting.parse(text)
        assert value is None or setting.parse(as_text(value)) == value


@fuzz(200)
@given(coded_cells)
@example("_".join(["0.0-999.ffffffffffffffffffff"] * 200))
@example("0.9-1.1")
def test_cells_of_an_address_are_few_and_come_back(text):
    with modest():
        found = read_cells(text)
    if found is not None:
        assert len(found) <= limits.MAX_CELL_ROWS * 80
        assert read_cells(write_cells(found)) in (found, None)


@fuzz(200)
@given(st.one_of(texts(), coded_alterations))
@example("_".join(["blank.1"] * 10_000))
def test_alterations_of_an_address_are_few_and_come_back(text):
    for read, write in ((read_alterations, write_alterations), (read_fed, write_fed)):
        found = read(text)
        if found is not None:
            assert len(found) <= limits.MAX_ALTERATIONS
            assert read(write(found)) == found
