"""The layout of a table is detected from all its lines, reported, and can be set by the user."""

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transformer.tasks.test_table import ANIMALS, GOOD, table, texts
from transformer import InputError, limits
from transformer.tasks import Layout, PairsTask, read_pairs, read_table
from transformer.tasks.layout import MARKS
from transformer.tasks.pairs import clean

KINDS = ("word", "character")


def said(data, **layout):
    return " ".join(map(str, read_table(data, "word", Layout(**layout)).remarks()))


def attempt(data, tokens, layout=Layout()):  # noqa: B008
    """The table, or the sentence that refuses it."""
    try:
        return read_table(data, tokens, layout)
    except InputError as error:
        return str(error)


def quoted(rows, mark):
    written = io.StringIO()
    csv.writer(written, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(rows)
    return written.getvalue()


# --- the separator -----------------------------------------------------------------------------------------


def test_of_two_signs_in_every_line_the_rarer_one_separates_and_the_other_is_named():
    rows = [(f"{n},50 Euro", f"{n}.50 euros") for n in range(12)]
    data = table(rows, ";", header=False)
    assert texts(read_pairs(data, "word")) == rows
    assert "Commas would divide every line into two columns, too." in said(data)
    three = data.replace("euros", "euros;note")
    assert texts(read_pairs(three, "word", Layout(columns=(0, 1)))) == rows, (
        "also where it makes three columns"
    )
    assert texts(read_pairs(data, "word", Layout("comma")))[0] == ("0", "50 Euro;0.50 euros")


@pytest.mark.parametrize("mark", MARKS.values())
@pytest.mark.parametrize("other", MARKS.values())
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("every", [True, False])
def test_signs_inside_quotation_marks_separate_nothing(mark, other, place, every):
    odd = [f"eins{other} zwei", "12"]
    rows = [tuple(odd if place == 0 else odd[::-1])]
    rows += [(name, f"{name}{other} s") if every else (name, name) for name in ANIMALS]
    found = read_table(quoted(rows, mark), "word")
    assert MARKS[found.way.separator] == mark
    assert texts(found.task) == [(clean(source), clean(target)) for source, target in rows]


@pytest.mark.parametrize("mark", MARKS.values())
def test_a_line_break_inside_quotation_marks_is_a_blank(mark):
    rows = [("one\ntwo", "1\r\n2"), *GOOD]
    found = read_pairs(quoted(rows, mark), "word")
    assert texts(found) == [("one two", "1 2"), *GOOD]
    assert [pair.line for pair in found.pairs] == [1, *range(4, 14)]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
@pytest.mark.parametrize("line", [0, 5])
def test_only_line_feeds_and_carriage_returns_end_a_line(sign, line):
    rows = [
        (f"{name}{sign}x", f"{name}{sign}y" if place == line else name) for place, name in enumerate(ANIMALS)
    ]
    found = read_pairs(table(rows, header=False), "word")
    assert texts(found) == [(clean(source), clean(target)) for source, target in rows]
    assert [pair.line for pair in found.pairs] == [*range(1, 11)]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "#separator:semicolon", "#separator:;"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_names_the_separator_is_believed_and_is_no_pair(line, end):
    rows = [(f"{n},5", f"{n},6") for n in range(9)]
    data = end.join([line, *map(";".join, rows)])
    assert texts(read_pairs(data, "word")) == rows
    assert read_pairs(data, "word").pairs[0].line == 2
    assert "describe the table: 1." in said(data)


def test_a_separator_that_cannot_be_read_is_named():
    with pytest.raises(InputError, match=r"^Line 1 says that “\|” separates"):
        read_pairs("sep=|\n" + table(GOOD, "|"), "word")


def test_what_anki_writes_is_read_without_tags_and_decks():
    about = "#separator:tab\n#html:false\n#deck column:1\n#tags column:4\n"
    data = about + "\n".join(f"my deck\t{source}\t{target}\ttag" for source, target in GOOD)
    assert texts(read_pairs(data, "word")) == GOOD
    assert "Columns left out: 2." in said(data)


# --- the first line ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    ["en,de", "de,en", "src,tgt", "SRC,TRG", "source,target", "源,目标", "原文,译文", "English,Deutsch",
     "zh-CN,fr", "eng,deu", "input,output", "英语,法语"],
)  # fmt: skip
def test_a_line_that_names_the_columns_is_no_pair(names):
    data = names + "\n" + table(GOOD, header=False)
    assert texts(read_pairs(data, "word")) == GOOD
    assert "The first line names the columns" in said(data)
    assert len(read_pairs(data, "word", Layout(header=False)).pairs) == len(GOOD) + 1


