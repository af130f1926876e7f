"""Every message is translated, and every translation can be filled in."""

import ast
import re
import string

import polib
import pytest

from tests.messages import CATALOGUES, ROOT, calls, literals, messages, sources
from ui.i18n import LANGUAGES

CATALOGUE = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUES / "zh.po"))}
PASSED_ON = re.compile(r"(\w+\.)?message|\w+\['message'\]")
"""Messages that were literals elsewhere: an InputError's, on their way to a page."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_but_english_has_a_catalogue():
    assert {path.stem for path in CATALOGUES.glob("*.po")} == set(LANGUAGES) - {"en"}


@pytest.mark.parametrize("message", sorted(messages()))
def test_every_message_is_translated(message):
    translation = CATALOGUE.get(message, "")
    assert translation.strip(), f"no Chinese for {message!r}, in {messages()[message]}"
    assert placeholders(translation) == placeholders(message)


def test_no_translation_is_left_over():
    assert set(CATALOGUE) <= set(messages())


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_are_literals_so_that_they_can_be_collected(path):
    for call in calls(path):
        if call.args and not literals(call.args[0]):
            assert PASSED_ON.fullmatch(ast.unparse(call.args[0])), f"{path}:{call.lineno}"
