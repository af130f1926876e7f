"""The page without a server: its contents, and that it works in a browser without a network."""

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
from transformer.standalone.lessons import lessons, view
from transformer.standalone.page import page
from transformer.standalone.site import index
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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert main(["--site", str(folder)]) == 0
    return folder


def test_a_site_has_a_page_a_task_and_an_index_in_each_language(site):
    assert {path.name for path in site.glob("*.html")} == {
        *(f"{task}.html" for task in TASKS), "index.html", "index.zh.html",
    }  # fmt: skip
    for path in site.glob("index*.html"):
        links = re.findall(r'href="([^"#]+)', path.read_text())
        assert links
        assert all((site / link).is_file() for link in links)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_map_of_an_index_has_the_parts_of_the_model(norm):
    text = index(TransformerConfig(norm=norm), "en")
    assert text.count("feed-forward") == 2
    assert text.count("add &amp; norm") == (5 if norm == "post" else 0)


def test_lessons_have_the_steps_whose_view_is_here():
    assert {lesson["name"] for lesson in lessons()} >= {"why_masks", "how_it_writes", "where_a_token_stands"}
    assert view("decoding", {"step": 3}) == {"view": "decoding", "step": "3"}
    assert view("decoding", {"section": "cache"}) is None
    assert view("laboratory", {"lab_section": "leak"}) == {"view": "laboratory", "step": "2"}
    assert view("training", {}) is None


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
    tab.goto(f"file://{file}#lang=en&view=laboratory&show=cross&cells=0.0-1.e&input=7 2 8")
    tab.reload()
    expect(tab.locator(".token.wrong").first).to_be_visible()
    tab.get_by_role("button", name="中文").click()
    expect(tab.get_by_text("用这个掩码得到的答案").first).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not errors
    assert {url.split(":")[0] for url in asked} <= {"file", "blob", "data"}
    tab.close()


def test_a_link_opens_the_same_view_again(browser, file):
    tab = browser.new_page(viewport={"width": 1366, "height": 650})
    tab.goto(f"file://{file}#lang=en&input=7 2 8 1&step=3&panel=cross.2.1")
    frame = tab.get_by_test_id("tg-frame")
    expect(frame).to_have_attribute("data-frame", "3")
    expect(tab.get_by_role("button", name="All panels (Esc)")).to_be_visible()
    tab.get_by_test_id("tg-next").click()
    tab.wait_for_url(re.compile("step=4"))
    tab.reload()
    expect(frame).to_have_attribute("data-frame", "4")
    expect(tab.get_by_role("button", name="All panels (Esc)")).to_be_visible()
    tab.close()


def test_a_clicked_cell_is_in_the_address_and_changes_the_answer_after_a_reload(browser, file):
    tab = browser.new_page(viewport={"width": 1366, "height": 650})
    tab.goto(f"file://{file}#lang=en&view=laboratory&show=self")
    tab.locator('[data-figure="mask"] canvas.over').focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        tab.keyboard.press(key)
    tab.wait_for_url(re.compile("cells=0"))
    cells = tab.url
    tab.get_by_label("Plain softmax").check()
    tab.get_by_label("fill value").select_option("finfo.min")
    tab.reload()
    assert tab.url.startswith(cells.partition("&cells")[0])
    expect(tab.get_by_label("Plain softmax")).to_be_checked()
    expect(tab.get_by_label("fill value")).to_have_value("finfo.min")
    tab.get_by_test_id("tg-next").click()
    expect(tab.get_by_text("change of the logits").first).to_be_visible()
    tab.close()


def test_a_lesson_leads_through_its_views(browser, file):
    steps = next(lesson["steps"] for lesson in lessons() if lesson["name"] == "how_it_writes")
    tab = browser.new_page(viewport={"width": 1366, "height": 650})
    tab.goto(f"file://{file}#lang=en")
    tab.get_by_label("Lessons").select_option("how_it_writes")
    strip = tab.locator("#lesson")
    expect(strip).to_contain_text(f"1 / {len(steps)}")
    tab.get_by_role("link", name="Next").click()
    expect(strip).to_contain_text(f"2 / {len(steps)}")
    expect(tab.get_by_test_id("tg-frame")).to_have_attribute("data-frame", steps[1]["settings"]["step"])
    tab.get_by_role("button", name="中文").click()
    expect(strip).to_contain_text(steps[1]["text"]["zh"])
    tab.close()