@pytest.mark.parametrize(
    "first", ["English,Englisch", "German,Deutsch", "en,en", "front,Vorderseite", "to,zu", "on,de"]
)
def test_a_pair_that_resembles_names_stays_a_pair(first):
    data = first + "\n" + table(GOOD, header=False)
    assert len(read_pairs(data, "word").pairs) == len(GOOD) + 1
    assert texts(read_pairs(data, "word", Layout(header=True))) == GOOD


def test_a_pair_with_one_name_is_read_once_it_is_said_to_be_one():
    data = "source,Quelle\n" + table(GOOD, header=False)
    with pytest.raises(InputError, match="say that this line is a pair"):
        read_pairs(data, "word")
    assert texts(read_pairs(data, "word", Layout(header=False)))[0] == ("source", "Quelle")


def test_of_more_columns_two_are_chosen():
    data = table([(source, target, "CC-BY") for source, target in GOOD], "\t", header=False)
    with pytest.raises(InputError, match=r"^Line 1: the number of columns is 3 and should be 2\. Choose"):
        read_pairs(data, "word")
    assert texts(read_pairs(data, "word", Layout(columns=(1, 0)))) == [(b, a) for a, b in GOOD]
    with pytest.raises(InputError, match=r"^Line 1: the number of columns is 3 and should be 4"):
        read_pairs(data, "word", Layout(columns=(0, 3)))
    with pytest.raises(InputError, match="no column 0"):
        Layout.numbered(0, 2)


def test_columns_without_text_do_not_count():
    data = "\n".join(f"{source};{target};;" for source, target in GOOD) + "\n;;;\n"
    assert texts(read_pairs(data, "word")) == GOOD


# --- no row is lost ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [True, False])
def test_text_beyond_the_last_column_is_not_dropped(header):
    data = table([*GOOD, ("w0", "well 0", " then t0")], header=header)
    with pytest.raises(InputError, match=rf"^Line {11 + header}: the number of columns is 3 and should be 2"):
        read_pairs(data, "word")


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("opens", [0, 1])
@pytest.mark.parametrize("closes", [1, 2, 4])
def test_quotation_marks_that_swallow_rows_are_named(mark, opens, closes):
    rows = [list(pair) for pair in GOOD]
    rows[3][opens] = '"' + rows[3][opens]
    rows[3 + closes][1] += '"'
    with pytest.raises(InputError, match=rf"^Line 4: .*closes only in line {4 + closes} "):
        read_pairs(table(rows, mark, header=False), "word")
    plain = table(rows, "\t", header=False)
    assert len(read_pairs(plain, "word").pairs) == len(rows), "between tabs they are text"
    assert "Quotation marks belong to the text" in said(plain)


def test_a_cell_of_several_lines_is_no_row_and_is_told_of():
    note = "see\nchapter 2; page 3"
    rows = [["source", "target", "note"], *([*pair, note if pair == GOOD[3] else ""] for pair in GOOD)]
    data = quoted(rows, ";")
    assert texts(read_pairs(data, "word")) == GOOD
    assert "Rows that take several lines, since a cell between quotation marks has line breaks: 1" in said(
        data
    )
    assert "line 5." in said(data)


cells = st.text(
    st.characters(exclude_categories=("C",)) | st.sampled_from('\t\n",;\u2028\x85'), min_size=1, max_size=9
)
rows_of_text = st.lists(st.tuples(cells.filter(str.strip), cells.filter(str.strip)), min_size=8, max_size=14)


