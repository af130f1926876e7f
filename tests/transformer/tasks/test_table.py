"""A user's tables of pairs: read as meant, or refused with the line that is wrong."""

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transformer import InputError, limits
from transformer.tasks import PairsTask, read_pairs

ANIMALS = ["cat", "dog", "pig", "cow", "hen", "ant", "bee", "owl", "fox", "eel"]
GOOD = [(name, name + "s") for name in ANIMALS]
kinds = st.sampled_from(["word", "character"])


def table(rows, delimiter=",", header=True):
    lines = [delimiter.join(row) for row in ([("source", "target")] if header else []) + list(rows)]
    return "\n".join(lines)


def read_or_refused(data, tokens):
    """The task, or the sentence that refuses the table; anything else fails the test."""
    try:
        return read_pairs(data, tokens)
    except InputError as error:
        return str(error)


def texts(task):
    return [(pair.source, pair.target) for pair in task.pairs]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_and_tsv_with_and_without_a_first_line_of_names(delimiter, header, end):
    data = table(GOOD, delimiter, header).replace("\n", end)
    assert texts(read_pairs(data, "word")) == GOOD
    assert [pair.line for pair in read_pairs(data, "word").pairs] == [*range(1 + header, 11 + header)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_as_spreadsheets_write_them(encoding):
    rows = [(name, f"动物 {place}") for place, name in enumerate(ANIMALS)]
    assert texts(read_pairs(table(rows).encode(encoding), "word")) == rows


def test_named_columns_are_found_among_others_in_any_order():
    rows = [("x", target, "note", source) for source, target in GOOD]
    data = table([("id", "Target ", "remark", "SOURCE"), *rows], header=False)
    assert texts(read_pairs(data, "word")) == GOOD
    assert texts(read_pairs(table([("源", "目标"), *GOOD], header=False), "word")) == GOOD


def test_blank_lines_and_repeated_pairs_are_skipped_and_blanks_do_not_matter():
    data = "\n\nsource,target\n" + table(GOOD + GOOD[:3], header=False).replace("cow,", "\n , \n  cow ,")
    assert texts(read_pairs(data, "word")) == GOOD


def test_quoted_text_may_hold_commas_quotes_and_line_ends():
    rows = [*GOOD, ('say "moo", cow', "moo\nmoo")]
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    assert texts(read_pairs(written.getvalue(), "word"))[-1] == ('say "moo", cow', "moo moo")


cells = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=60)
@given(st.lists(st.tuples(cells, cells), min_size=8, max_size=20), kinds)
def test_a_task_writes_a_table_from_which_the_same_task_is_read(rows, tokens):
    written = io.StringIO()
    csv.writer(written, delimiter="\t").writerows([("source", "target"), *rows])
    task = read_or_refused(written.getvalue(), tokens)
    if isinstance(task, str):
        assert re.search("two different targets|at least 8", task)
        return
    again = read_pairs(task.table(), tokens)
    assert texts(again) == texts(task)
    assert (again.src_vocabulary, again.trg_vocabulary) == (task.src_vocabulary, task.trg_vocabulary)
    assert (again.held_out == task.held_out).all()


