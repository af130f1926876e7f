"""Reading a table of pairs: CSV, TSV or pasted text. What is wrong is said with the number of the line."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence

from transformer import limits
from transformer.errors import InputError
from transformer.tasks.pairs import Pair, PairsTask, TokenKind, clean, split

SOURCE_NAMES, TARGET_NAMES = ("source", "源"), ("target", "目标")
"""How a first line may name the two columns."""

JOINERS = "\u200c\u200d"
"""Invisible characters that some scripts and emoji need."""

Row = tuple[int, list[str]]
"""The number of a row's first line, and its cells."""


def read_pairs(data: bytes | str, tokens: TokenKind) -> PairsTask:
    """The task that a table describes.

    Columns are set apart by tabs, commas or semicolons. If the first line names `source` and `target`, other
    columns are ignored; otherwise there are two columns, source first. Blank lines and repeated pairs are
    skipped. Raises `InputError` for anything that cannot be used.
    """
    pairs: dict[tuple[str, ...], Pair] = {}
    for line, cells in _two_columns(_rows(_text(data))):
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
    task = PairsTask(list(pairs.values()), tokens)
    _check_vocabularies(task)
    return task


def _text(data: bytes | str) -> str:
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


def _rows(text: str) -> Iterator[Row]:
    """The rows that are not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _not_csv(str(error), line) from None
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _not_csv(reason: str, line: int) -> InputError:
    """What Python's csv module complains of, for a person."""
    if "unexpected end" in reason:
        return InputError("Line {line}: a quotation mark is opened and never closed.", line=line)
    if "field larger" in reason:
        return InputError("Line {line} is far too long; is a quotation mark missing?", line=line)
    return InputError(
        "Line {line} cannot be read: after a closing quotation mark the next column must begin. "
        "A quotation mark inside quoted text is written twice.",
        line=line,
    )


def _delimiter(text: str) -> str:
    """What the first line that is not blank is divided by."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return next((mark for mark in ("\t", ",", ";") if mark in first), ",")


def _two_columns(rows: Iterator[Row]) -> Iterator[Row]:
    """Source and target of each row."""
    first = next(rows, None)
    if first is None:
        raise InputError("The table is empty; it needs a column of sources and one of targets.")
    columns = _named_columns(first)
    if columns is None:
        if len(first[1]) != 2:
            raise InputError(
                "Line {line}: the number of columns is {count} and should be 2, with a tab or comma between "
                "them. If there are more, a first line that names two of them source and target says which "
                "are meant.",
                line=first[0],
                count=len(first[1]),
            )
        yield first
    width = max(columns) + 1 if columns else 2
    for line, cells in rows:
        if len(cells) < width or (columns is None and len(cells) > width):
            raise InputError(
                "Line {line}: the number of columns is {count} and should be {needed}, with a tab or comma "
                "between them. Text that has a comma in it goes between quotation marks.",
                line=line,
                count=len(cells),
                needed=width,
            )
        yield line, [cells[index] for index in columns or (0, 1)]


def _named_columns(first: Row) -> tuple[int, int] | None:
    """Where the named columns are; None if the first line names none."""
    line, cells = first
    names = [cell.strip().casefold() for cell in cells]
    found = [next((names.index(name) for name in known if name in names), None)
             for known in (SOURCE_NAMES, TARGET_NAMES)]  # fmt: skip
    source, target = found
    if source is not None and target is not None:
        return source, target
    if source is None and target is None:
        return None
    raise InputError(
        "Line {line}: there is a column named {there}, but none named {missing}.",
        line=line,
        there="target" if source is None else "source",
        missing="source" if source is None else "target",
    )


def _both_filled(cells: Sequence[str], line: int) -> list[str]:
    source, target = map(clean, cells)
    if not source:
        raise InputError("Line {line}: the source is empty.", line=line)
    if not target:
        raise InputError("Line {line}: the target is empty.", line=line)
    return [source, target]


def _checked(text: str, line: int, tokens: TokenKind) -> str:
    """The text, if it is not too long and can be shown."""
    count = len(split(text, tokens))
    if count > limits.MAX_PAIR_TOKENS:
        raise InputError(
            "Line {line}: “{text}” has {count} tokens; at most {limit} are taken.",
            line=line,
            text=text[:20] + "…",
            count=count,
            limit=limits.MAX_PAIR_TOKENS,
        )
    for char in text:
        if unicodedata.category(char).startswith("C") and char not in JOINERS:
            raise InputError(
                "Line {line}: there is a character that cannot be shown, {code}.",
                line=line,
                code=f"U+{ord(char):04X}",
            )
    return text


def _check_vocabularies(task: PairsTask) -> None:
    size = max(len(task.src_vocabulary), len(task.trg_vocabulary))
    if size > limits.MAX_PAIR_VOCABULARY:
        raise InputError(
            "The table has {count} different tokens in one column; at most {limit} are taken. There are "
            "fewer different characters than words.",
            count=size,
            limit=limits.MAX_PAIR_VOCABULARY,
        )
