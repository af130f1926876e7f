"""The user's own pairs on the training page: three ways to enter them, checks, training, use on all pages."""

import pytest

from tests.pages.conftest import PAGES, told
from tests.pages.test_training import TINY, can_press, jobs, press, progress  # noqa: F401
from tests.transformer.tasks.test_table import BAD, GOOD, table
from transformer import limits, load_checkpoint
from ui.training import shown

SECONDS = 180


@pytest.fixture
def page(open_page, jobs):  # noqa: F811
    return open_page("training", train_task="pairs", **TINY | {"train_steps": "4"})


def paste(app, text):
    return app.text_area(key="pairs_pasted").set_value(text).run()


def said(app):
    return [element.value for element in (*app.error, *app.info)]


def test_without_a_table_nothing_starts_and_it_is_said_what_to_do(page):
    assert not page.exception
    assert any("upload a table" in text for text in said(page))
    assert "Start" not in can_press(page)


@pytest.mark.parametrize("name", ["Roman numerals", "Plurals"])
def test_an_example_is_one_click_away(page, name):
    app = press(page, name)
    assert not app.exception
    assert not app.error
    preview = app.dataframe[0].value
    assert list(preview.columns) == ["line", "source", "target", "tokens", "held_out"]
    assert 0 < preview["held_out"].sum() < len(preview) / 5
    assert app.session_state["train_tokens"] == "character"
    assert "Start" in can_press(app)


def test_a_pasted_table_is_counted_shown_and_survives_other_pages(page):
    app = paste(page, table(GOOD))
    assert list(app.dataframe[0].value["source"]) == [source for source, _ in GOOD]
    assert any("10 pairs, 2 of them held out" in element.value for element in app.markdown)
    app.switch_page(PAGES["home"]).run()
    app.switch_page(PAGES["training"]).run()
    assert app.text_area(key="pairs_pasted").value == table(GOOD)
    assert "Start" in can_press(app)
    app.segmented_control(key="train_tokens").set_value("character").run()
    assert any("longest source 3, longest target 4" in element.value for element in app.markdown)


@pytest.mark.parametrize(
    "name", [name for name in BAD if name not in ("too large", "a surrogate", "nothing", "blank lines")]
)
def test_a_bad_table_gets_a_sentence_and_no_start(page, name):
    data, _ = BAD[name]
    app = paste(page, data)
    assert not app.exception
    assert app.error
    assert "Start" not in can_press(app)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (table(GOOD).encode("utf-8-sig"), None),
        (table(GOOD, "\t").encode("utf-16"), None),
        (b"source,target\n\xff\xff,x", "Line 2: the file is not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "Line 1: the file is not UTF-8"),
        (b"", "upload a table"),
        (b"\xe7\x8c\xab,b\n" * 90_000, "larger than 200 kB"),
    ],
)
def test_a_file_is_read_or_a_sentence_says_why_not(page, data, sentence):
    app = page.file_uploader(key="pairs_uploaded").set_value(("pairs.csv", data, "text/csv")).run()
    assert not app.exception
    if sentence:
        assert any(sentence in text for text in said(app))
        assert "Start" not in can_press(app)
    else:
        assert list(app.dataframe[0].value["target"]) == [target for _, target in GOOD]


PRICES = "\n".join(f"{n},50 Euro;{n}.50 euros" for n in range(12))


def captions(app):
    return " ".join(element.value for element in app.caption)


def sources(app):
    return list(app.dataframe[0].value["source"])


def test_the_page_says_how_a_table_was_read_and_reads_it_otherwise_when_told_to(page):
    app = paste(page, PRICES)
    assert "Columns are separated by semicolons. Commas would divide every line" in captions(app)
    assert "The first line is a pair" in captions(app)
    assert sources(app)[0] == "0,50 Euro"
    app = app.selectbox(key="pairs_separator").set_value("comma").run()
    assert "Columns are separated by commas." in captions(app)
    assert sources(app)[:2] == ["0", "1"]
    app = app.selectbox(key="pairs_header").set_value(True).run()
    assert "The first line names the columns" in captions(app)
    assert sources(app)[0] == "1"
    app.switch_page(PAGES["home"]).run()
    app.switch_page(PAGES["training"]).run()
    assert app.selectbox(key="pairs_separator").value == "comma", "what was said is kept"
    assert sources(app)[0] == "1"
    app = press(app, "Plurals")
    assert app.selectbox(key="pairs_separator").value is None, "of another table nothing was said"
    assert sources(app)[0] == "apple"


def test_of_three_columns_one_chooses_two(page):
    app = paste(page, "\n".join(f"{source}\t{target}\tCC-BY" for source, target in GOOD))
    assert "Start" not in can_press(app)
    app = app.number_input(key="pairs_source").set_value(2).run()
    app = app.number_input(key="pairs_target").set_value(1).run()
    assert not app.error
    assert sources(app) == [target for _, target in GOOD]
    assert "Columns left out: 1." in captions(app)
    assert "Start" in can_press(app)


