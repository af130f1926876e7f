"""The page reads typed text as the app does, whatever the words are, and shows it as typed."""

import json
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from tests.fuzz.nasty import NASTY
from tests.node import run
from transformer import InputError
from transformer.learning.checkpoint import Checkpoint, shipped_checkpoint
from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model
from transformer.standalone.page import _data, page
from transformer.tasks import TASKS, PairsTask
from transformer.tasks.pairs import Pair, clean

TYPED = {
    "sort": ["5 3 9", "5,3;9", "５３９", "5、3"],
    "reverse": ["12"],
    "copy": ["7 2 8"],
    "words": ["Three Hundred twelve", "forty-two", "一十二", "兩千〇五", "两千零五", "one thousand, two"],
    "dates": [
        "Nov 20, 2026", "nov. 3rd, 2026", "Nov 20 2026", "03 November 2026", "20/11/2026", "03/01/2026",
        "3/1/2026", "2026年01月03日", "2026年1月3号", "Sept 5, 2020", "1 May 1999",
    ],
}  # fmt: skip
EVIL = (
    *NASTY, "</script><script>document.title='hit'</script>", "<!--<script>", "PAD", "EOS", "SOS", '"EOS"',
    "x" * 200, "\u202eabc", "a\u2028b", "\u200f", "__proto__", "constructor", "toString", "a,b", "ﬁ", "É",
)  # fmt: skip
READ = """import { Task } from "./transformer/standalone/js/views.js";
const task = new Task(given.task);
console.log(JSON.stringify(given.texts.map((text) => task.encode(text))));"""


def read_there(task, texts):
    return run(READ, {"task": _data(task, 0)["task"], "texts": texts})


@pytest.mark.parametrize("name", TASKS)
def test_what_is_typed_becomes_the_same_ids(name):
    task = TASKS[name]
    random = np.random.default_rng(0)
    drawn = [row for pattern in task.patterns for row in task.draw(pattern, 10, random)]
    texts = [*TYPED[name], *task.examples, *(task.source_text(row[row > 0].tolist()) for row in drawn)]
    expected = [task.encode(text) for text in texts]
    assert dict(zip(texts, read_there(task, texts), strict=True)) == dict(zip(texts, expected, strict=True))


def evil_task(tokens, texts=EVIL):
    sources = dict.fromkeys(filter(None, map(clean, texts)))
    return PairsTask([Pair(source, source[::-1].strip()) for source in sources], tokens)


@pytest.mark.parametrize("tokens", ["word", "character"])
def test_a_source_of_a_foreign_table_becomes_the_same_ids(tokens):
    task = evil_task(tokens)
    texts = [*(pair.source for pair in task.pairs), "unknown word", "", "a  b", " PAD\tEOS "]

    def expected(text):
        try:
            return task.encode(text)
        except InputError:
            return None

    assert read_there(task, texts) == [expected(text) for text in texts]


def evil_page(task, title) -> str:
    torch.manual_seed(0)
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    config = TransformerConfig(embed_dim=8, num_layers=1, heads=1, feed_forward_dim=8, **sizes)
    checkpoint: Checkpoint = replace(shipped_checkpoint("sort"), task=task, model=build_model(config))
    return page(checkpoint, title)


def check_in_browser(browser, folder, task, sources, title):
    """Check that only our code runs, and that source and title are shown literally."""
    (folder / "evil.html").write_text(evil_page(task, title), encoding="utf-8")
    wrong = []
    tab = browser.new_page(viewport={"width": 1366, "height": 650})
    tab.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("request", lambda request: wrong.append(request.url) if request.url[:4] == "http" else None)
    tab.goto(f"file://{folder}/evil.html#lang=en")
    scripts = tab.evaluate("document.querySelectorAll('script, img, svg [onload], iframe').length")
    for source in sources:
        tab.get_by_label("input").fill(source)
        expect(tab.locator("#said")).to_be_empty()
        words = ["SOS", *task.src_vocabulary.labels(task.encode(source))[1:-1], "EOS"]
        strip = tab.locator(".tokens > *").first.locator(".token")
        shown = [unicodedata.normalize("NFC", text) for text in strip.evaluate_all(TEXTS)]
        assert shown == words, json.dumps(source)
        assert (
            tab.evaluate("document.querySelectorAll('script, img, svg [onload], iframe').length") == scripts
        )
    assert tab.locator("h1").evaluate("(node) => node.textContent") == title
    assert not wrong
    tab.close()


TEXTS = "(nodes) => nodes.map((node) => (node.querySelector('.word') ?? node).firstChild?.textContent ?? '')"
LONGEST = 12
"""The most words of a source that is typed in the browser."""


def typed_there(task):
    return [
        pair.source for pair in task.pairs if len(pair.source.split()) <= LONGEST and len(pair.source) < 300
    ]


def test_words_that_would_be_code_are_text_in_a_browser(browser, tmp_path):
    texts = EVIL[-15:]
    task = evil_task("word", (*texts, "<img src=x onerror=alert(1)>", "&lt;b&gt;"))
    check_in_browser(browser, tmp_path, task, typed_there(task), "</title><script>alert(1)</script>")


@pytest.mark.slow
@pytest.mark.parametrize("title", ["<b>x</b>", "\u202etitle\u2028", "{name} %s", "x" * 200])
def test_all_nasty_words_and_titles_are_text_in_a_browser(browser, tmp_path, title):
    task = evil_task("word")
    check_in_browser(browser, tmp_path, task, typed_there(task), title)
