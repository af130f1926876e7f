"""No page passes a user's text to Markdown as it is: errors go through `explain`, others are escaped."""

import ast
from collections.abc import Iterator

import pytest

from tests.fuzz.nasty import INJECTIONS
from tests.messages import ROOT, sources
from transformer.learning.checkpoint import SHIPPED
from ui.i18n import code_span, escaped
from ui.models import RUNS, folder_of

UNSAFE = {"html", "markdown", "write", "caption", "warning", "error", "info", "success", "toast", "exception"}
SAYS = UNSAFE | {
    "button",
    "expander",
    "popover",
    "metric",
    "subheader",
    "header",
    "title",
    "status",
    "spinner",
}
GIVEN = {"title", "marked_title", "run_title", "source_text", "decode", "label", "labels"}
"""Functions that may return what a user typed: a run's title, or words of the user's own pairs."""
SAFE = {"explain", "escaped", "code_span"}


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def given_unescaped(node: ast.AST) -> list[str]:
    """Calls below a node that return a user's text without making it safe."""
    if isinstance(node, ast.Call) and name_of(node) in SAFE:
        return []
    own = [ast.unparse(node)] if isinstance(node, ast.Call) and name_of(node) in GIVEN else []
    return own + [text for child in ast.iter_child_nodes(node) for text in given_unescaped(child)]


PLACES = [path for path in sources() if path.relative_to(ROOT).parts[0] in ("dashboard.py", "pages", "ui")]


def called() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the sources of the app, with file and line."""
    assert PLACES
    for path in PLACES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_texts_of_users_are_escaped_where_they_are_said():
    said = [
        (place, argument)
        for place, call in called()
        if isinstance(call.func, ast.Attribute) and call.func.attr in SAYS
        for argument in call.args[:1]
    ]
    assert not [place for place, argument in said if given_unescaped(argument)]
    unexplained = [place for place, argument in said if ".message" in ast.unparse(argument)]
    assert not unexplained, "explain(error)"


def test_html_is_never_allowed_in_markdown():
    allowed = [
        place for place, call in called() if any(key.arg == "unsafe_allow_html" for key in call.keywords)
    ]
    assert not allowed


@pytest.mark.parametrize("text", INJECTIONS)
def test_escaped_text_stays_in_one_line(text):
    assert "\n" not in escaped(text)
    assert "\n" not in code_span(text)


def test_names_and_plain_sentences_are_left_alone():
    for text in ("embed_dim", "num_layers", "排序", "cat"):
        assert escaped(text) == text


@pytest.mark.parametrize("name", ["..", "../..", ".", "", "\0", "/", "..\0", "a/../..", "一" * 100])
@pytest.mark.parametrize("kind", ["run:", "", "positions:rotary-", "positions:"])
def test_no_name_leads_out_of_the_folders(kind, name):
    folder = folder_of(kind + name)
    root = RUNS if kind == "run:" else SHIPPED
    assert root.resolve() in folder.resolve().parents
    assert not (folder / "config.json").is_file() or kind


def test_nothing_is_shown_as_a_blank():
    assert code_span("") == "` `"