def test_a_file_in_utf_16_can_be_changed_on_the_page(page):
    data = ("\ufeff" + table(GOOD, "\t")).encode("utf-16-le")
    app = page.file_uploader(key="pairs_uploaded").set_value(("pairs.txt", data, "text/plain")).run()
    assert app.text_area(key="pairs_pasted").value == table(GOOD, "\t")


def test_an_empty_file_takes_no_table_away(page):
    app = paste(page, table(GOOD))
    app.file_uploader(key="pairs_uploaded").set_value(("none.csv", b"", "text/csv")).run()
    assert any("none.csv is empty" in element.value for element in app.warning)
    assert app.text_area(key="pairs_pasted").value == table(GOOD)
    assert "Start" in can_press(app)


def test_it_is_said_which_held_out_pairs_nothing_is_learned_about(page):
    app = paste(page, "\n".join(f"{n},{n}" for n in range(20)))
    app.segmented_control(key="train_tokens").set_value("word").run()
    assert any(element.value.startswith("2 of the held-out pairs") for element in app.warning)
    app.segmented_control(key="train_tokens").set_value("character").run()
    assert not any("held-out pairs" in element.value for element in app.warning)


def test_even_guesses_are_among_the_tables_own_tokens(page):
    app = page.segmented_control(key="train_tokens").set_value("character").run()
    app = paste(app, "\n".join(f"{n},{n}" for n in range(20)))
    assert any("evenly among 13 tokens" in element.value for element in app.markdown), "ten digits and three"
    app = paste(page, "\n".join(f"{n},{'ab'[n % 2]}" for n in range(20)))
    assert any("evenly among 5 tokens has a loss of ln 5 = 1.61" in element.value for element in app.markdown)


@pytest.mark.slow
def test_a_reloaded_page_has_the_table_of_the_run_on_its_charts(page, jobs, open_page):  # noqa: F811
    app = paste(page, table(GOOD))
    press(app, "Step")
    (job,) = jobs.all()
    again = open_page("training", train_task="pairs", run=f"run:{job.name}", **TINY)
    assert not again.exception
    assert list(again.dataframe[0].value["source"]) == [source for source, _ in GOOD]
    assert again.text_area(key="pairs_pasted").value.startswith("source\ttarget")
    cleared = paste(again, "")
    assert cleared.text_area(key="pairs_pasted").value == "", "what is cleared does not come back"


def test_a_run_on_pairs_is_trained_shown_continued_and_used_everywhere(page, jobs):  # noqa: F811
    app = paste(page, table(GOOD))
    press(app, "Step")
    (job,) = jobs.all()
    assert job.wait_until(lambda: (job.state, job.step) == ("paused", 1), SECONDS)
    app.run()
    press(app, "Stop")
    assert job.wait_until(lambda: job.is_over, SECONDS)
    app.run()
    press(app, "Continue")
    again = jobs.get(job.name)
    assert again.wait_until(lambda: again.is_over, SECONDS)
    assert again.state == "finished", again.problem
    app.run()
    assert not app.exception
    assert "step 4 of 4" in progress(app)
    (samples,) = told(app, "live_samples")["state"]["tables"]
    assert len(samples["rows"]) == 2, "the two pairs that are held out"
    press(app, "Use this model on all pages")
    app.switch_page(PAGES["decoding"]).run()
    assert not app.exception
    assert app.session_state["input"] == "cat"
    assert load_checkpoint(job.path / "checkpoint.safetensors").task.pairs[0].target == "cats"


def test_a_table_that_could_not_be_kept_starts_nothing_and_is_refused_once(page, jobs, tmp_path, monkeypatch):  # noqa: F811
    """The table has the largest size allowed, and the file to be written for it is larger."""
    data = table(GOOD).replace("cat", "gnu")  # a new text, of which no reading is cached
    monkeypatch.setattr(limits, "MAX_PAIRS_BYTES", len(data.encode()))
    app = paste(page, data)
    assert not app.exception
    texts = [element.value for element in (*app.error, *app.warning, *app.info, *app.toast)]
    assert sum("would be kept as" in text for text in texts) == 1
    assert not {"Start", "Step"} & set(can_press(app))
    assert jobs.all() == []
    assert not (tmp_path / "runs").exists()


def test_what_is_shown_of_a_run_does_not_depend_on_its_table_while_it_goes_on(page, jobs):  # noqa: F811
    app = paste(page, table(GOOD))
    press(app, "Step")
    (job,) = jobs.all()
    (job.path / "pairs.tsv").write_text("nonsense")
    app.run()
    assert not app.exception
    assert job.task.is_same(shown.named(f"run:{job.name}").task)
