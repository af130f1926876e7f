"""Models of every task on every page: their own examples, and messages for inputs that they cannot read."""

import re

import pytest

from tests.pages.conftest import PAGES, model_choice
from transformer import TASKS, TransformerConfig
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig, Training
from transformer.tasks import PAIRS, read_pairs

FIELDS = {
    "home": "try",
    "inside": "sentences",
    "broadcasting": "inputs",
    "laboratory": "lab_inputs",
    "encoding": "tokens",
    "decoding": "input",
}
CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)")
"""Markdown's code spans, in which nothing is formatted."""

ANIMALS = ["cat", "dog", "pig", "cow", "hen", "ant", "bee", "owl", "fox", "eel"]


@pytest.fixture
def pairs_model(tmp_path):
    """A run on pairs in the runs folder of `open_page`; one of its pairs contains Markdown and HTML."""
    rows = [*((f"the {name}", f"`{name}`s") for name in ANIMALS), ("**:red[x]** $y$", "<b>z</b>")]
    task = read_pairs("\n".join("\t".join(row) for row in rows), "word")
    model = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary), trg_vocab_size=len(task.trg_vocabulary),
        embed_dim=8, num_layers=1, heads=2, feed_forward_dim=16,
    )  # fmt: skip
    config = TrainConfig(task=PAIRS, steps=3, batch_size=8, warmup_steps=0)
    training = Training(model, config, task=task)
    training.take_step()
    Run.create(tmp_path / "runs", "mine", model, config, task=task).save(training)
    return "run:mine"


def open_with(open_page, page, model, **query):
    section = {"broadcasting": {"from": "model"}, "encoding": {"pe_section": "hand"}}
    return open_page(page, model=model, **section.get(page, {}), **query)


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("task", ["words", "dates"])
def test_a_page_shows_the_current_models_own_examples(open_page, page, task):
    app = open_with(open_page, page, task)
    assert not app.exception
    assert not app.warning
    assert not app.info
    assert app.session_state[FIELDS[page]].split("\n") == [
        *TASKS[task].examples[: app.session_state[FIELDS[page]].count("\n") + 1]
    ]


@pytest.mark.parametrize("page", FIELDS)
def test_examples_change_with_the_model_and_what_was_typed_stays(open_page, page, pairs_model):
    app = open_with(open_page, page, "sort")
    field = FIELDS[page]
    digits = app.session_state[field]
    for model, start in ((pairs_model, "the cat"), ("dates", "Nov 20, 2026"), ("sort", "5 3 9 1 1")):
        model_choice(app).set_value(model).run()
        assert not app.exception
        assert not app.warning
        assert app.session_state[field].startswith(start)
    assert app.session_state[field] == digits
    kind = app.text_input if page in ("home", "encoding") else app.text_area
    kind(key=field).set_value("9 8 7").run()
    model_choice(app).set_value("reverse").run()
    assert app.session_state[field] == "9 8 7"


@pytest.mark.parametrize("page", FIELDS)
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("model", "text"), [("words", "three **three**"), ("words", "three three"), ("dates", "31/2/2000")]
)
def test_what_a_model_cannot_read_is_answered_by_a_sentence(open_page, page, lang, model, text):
    app = open_with(open_page, page, model, lang=lang, **{FIELDS[page]: text})
    assert not app.exception
    assert app.warning
    assert "**three**" not in app.warning[0].value, "what is typed is no Markdown"


@pytest.mark.parametrize("page", ["broadcasting", "laboratory", "decoding", "home"])
def test_a_source_that_is_not_in_the_table_has_no_right_answer_and_that_is_said(open_page, page, pairs_model):
    app = open_with(open_page, page, pairs_model, **{FIELDS[page]: "cat the the"})
    assert not app.exception
    assert not app.warning
    if page == "decoding":  # said at the last step, and in the box of all answers
        app.session_state["decoding_answers"] = True
        app.run()
    said = [one.value for one in (*app.info, *app.text)]
    assert page == "home" or any("No right answer is known" in text for text in said)
    assert not app.success
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_words_of_a_table_are_text_on_every_page(open_page, page, pairs_model):
    query = {FIELDS[page]: "**:red[x]** $y$"} if page in FIELDS else {"run": pairs_model}
    app = open_with(open_page, page, pairs_model, **query)
    assert not app.exception
    for element in [*app.markdown, *app.info, *app.success, *app.warning, *app.error]:
        formatted = CODE.sub("", element.value)
        assert "**:red[x]**" not in formatted
        assert "<b>z" not in formatted


def test_random_input_is_of_the_models_task(open_page, pairs_model):
    for model in ("words", "dates", pairs_model):
        app = open_page("decoding", model=model)
        for _ in range(3):
            next(button for button in app.button if button.label == "Random input").click().run()
            assert not app.exception
            assert not app.warning
            assert not app.info, "random input is one that has a right answer"
