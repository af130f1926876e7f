"""Read a table of pairs from CSV, TSV or pasted text. Error messages name the line."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from transformer import limits
from transformer.errors import InputError, Remark
from transformer.tasks.layout import (
    MARKS,
    Columns,
    Layout,
    Preface,
    Row,
    Trial,
    chosen_columns,
    named_columns,
    preface,
    rows,
    try_all,
)
from transformer.tasks.pairs import Pair, PairsTask, TokenKind, clean, split

JOINERS = "\u200c\u200d"
"""Invisible characters that some scripts and emoji need."""

SEPARATED = {
    "tab": Remark("Columns are separated by tabs."),
    "semicolon": Remark("Columns are separated by semicolons."),
    "comma": Remark("Columns are separated by commas."),
}

DOUBTFUL = {
    "tab": Remark("Tabs would divide every line into two columns, too."),
    "semicolon": Remark("Semicolons would divide every line into two columns, too."),
    "comma": Remark("Commas would divide every line into two columns, too."),
}


@dataclass(frozen=True)
class Table:
    """The pairs of a table, and how it was interpreted."""

    task: PairsTask
    way: Trial
    """How lines were split."""
    others: tuple[Trial, ...]
    """Other ways in which they could have been split."""
    names: tuple[str, ...] | None
    """The cells of the first line, if they name the columns."""
    columns: Columns
    before: Preface
    repeated: tuple[int, ...]
    """Lines left out because they repeat an earlier pair."""

    def remarks(self) -> list[Remark]:
        """How the table was interpreted and what was left out, one sentence each."""
        found = [SEPARATED[self.way.separator], *(DOUBTFUL[other.separator] for other in self.others)]
        if not self.way.quoted:
            found.append(Remark("Quotation marks belong to the text: they do not enclose whole cells."))
        return [*found, self._columns(), *self._left_out()]

    def _columns(self) -> Remark:
        source, target = self.columns
        places = {"source": source + 1, "target": target + 1}
        if self.names is None:
            return Remark(
                "The first line is a pair; column {source} is the source, column {target} the target.",
                **places,
            )
        source_name, target_name = (_name(self.names, place) for place in self.columns)
        return Remark(
            "The first line names the columns: the source is column {source}, “{source_name}”, the target "
            "column {target}, “{target_name}”.",
            **places,
            source_name=source_name,
            target_name=target_name,
        )

    def _left_out(self) -> Iterator[Remark]:
        others = self.way.used - {*self.columns}
        if others:
            yield Remark("Columns left out: {count}.", count=len(others))
        if self.before.lines:
            yield Remark("Lines left out because they describe the table: {count}.", count=self.before.lines)
        if self.way.tall:
            yield Remark(
                "Rows that take several lines, since a cell between quotation marks has line breaks: "
                "{count}, the first of them in line {line}.",
                count=len(self.way.tall),
                line=self.way.tall[0],
            )
        if self.repeated:
            yield Remark(
                "Rows left out because they repeat an earlier pair: {count}, the first of them in line "
                "{line}.",
                count=len(self.repeated),
                line=self.repeated[0],
            )


def _name(names: tuple[str, ...], place: int) -> str:
    """The name of a column; empty if the line of names is too short."""
    return clean(names[place])[: limits.MAX_SHOWN] if place < len(names) else ""


def read_pairs(data: bytes | str, tokens: TokenKind, layout: Layout = Layout()) -> PairsTask:  # noqa: B008
    """The task of `read_table`. Raises `InputError` as it does."""
    return read_table(data, tokens, layout).task


def read_table(data: bytes | str, tokens: TokenKind, layout: Layout = Layout()) -> Table:  # noqa: B008
    """Read the pairs of a table.

    Columns are separated by tabs, semicolons or commas, whichever splits all lines alike; cells may be quoted
    as in CSV. Every row is a pair, except for blank and repeated ones and a first line that names the
    columns: `source` and `target`, or two languages. `layout` overrides what is otherwise detected. The
    result can be written by `PairsTask.table` and read again. Raises `InputError` for anything that cannot be
    used.
    """
    before, text = preface(decoded(data))
    way, others = _way(text, layout, before)
    header, columns = chosen_columns(layout, way, before.aside)
    found = rows(text, way, before.lines + 1)
    names = tuple(next(found)[1]) if header else None
    width = len(names) if names and not layout.columns else way.width
    pairs, repeated = _pairs(_two_columns(found, columns, width, MARKS[way.separator]), tokens)
    task = PairsTask(pairs, tokens)
    _check_vocabularies(task)
    _check_can_be_kept(task)
    return Table(task, way, others, names, columns, before, repeated)


def decoded(data: bytes | str) -> str:
    """The text of a file in UTF-8 or UTF-16. Raises `InputError` if it is too large or cannot be decoded."""
    size = len(data) if isinstance(data, bytes) else len(data.encode(errors="surrogatepass"))
    if size > limits.MAX_PAIRS_BYTES:
        raise InputError("The table is larger than {limit} kB, the most that is read.",
                         limit=limits.MAX_PAIRS_BYTES // 1000)  # fmt: skip
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))  # what some spreadsheets call Unicode text
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "Line {line}: the file is not UTF-8 text there. Save it as CSV in UTF-8 and try again.",
            line=data[: error.start].count(b"\n") + 1,
        ) from None


def _way(text: str, layout: Layout, before: Preface) -> tuple[Trial, tuple[Trial, ...]]:
    """How to split the lines, and the other possible ways."""
    stated = layout.separator or before.separator
    possible = [stated] if stated else [name for name, mark in MARKS.items() if mark in text] or ["comma"]
    way, *others = try_all(text, possible, before.lines + 1)
    if way.first is None:
        raise way.problem or InputError(
            "The table is empty; it needs a column of sources and one of targets."
        )
    if named_columns(way.first[1]):
        return way, ()
    alike = (True, 2, way.marks)
    return way, tuple(other for other in others if (other.fits, other.width, other.marks) == alike)


def _pairs(found: Iterator[Row], tokens: TokenKind) -> tuple[list[Pair], tuple[int, ...]]:
    """The distinct pairs, and the lines of repeated ones."""
    pairs: dict[tuple[str, ...], Pair] = {}
    repeated = []
    for line, cells in found:
        source, target = (_checked(text, line, tokens) for text in _both_filled(cells, line))
        pair = Pair(source, target, line)
        before = pairs.setdefault(tuple(split(source, tokens)), pair)
        if split(before.target, tokens) != split(target, tokens):
            raise InputError(
                "Lines {first} and {second} give “{source}” two different targets; a source has one answer.",
                first=before.line,
                second=line,
                source=source[:40],
            )
        if before is not pair:
            repeated.append(line)
        if len(pairs) > limits.MAX_PAIRS:
            raise InputError(
                "Line {line}: there are more than {limit} pairs, the most that is taken.",
                line=line,
                limit=limits.MAX_PAIRS,
            )
    if len(pairs) < limits.MIN_PAIRS:
        raise InputError(
            "The table has {count} different pairs; at least {limit} are needed, some of them to measure on.",
            count=len(pairs),
            limit=limits.MIN_PAIRS,
        )
    return list(pairs.values()), tuple(repeated)


def _two_columns(found: Iterator[Row], columns: Columns, width: int, mark: str) -> Iterator[Row]:
    """Source and target of each row.

    Raises `InputError` for missing columns, and for text beyond the last.
    """
    least = max(columns) + 1
    for line, cells in found:
        surplus = any(cell.strip() for cell in cells[width:])
        if len(cells) < least or surplus:
            raise InputError(
                "Line {line}: the number of columns is {count} and should be {needed}. They are separated by "
                "{mark}; text that contains it goes between quotation marks.",
                line=line,
                count=len(cells),
                needed=width if surplus else least,
                mark="TAB" if mark == "\t" else f"“{mark}”",
            )
        yield line, [cells[index] for index in columns]


def _both_filled(cells: list[str], line: int) -> list[str]:
    source, target = map(clean, cells)
    if not source:
        raise InputError("Line {line}: the source is empty.", line=line)
    if not target:
        raise InputError("Line {line}: the target is empty.", line=line)
    return [source, target]


def _checked(text: str, line: int, tokens: TokenKind) -> str:
    """The text. Raises `InputError` if it is too long or has a character that cannot be shown."""
    count = len(split(text, tokens))
    if count > limits.MAX_PAIR_TOKENS:
        raise InputError(
            "Line {line}: “{text}” has {count} tokens; at most {limit} are taken.",
            line=line,
            text=text[:20] + "…",
            count=count,
            limit=limits.MAX_PAIR_TOKENS,
        )
    if len(text) > limits.MAX_PAIR_CHARACTERS:
        raise InputError(
            "Line {line}: “{text}” has {count} characters; at most {limit} are taken.",
            line=line,
            text=text[:20] + "…",
            count=len(text),
            limit=limits.MAX_PAIR_CHARACTERS,
        )
    hidden = next((char for char in text if _is_hidden(char)), None)
    if hidden:
        raise InputError(
            "Line {line}: there is a character that cannot be shown, {code}. Remove it from the table.",
            line=line,
            code=f"U+{ord(hidden):04X}",
        )
    return text


def _is_hidden(char: str) -> bool:
    """Whether a character is invisible, except for those that emoji and some scripts need.

    Unassigned characters are allowed, since they may be newer emoji that browsers already know.
    """
    kind, code = unicodedata.category(char), ord(char)
    if kind == "Cn":
        return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # noncharacters
    return kind.startswith("C") and char not in JOINERS and not 0xE0020 <= code <= 0xE007F  # tags in flags


def _check_vocabularies(task: PairsTask) -> None:
    size = max(len(task.src_vocabulary), len(task.trg_vocabulary))
    if size > limits.MAX_PAIR_VOCABULARY:
        raise InputError(
            "The table has {count} different tokens in one column; at most {limit} are taken. There are "
            "fewer different characters than words.",
            count=size,
            limit=limits.MAX_PAIR_VOCABULARY,
        )


def _check_can_be_kept(task: PairsTask) -> None:
    """Raise `InputError` if the table, as written by `PairsTask.table`, would be too large to read again."""
    size = len(task.table().encode())
    if size > limits.MAX_PAIRS_BYTES:
        raise InputError(
            "The table would be kept as {size} kB, more than {limit} kB: quotation marks are written twice, "
            "and some letters as several. Leave out some pairs.",
            size=f"{size / 1000:.1f}",
            limit=limits.MAX_PAIRS_BYTES // 1000,
        )
