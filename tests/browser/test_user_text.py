"""What users type is text on every page: nothing of it loads, runs, links or changes how anything looks."""

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.fuzz.nasty import INJECTIONS
from transformer import TransformerConfig, build_model, save_checkpoint
from transformer.runs import CHECKPOINT, new_folder, write_about
from transformer.tasks.pairs import Pair, PairsTask

WORDS = sorted({word for text in INJECTIONS for word in text.split()})

INJECTED = (
    'img, iframe, script, svg[onload], b, h6, .katex, .katex-error, a[href^="javascript"], '
    'a[href^="mailto"], a[href*="127.0.0.1:9/"], a[href*="example.invalid"]'
)
"""Elements that only a text taken for more than text could make in what the pages say."""

SAID = '[data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]'


@pytest.fixture
def harmless(page: Page):
    """`harmless(url)`: a page that opens no dialog and asks nobody else for anything."""
    foreign, dialogs = [], []

    def opened(url: str) -> Page:
        origin = "/".join(url.split("/")[:3])
        ours = (origin, origin.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda asked: None if asked.url.startswith(ours) else foreign.append(asked.url))
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(url)
        return page

    yield opened
    assert not foreign, foreign
    assert not dialogs, dialogs


def test_each_text_reads_as_it_was_typed_wherever_markdown_is_spoken(harmless, serve, settled):
    page = settled(harmless(serve("tests/browser/apps/user_text.py")))
    expect(page.locator(f".st-key-case_{len(INJECTIONS) - 1}")).to_be_visible()
    for number, text in enumerate(INJECTIONS):
        case, shown = page.locator(f".st-key-case_{number}"), " ".join(text.split())
        said = [place.inner_text().strip().replace("\u2060", "") for place in case.locator(SAID).all()]
        assert said == [f"“{shown}”", shown, shown, shown, shown], text
        assert case.locator(SAID).locator(INJECTED).count() == 0, text
        styled = case.locator(SAID).locator(
            "em, strong, del, a, li, ul, ol, h1, h2, blockquote, pre, table, span[style]"
        )
        assert styled.count() == 0, (text, styled.first.evaluate("node => node.outerHTML"))


@pytest.fixture(scope="module")
def evil(serve, tmp_path_factory) -> str:
    """A server with a model that is called, and writes, what should better be text."""
    runs = tmp_path_factory.mktemp("runs")
    task = PairsTask([Pair(word, word) for word in WORDS], "word")
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    config = TransformerConfig(embed_dim=8, heads=2, num_layers=1, feed_forward_dim=16, **sizes)
    folder = new_folder(runs, "evil")
    save_checkpoint(folder / CHECKPOINT, build_model(config), task)
    write_about(folder, {"title": " ".join(INJECTIONS)})
    return serve("app.py", RUNS_FOLDER=str(runs))


VIEWS = [
    ("", "try"),
    ("inside", "sentences"),
    ("broadcasting?from=model", "inputs"),
    ("laboratory", "lab_inputs"),
    ("laboratory?lab_section=leak", "lab_inputs"),
    ("encoding?pe_section=hand", "tokens"),
    ("encoding?pe_section=kinds&pe_models=run:evil", ""),
    ("encoding?pe_section=model", "tokens"),
    ("decoding", "input"),
    ("decoding?section=strategies", "input"),
    ("decoding?section=teacher", "input"),
    ("decoding?section=what_if", "input"),
    ("training?run=<img src=x onerror=alert(1)>", ""),
    ("questions", "search"),
]


@pytest.mark.parametrize(("view", "field"), VIEWS, ids=[view for view, _ in VIEWS])
def test_a_model_with_evil_words_is_shown_on_every_page_and_does_nothing(
    harmless, evil, settled, view, field
):
    path, _, query = view.partition("?")
    typed = {field: "\n".join(WORDS[:8])} if field and path != "" else {"try": " ".join(WORDS[:8])}
    page = harmless(f"{evil}/{path}?{query}&{urlencode({'model': 'run:evil', **typed})}")
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    assert page.locator(SAID).locator(INJECTED).count() == 0
    sentences = page.get_by_test_id("stAlert").all_inner_texts()
    assert not any("sort model is used instead" in sentence for sentence in sentences)


@pytest.mark.parametrize(("path", "setting"), [("", "model"), ("training", "run")])
def test_what_an_address_names_is_quoted_as_text(harmless, evil, settled, path, setting):
    for text in (
        "<img src=x onerror=alert(1)>",
        ":red[x] $x$ **x** `x` ![x](x) www.example.invalid",
    ):
        page = harmless(f"{evil}/{path}?{urlencode({setting: text})}")
        page.get_by_role("heading", level=1).wait_for()
        settled(page)
        expect(page.get_by_test_id("stAlert").filter(has_text=text).first).to_be_visible()
        assert page.locator(SAID).locator(INJECTED).count() == 0
