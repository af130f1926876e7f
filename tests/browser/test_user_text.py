"""What users type is shown as text on every page: it loads, runs, links and styles nothing."""

import ast
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.fuzz.nasty import INJECTIONS
from tests.user_text import WORDS, keep_evil_model
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CHECKPOINT

INJECTED = (
    'img, iframe, script, svg[onload], b, h6, .katex, .katex-error, a[href^="javascript"], '
    'a[href^="mailto"], a[href*="127.0.0.1:9/"], a[href*="example.invalid"]'
)
"""Elements that appear only if a user's text is interpreted as Markdown or HTML."""

SAID = '[data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"]'


@pytest.fixture
def harmless(page: Page, listen):
    """`harmless(url)` opens a page that must open no dialog and send no request to another server."""
    foreign, dialogs = [], []

    def opened(url: str) -> Page:
        origin = "/".join(url.split("/")[:3])
        ours = (origin, origin.replace("http", "ws"), "data:", "blob:", "file:")
        listen(page, "request", lambda asked: asked.url.startswith(ours) or foreign.append(asked.url))
        listen(page, "dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.goto(url)
        return page

    yield opened
    assert not foreign, foreign
    assert not dialogs, dialogs


def test_each_text_reads_as_it_was_typed_wherever_markdown_is_spoken(harmless, serve, settled):
    page = settled(harmless(serve("tests/browser/apps/user_text.py")))
    expect(page.locator(f".st-key-case_{len(INJECTIONS) - 1}")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)  # nothing is still being loaded
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
def evil(serve, browser, tmp_path_factory) -> str:
    """A server after a first visit, with a model whose title and tokens are injections."""
    runs = tmp_path_factory.mktemp("runs")
    keep_evil_model(runs)
    url = serve("app.py", RUNS_FOLDER=str(runs))
    visitor = browser.new_page()
    visitor.goto(url)
    visitor.get_by_role("heading", level=1).wait_for(timeout=60_000)
    visitor.close()
    return url


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
    ("decoding?section=cache", "input"),
    ("inside?inside=serial", "sentences"),
    ("inside?inside=batch", "sentences"),
    ("training?run=run:evil", ""),
    ("training?run=run:evil&train_sample=0", ""),
    ("training?run=sort&train_table=1&train_compare=run:evil,sort", ""),
    ("training?train_task=pairs", ""),
    ("questions", "search"),
]
QUICK = {
    "", "broadcasting?from=model", "laboratory", "encoding?pe_section=kinds&pe_models=run:evil",
    "decoding?section=strategies", "training?run=sort&train_table=1&train_compare=run:evil,sort",
}  # fmt: skip
"""Views that show a user's texts in six ways: map, tensors, edited mask, chart, tree and table."""


@pytest.mark.parametrize(
    ("view", "field"),
    [
        pytest.param(view, field, id=view, marks=() if view in QUICK else pytest.mark.slow)
        for view, field in VIEWS
    ],
)
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


def test_the_name_of_an_uploaded_file_is_a_title_and_its_words_do_nothing(harmless, evil, settled):
    page = harmless(f"{evil}/training?run=sort&train_table=1")
    name = "<img src=x onerror=alert(1)> ![x](http:127.0.0.1:9) :red[x].safetensors"
    field = page.locator("[data-testid=stFileUploaderDropzoneInput]").last
    field.wait_for(state="attached", timeout=60_000)
    field.set_input_files({"name": "$x$ <b>bad</b>.safetensors", "mimeType": "x/y", "buffer": b"nonsense"})
    expect(page.get_by_role("alert")).to_contain_text("not a checkpoint", timeout=60_000)
    data = (SHIPPED / "copy" / CHECKPOINT).read_bytes()
    field.set_input_files({"name": name, "mimeType": "x/y", "buffer": data})
    model = page.get_by_role("combobox", name="Current model")
    expect(model).to_have_value(f"run {name[:60].strip()}", timeout=60_000)
    settled(page)
    assert page.locator(SAID).locator(INJECTED).count() == 0


def test_a_view_that_is_taken_along_shows_evil_words_and_does_nothing(harmless, evil, settled, tmp_path):
    typed = {"model": "run:evil", "input": "\n".join(WORDS[:8])}
    page = settled(harmless(f"{evil}/decoding?{urlencode(typed)}"))
    page.get_by_text("Export").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="This view as a page (HTML)").click()
    download.value.save_as(tmp_path / "view.html")
    code = page.get_by_test_id("stExpander").filter(has_text="Export").get_by_test_id("stCode")
    (sources,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(code.first.inner_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "sources"
    ]
    assert sources == WORDS[:8], "the lines to run are these words, quoted"
    page.goto((tmp_path / "view.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text(INJECTIONS[0])
    assert page.locator("body").locator("img, iframe, script[src], a[href], svg[onload]").count() == 0
