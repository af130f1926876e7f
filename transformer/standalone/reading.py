"""Rules by which a page tokenizes the user's input in JavaScript, like the task's own `tokenize`."""

from typing import Any

from transformer.tasks import PairsTask
from transformer.tasks.pairs import BLANK
from transformer.tasks.task import Task

Replacement = tuple[str, str]
"""A JavaScript regular expression, and the replacement for its matches."""

_BLANK_MARKS = ("[,、;]", " ")
_REPLACED: dict[str, tuple[Replacement, ...]] = {
    "sort": (_BLANK_MARKS,),
    "reverse": (_BLANK_MARKS,),
    "copy": (_BLANK_MARKS,),
    "words": (("[-,]", " "), ("〇", "零"), ("兩", "两"), (r"^\s*一\s*十", "十")),
    "dates": (
        ("号", "日"),
        (r"sept(?=[\s.])", "sep"),
        (r"(?<=\d)(st|nd|rd|th)\b", ""),
        (r"(?<!\d)(?<!^\s*\d\d\s*/\s*)0(?=\d)(?!\d\s*/\s*\d\d\s*/\s*\d{4}\s*$)", ""),
        (r"\.", " "),
        (r"^(\s*\p{L}+\s*\d\d?)\s+(?=\d{4}\s*$)", "$1, "),
    ),
}


def reading(task: Task) -> dict[str, Any]:
    """How to tokenize a text: Unicode normal form, replacements, and how to split into words.

    `longest` splits at blanks, then takes the longest known word again and again.
    """
    if isinstance(task, PairsTask):
        return {"form": "NFC", "lower": False, "replaced": [], "split": task.tokens, "blank": BLANK}
    return {
        "form": "NFKC", "lower": True, "replaced": _REPLACED[task.name], "split": "longest", "blank": "",
    }  # fmt: skip
