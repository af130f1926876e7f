"""The layout of a table: its column separator, whether the first line names the columns, and which to use."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from transformer.errors import InputError

Separator = Literal["tab", "semicolon", "comma"]

MARKS: Mapping[Separator, str] = {"tab": "\t", "semicolon": ";", "comma": ","}
"""In order of preference if several are possible: a sign that is rarer in text is more likely a separator."""

SOURCE, TARGET = ("source", "源"), ("target", "目标")

NAMES = (
    (SOURCE, TARGET),
    (("源文", "原文"), ("目标文", "译文")),
    (("src",), ("tgt", "trg")),
    (("input",), ("output",)),
    (("question",), ("answer",)),
    (("front",), ("back",)),
)
"""Names of the source and target columns in a first line; names of two languages are accepted too."""

LANGUAGES: Mapping[str, str] = {
    "en": "eng english englisch anglais 英语 英文",
    "de": "deu ger german deutsch allemand 德语 德文",
    "fr": "fra fre french französisch français francais 法语 法文",
    "zh": "cmn zho chi chinese mandarin chinesisch chinois 中文 汉语",
    "es": "spa spanish spanisch espagnol español 西班牙语",
    "it": "ita italian italienisch italien italiano 意大利语",
    "pt": "por portuguese portugiesisch portugais português 葡萄牙语",
    "nl": "nld dut dutch niederländisch néerlandais nederlands 荷兰语",
    "pl": "pol polish polnisch polonais polski 波兰语",
    "ru": "rus russian russisch russe русский 俄语",
    "ja": "jpn japanese japanisch japonais 日本語 日语",
    "ko": "kor korean koreanisch coréen 한국어 韩语",
    "la": "lat latin latein 拉丁语",
}
"""Language codes, with other names that a column in that language may have."""

_SPOKEN = {name: code for code, names in LANGUAGES.items() for name in (code, *names.split())}

Row = tuple[int, list[str]]
"""The number of a row's first line, and its cells."""

Columns = tuple[int, int]
"""Indices of the source and target columns, from 0."""


@dataclass(frozen=True)
class Layout:
    """The layout of a table. Fields that are None are detected."""

    separator: Separator | None = None
    header: bool | None = None
    """Whether the first line names the columns."""
    columns: Columns | None = None

    @staticmethod
    def numbered(source: int | None, target: int | None) -> Columns | None:
        """`Columns` from numbers counted from 1; None unless both are given. Raises `InputError` below 1."""
        if source is None or target is None:
            return None
        if min(source, target) < 1:
            raise InputError(
                "There is no column {number}: columns are counted from 1.", number=min(source, target)
            )
        return source - 1, target - 1


@dataclass(frozen=True)
class Preface:
    """Lines before a table that describe it: `sep=;` of Excel, `#separator:tab` of Anki."""

    lines: int = 0
    separator: Separator | None = None
    aside: frozenset[int] = frozenset()
    """Columns with tags, decks and the like instead of text."""


@dataclass
class Trial:
    """The result of splitting a table in one way, up to the first `problem`."""

    separator: Separator
    quoted: bool
    """Whether quotation marks enclose cells; otherwise they are ordinary text."""
    first: Row | None = None
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    """Number of rows by their number of cells, and the number of cells up to the last with text."""
    used: set[int] = field(default_factory=set)
    """Columns that have text in any row."""
    marks: int = 0
    """Number of quotation marks that remain in the text."""
    tall: list[int] = field(default_factory=list)
    """First lines of the rows that span several lines."""
    problem: InputError | None = None

    @property
    def width(self) -> int:
        """Number of columns of the table: that of most rows, or 2 if there are no rows."""
        counts: Counter[int] = Counter()
        for (cells, _), count in self.sizes.items():
            counts[cells] += count
        return max((size for size, _ in counts.most_common(1)), default=2)

    @property
    def rows_that_fit(self) -> int:
        """Number of rows that have all columns of the table, with only blank cells beyond them."""
        width = self.width
        return sum(count for (cells, text), count in self.sizes.items() if cells >= width >= max(text, 2))

    @property
    def fits(self) -> bool:
        """Whether the whole table can be split in this way."""
        return self.problem is None and self.rows_that_fit == self.sizes.total() > 0


