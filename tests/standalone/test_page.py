"""The page without a server: what is in it, and that it works in a browser that reaches nothing."""

import re
from dataclasses import replace

import pytest
import torch
from playwright.sync_api import expect

from tests.messages import CATALOGUES, STANDALONE, of_standalone_page
from transformer.learning.checkpoint import shipped_checkpoint
from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model
from transformer.standalone.__main__ import main
from transformer.standalone.page import page
from transformer.tasks import TASKS, read_pairs

LARGEST = 2_500_000


@pytest.mark.parametrize("task", ["sort", "dates"])
def test_a_page_of_a_shipped_model_is_small_and_holds_one_program(task):
    text = page(shipped_checkpoint(task))
    assert len(text.encode()) <= LARGEST
    assert text.count('<script type="module">') == 1
    assert not re.search(r"""(src|href)=["']?http""", text)


def test_its_chinese_is_that_of_the_catalogue():
    assert (STANDALONE / "zh.json").read_text() == of_standalone_page(CATALOGUES / "zh.po"), (
        "python -m tests.messages writes it"
    )


def test_what_a_table_holds_is_data(tmp_path):
    words = ["</script><script>document.title='hit'</script>", "<img/src=x/onerror=document.title='hit'>"]
    rows = [f"{word}{i}\t{word}" for i in range(5) for word in words]
    task = read_pairs("\n".join(rows), "word")
    torch.manual_seed(0)
    sizes = {"src_vocab_size": len(task.src_vocabulary), "trg_vocab_size": len(task.trg_vocabulary)}
    model = build_model(TransformerConfig(embed_dim=8, num_layers=1, heads=1, feed_forward_dim=8, **sizes))
    text = page(replace(shipped_checkpoint("sort"), task=task, model=model))
    assert words[0] not in text
    assert text.count("</script>") == page(shipped_checkpoint("sort")).count("</script>")


def test_a_site_has_a_page_a_task(tmp_path):
    assert main(["--site", str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.glob("*.html")} == {*TASKS, "index"}


def test_a_model_that_cannot_be_read_is_a_sentence(tmp_path, capsys):
    (tmp_path / "bad").write_bytes(b"x")
    assert main(["--checkpoint", str(tmp_path / "bad"), "--output", str(tmp_path / "a.html")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "a.html").exists()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("standalone") / "sort.html"
    assert main(["--task", "sort", "--output", str(path)]) == 0
    return path


def test_in_a_browser_it_decodes_is_edited_and_asks_nobody(browser, file):
    asked, errors = [], []
    tab = browser.new_page(viewport={"width": 1366, "height": 650})
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"file://{file}#lang=en&input=7 2 8")
    expect(tab.locator(".tokens").first).to_contain_text("7")
    expect(tab.get_by_test_id("tg-caption")).to_contain_text("writes “2”")
    tab.get_by_role("button", name="laboratory").click()
    expect(tab.get_by_text("answer with this mask").first).to_be_visible()
    assert "view=laboratory" in tab.url
    tab.goto(f"file://{file}#lang=en&view=laboratory&show=cross&cells=0,1 0,2 0,3 1,1 1,2 1,3&input=7 2 8")
    tab.reload()
    expect(tab.locator(".token.wrong").first).to_be_visible()
    tab.get_by_role("button", name="中文").click()
    expect(tab.get_by_text("用这个掩码得到的答案").first).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not errors
    assert {url.split(":")[0] for url in asked} <= {"file", "blob", "data"}
    tab.close()