@settings(max_examples=80)
@given(rows_of_text, st.sampled_from([*MARKS]), st.booleans())
@example([("a\tb", "c"), *GOOD], "tab", False)
@example([("a", "b\n,c"), *GOOD], "comma", True)
def test_every_row_of_a_csv_file_is_a_pair_or_the_line_is_named(rows, separator, header):
    data = quoted([("source", "target"), *rows] if header else rows, MARKS[separator])
    found = attempt(data, "word", Layout(separator, header))
    if isinstance(found, str):
        assert re.match(r"Lines? \d+|The table has \d different", found)
        return
    assert len(found.task.pairs) + len(found.repeated) == len(rows)
    wanted = {(clean(source), clean(target)) for source, target in rows}
    assert {*texts(found.task)} <= wanted
    assert {clean(source) for source, _ in rows} == {source for source, _ in texts(found.task)}


# --- what is written is read -------------------------------------------------------------------------------

GROWING = ['"', 'a"', "\u0344", "\u0958", "x", "源", "\U0001f469\u200d\U0001f52c"]
"""What takes more room when it is written, or as much."""


SMALL = 3000
"""The limit of the test, in bytes: many tables are read at it."""


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(GROWING), min_size=1, max_size=4).map("".join),
    st.integers(-30, 30),
    st.sampled_from([*MARKS.values()]),
    st.sampled_from(KINDS),
)
@example('"', 0, ",", "character")
@example("\u0958", 0, "\t", "word")
@example("x", 0, "\t", "character")
def test_whatever_is_accepted_survives_saving_also_at_the_limit(text, more, mark, kind):
    rows = quoted([(f"{n}", text * 3 + "a") for n in range(1000, 1000 + SMALL)], mark).encode()
    data = rows[: SMALL + more].rsplit(b"\n", 1)[0].ljust(SMALL + more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "MAX_PAIRS_BYTES", SMALL)
        found = attempt(data, kind)
        if isinstance(found, str):
            assert re.search("larger than 3 kB|more than 3 kB", found)
            return
        assert_same(read_pairs(found.task.table(), kind), found.task)
        assert_same(read_pairs(found.task.table().encode(), kind), found.task)


def assert_same(again: PairsTask, task: PairsTask) -> None:
    assert texts(again) == texts(task)
    assert (again.src_vocabulary, again.trg_vocabulary) == (task.src_vocabulary, task.trg_vocabulary)
    assert (again.held_out == task.held_out).all()
    assert again.table() == task.table()


def test_a_table_that_is_kept_as_more_than_the_limit_is_refused_before_it_is_used():
    grown = "\u0344" * 16  # each is written as two
    with pytest.raises(InputError, match=r"would be kept as .* more than 200 kB"):
        read_pairs("\n".join(f"{n},{grown}" for n in range(4990)), "character")


def test_a_word_is_not_endless():
    with pytest.raises(InputError, match=r"^Line 12: .* has 1001 characters; at most 1000"):
        read_pairs(table([*GOOD, ("x" * 1001, "b")]), "word")
    assert read_pairs(table([*GOOD, ("x" * 1000, "b")]), "word")


@pytest.mark.parametrize(
    "text", ["\U0001faea", "\U0001fae9", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "\u0378", "👩\u200d🔬"]
)
def test_signs_newer_than_this_version_of_unicode_are_taken(text):
    for kind in KINDS:
        task = read_pairs(table([*GOOD, (text, text)]), kind)
        assert texts(task)[-1] == (text, text)
        assert_same(read_pairs(task.table(), kind), task)


@pytest.mark.parametrize("text", ["\ufffe", "\U0001ffff", "\ufdd0", "\ue000", "\u202e", "a\ufeffb"])
def test_what_no_font_shows_is_refused(text):
    with pytest.raises(InputError, match=r"^Line 12: .* cannot be shown, U.*Remove it"):
        read_pairs(table([*GOOD, (f"a{text}", "b")]), "word")