def preface(text: str) -> tuple[Preface, str]:
    """Split a text into its preface and the table. Raises `InputError` for an unsupported separator."""
    lines, start = 0, 0
    separator: Separator | None = None
    aside = set()
    for line in io.StringIO(text, newline=""):
        excel, anki = _EXCEL.fullmatch(line), _ANKI.fullmatch(line)
        if not (excel or anki):
            break
        lines, start = lines + 1, start + len(line)
        if excel or (anki and anki[1] == "separator"):
            separator = _separator(excel[1] if excel else line.split(":", 1)[1].rstrip("\r\n"), lines)
        elif anki and anki[1].endswith("column") and (number := anki[2].strip()).isdecimal():
            aside.add(int(number[:9]) - 1)
    return Preface(lines, separator, frozenset(aside)), text[start:]


_EXCEL = re.compile(r'"?sep=([^\r\n])"?\s*', re.IGNORECASE)
_ANKI = re.compile(r"#(separator|html|columns|(?:tags|deck|notetype|guid)(?: column)?):(.*)\s*")


def _separator(text: str, line: int) -> Separator:
    """The separator meant by `;` or `Semicolon`. Raises `InputError` for an unsupported one."""
    for name, mark in MARKS.items():
        if text == mark or text.strip().lower() == name:
            return name
    raise InputError(
        "Line {line} says that “{mark}” separates the columns; a tab, a semicolon or a comma can be read.",
        line=line,
        mark=text[:20],
    )


def try_all(text: str, separators: Iterable[Separator], line: int) -> list[Trial]:
    """Try to split a table, whose first line has the number `line`, in all ways; the most plausible first.

    If a tab-separated table cannot be read with enclosing quotation marks, they are treated as text: many
    programs that write tabs do not quote.
    """
    found = []
    for separator in separators:
        trial = _try(text, separator, True, line)
        if separator == "tab" and not trial.fits:
            plain = _try(text, separator, False, line)
            trial = plain if plain.fits else trial
        found.append(trial)
    return sorted(found, key=_plausible, reverse=True)


def _plausible(trial: Trial) -> tuple[bool, bool, int, int]:
    """A sort key, larger is better. Ties are broken by the order of `MARKS`, not the number of columns."""
    named = trial.first is not None and named_columns(trial.first[1]) is not None
    return named, trial.fits, 0 if trial.fits else trial.rows_that_fit, -trial.marks


def _try(text: str, separator: Separator, quoted: bool, line: int) -> Trial:
    trial = Trial(separator, quoted)
    try:
        for row in rows(text, trial, line):
            trial.first = trial.first or row
            filled = [place for place, cell in enumerate(row[1]) if cell.strip()]
            trial.used.update(filled)
            trial.sizes[len(row[1]), filled[-1] + 1] += 1
            if any("\n" in cell or "\r" in cell for cell in row[1]):
                trial.tall.append(row[0])
            trial.marks += sum(cell.count('"') for cell in row[1])
    except InputError as error:
        trial.problem = error
    return trial


def rows(text: str, way: Trial, line: int) -> Iterator[Row]:
    """Yield the rows that are not blank.

    Raises `InputError`, with the line, for misplaced quotation marks.
    """
    mark = MARKS[way.separator]
    lines = io.StringIO(text, newline="")
    if way.quoted:
        reader = csv.reader(lines, delimiter=mark, strict=True)
    else:
        reader = csv.reader(lines, delimiter=mark, strict=True, quoting=csv.QUOTE_NONE)
    start = line
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _not_csv(str(error), line) from None
        end = start + reader.line_num
        if end - line > 1 and any(_swallows_rows(cell, mark, len(cells)) for cell in cells):
            raise _swallowed(line, end - 1)
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = end