LONG = "x " * (limits.MAX_PAIR_TOKENS + 1)
BAD = {
    "nothing": ("", "empty"),
    "blank lines": (" \n\n\t\n", "empty"),
    "no second column": ("cat\ndog", "^Line 1: the number of columns is 1 and should be 2"),
    "too many columns": ("a,b,c\nd,e,f", "^Line 1: the number of columns is 3 and should be 2"),
    "no target column": ("source,answer\n" + table(GOOD, header=False), "^Line 1: .*source, .*named target"),
    "no source column": ("id,target\n" + table(GOOD, header=False), "^Line 1: .*target, .*named source"),
    "a short row": (table([*GOOD, ("cat",)]), "^Line 12: the number of columns is 1 and should be 2"),
    "a long row": (
        table([*GOOD, ("a", "b", "c")], header=False),
        "^Line 11: the number of columns is 3 and should be 2",
    ),
    "an empty source": (table([*GOOD, ("  ", "b")]), "^Line 12: the source is empty"),
    "an empty target": (table([*GOOD, ("gnu", "")]), "^Line 12: the target is empty"),
    "a long source": (table([*GOOD, (LONG, "b")]), "^Line 12: .* has 41 tokens; at most 40"),
    "a long target": (table([*GOOD, ("b", LONG)]), "^Line 12: .* has 41 tokens; at most 40"),
    "two answers": (table([*GOOD, ("dog", "hounds")]), "^Lines 3 and 12 give “dog” two different"),
    "an open quote": (table(GOOD) + '\ngnu,"gnus\nyak,yaks', "^Line 12: a quotation mark .* never closed"),
    "a stray quote": (table(GOOD) + '\n"gnu"s,gnus', "^Line 12 cannot be read: after a closing"),
    "NUL": (table([*GOOD, ("g\0nu", "b")]), r"^Line 12: .* U\+0000"),
    "a surrogate": (table([*GOOD, ("g\ud800nu", "b")]), r"^Line 12: .* U\+D800"),
    "a mark that turns the text": (table([*GOOD, ("g\u202enu", "b")]), r"^Line 12: .* U\+202E"),
    "too few": (table(GOOD[:7]), "7 different pairs; at least 8"),
    "too few different": (table([GOOD[0]] * 20), "1 different pairs"),
    "too many": (table((f"a{n}", "b") for n in range(limits.MAX_PAIRS + 5)), "^Line 5002: .* more than 5000"),
    "too many words": (table((f"a{n}", f"b{n}") for n in range(2000)), "2003 different tokens .* most 2000"),
    "too large": ("x" * (limits.MAX_PAIRS_BYTES + 1), "larger than 200 kB"),
    "a huge field": ("a,b\n" + "x" * 150_000, "^Line 2 is far too long"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_a_bad_table_is_refused_and_the_line_named(data, message):
    with pytest.raises(InputError, match=message):
        read_pairs(data, "word")


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"a,b\nc,\xff", 2), (b"\xff\xfea", 1), (table(GOOD).encode() + "\n狗,b".encode("gbk"), 12)],
)
def test_bytes_that_are_no_text_are_refused_with_their_line(data, line):
    with pytest.raises(InputError, match=rf"^Line {line}: the file is not UTF-8"):
        read_pairs(data, "word")


def test_characters_are_counted_as_characters():
    with pytest.raises(InputError, match=r"^Line 12: .* has 41 tokens"):
        read_pairs(table([*GOOD, ("x" * 41, "b")]), "character")
    assert read_pairs(table([*GOOD, ("x" * 41, "b")]), "word")


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.text(max_size=200), kinds)
@example('"', "word")
@example('a,b\r"', "character")
@example("\ufeff\ufeff", "word")
@example("\x00", "word")
def test_whatever_is_given_is_read_or_refused_with_an_input_error(data, tokens):
    found = read_or_refused(data, tokens)
    assert isinstance(found, PairsTask) or "\n" not in found


lines = st.lists(
    st.text(st.sampled_from('ab ,;\t"\n\r源\u200d\ud800\x1c'), max_size=12)
    | st.sampled_from(["source,target", "a,b"]),
    max_size=14,
)


@settings(max_examples=150)
@given(lines, kinds)
def test_what_looks_like_a_table_is_read_or_refused_too(rows, tokens):
    data = "\n".join([*rows, *(table(GOOD, header=False).split("\n"))])
    for given_as in (data, data.encode(errors="surrogatepass")):
        task = read_or_refused(given_as, tokens)
        for pair in () if isinstance(task, str) else task.pairs:
            assert task.is_right(task.encode(pair.source), task.answer(task.encode(pair.source)))