def _swallows_rows(cell: str, mark: str, width: int) -> bool:
    """Whether a multi-line cell contains as many separators as if it had swallowed rows of this width."""
    breaks = sum(bool(line.strip()) for line in re.split("[\r\n]+", cell)) - 1
    return breaks > 0 and cell.count(mark) >= breaks * max(width - 1, 1)


def _swallowed(first: int, last: int) -> InputError:
    return InputError(
        "Line {first}: a quotation mark opens a cell that closes only in line {last} and has rows of the "
        "table in it. If the mark belongs to the text, put the cell between quotation marks and write this "
        "one twice. If the cell has several lines, make them one: line breaks are read as blanks.",
        first=first,
        last=last,
    )  # fmt: skip


def _not_csv(reason: str, line: int) -> InputError:
    """The user's error message for an error of Python's csv module."""
    if "unexpected end" in reason:
        return InputError(
            "Line {line}: a quotation mark is opened and never closed. If it belongs to the text, put the "
            "cell between quotation marks and write this one twice.",
            line=line,
        )
    if "field larger" in reason:
        return InputError("Line {line} is far too long; is a quotation mark missing?", line=line)
    return InputError(
        "Line {line} cannot be read: after a closing quotation mark the next column must begin. "
        "A quotation mark inside quoted text is written twice.",
        line=line,
    )


def named_columns(cells: Sequence[str]) -> Columns | None:
    """The source and target columns, if the cells of a first line name both; else None."""
    names = [cell.strip().casefold() for cell in cells]
    for known in NAMES:
        source, target = (next((names.index(name) for name in some if name in names), None) for some in known)
        if source is not None and target is not None:
            return source, target
    languages = [_SPOKEN.get(re.split("[-_]", name, maxsplit=1)[0]) for name in names]  # de-AT -> de
    spoken = [place for place, language in enumerate(languages) if language]
    if len(spoken) == 2 and languages[spoken[0]] != languages[spoken[1]]:
        return spoken[0], spoken[1]
    return None


def chosen_columns(layout: Layout, trial: Trial, aside: frozenset[int]) -> tuple[bool, Columns]:
    """Whether the first line names the columns, and which columns to use.

    Raises `InputError` if the columns cannot be determined.
    """
    assert trial.first is not None
    line, cells = trial.first
    named = None if layout.header is False else named_columns(cells)
    header = named is not None if layout.header is None else layout.header
    if layout.columns or named:
        return header, layout.columns or named or (0, 1)
    if layout.header is not False:
        _check_not_half_named(line, cells)
    texts = [0, 1] if trial.width == 2 else sorted(trial.used - aside)
    if len(texts) != 2:
        raise _not_two(line, trial.width)
    return header, (texts[0], texts[1])


def _not_two(line: int, count: int) -> InputError:
    if count < 2:
        return InputError(
            "Line {line}: the number of columns is {count} and should be 2, with a tab, a semicolon or a "
            "comma between them.",
            line=line,
            count=count,
        )
    return InputError(
        "Line {line}: the number of columns is {count} and should be 2. Choose the two that are meant, or "
        "name them source and target in a first line.",
        line=line,
        count=count,
    )


def _check_not_half_named(line: int, cells: Sequence[str]) -> None:
    """Raise `InputError` if a first line names only one of the source and target columns."""
    names = {cell.strip().casefold() for cell in cells}
    source, target = (not names.isdisjoint(known) for known in (SOURCE, TARGET))
    if source != target:
        raise InputError(
            "Line {line}: there is a column named {there}, but none named {missing}. Name both, choose the "
            "columns, or say that this line is a pair.",
            line=line,
            there="source" if source else "target",
            missing="target" if source else "source",
        )
