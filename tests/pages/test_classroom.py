"""In classroom mode no address of any page leads to runs or models of another browser."""

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.messages import ROOT
from tests.pages.conftest import PAGES
from transformer import TransformerConfig, build_model, save_checkpoint
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.folder import CHECKPOINT, METRICS, write_about
from transformer.learning.runs import Run
from transformer.learning.steps import TrainConfig
from transformer.tasks import read_pairs
from ui import models, ownership
from ui.ownership import OWNER, about_mine

SECRET = "sesame"
"""A word that is in everything of the other browser's run: title, pairs, recorded samples."""

MINE, OTHER = "m" * 43, "o" * 43


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[[str], None]:
    monkeypatch.setattr(models, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(ownership, "CLASSROOM", True)
    return lambda token: monkeypatch.setattr(ownership, "_token", lambda: token)


@pytest.fixture
def secret_run(become) -> str:
    """A finished run of another browser on its own pairs; returns the run's name."""
    become(OTHER)
    task = read_pairs("\n".join(f"{SECRET}{n} {n}\t{SECRET}" for n in range(10)), "word")
    config = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary), trg_vocab_size=len(task.trg_vocabulary),
        embed_dim=8, heads=2, num_layers=1, feed_forward_dim=16,
    )  # fmt: skip
    about = {**about_mine(), models.TITLE: SECRET}
    training = TrainConfig(task="pairs", tokens="word", steps=2)
    run = Run.create(models.RUNS, "run-20260101-000000", config, training, task=task, about=about)
    save_checkpoint(run.path / CHECKPOINT, build_model(config), task, {"step": 2})
    (run.path / METRICS).write_text(json.dumps({"step": 1, "loss": 1.0, "learning_rate": 0.1}) + "\n")
    return run.name


def everything(app: AppTest) -> str:
    """All that the page sends to its browser."""
    return "\n".join(str(getattr(element, "proto", "")) for element in app._tree)


def visit(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page(PAGES[page])
    for name, text in query.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    assert app.title
    return app


def ways_to(name: str) -> list[str]:
    """Texts by which an address might try to reach a run."""
    return [
        f"run:{name}",
        f"run:./{name}",
        f"run:../runs/{name}",
        f"run:{name}/",
        f"run:{name}\0",
        f"run:{models.RUNS / name}",
        f"../../runs/{name}",
        f"positions:../../runs-{name}",
        str(models.RUNS / name),
    ]


WAYS = range(len(ways_to("x")))


@pytest.mark.parametrize("page", PAGES)
def test_no_page_works_on_the_model_of_another(become, secret_run, page):
    become(MINE)
    app = visit(page, model=f"run:{secret_run}")
    assert SECRET not in everything(app)


@pytest.mark.parametrize("way", WAYS)
def test_no_address_shows_the_run_of_another(become, secret_run, way):
    become(MINE)
    target = ways_to(secret_run)[way]
    for page, query in [
        ("training", {"run": target, "model": target, "train_table": "1", "train_compare": target}),
        ("encoding", {"pe_section": "kinds", "pe_models": f"{target},sort"}),
        ("decoding", {"model": target}),
    ]:
        assert SECRET not in everything(visit(page, **query)), page


def test_its_owner_sees_it(become, secret_run):
    become(OTHER)
    for page, query in [
        ("training", {"run": f"run:{secret_run}"}),
        ("decoding", {"model": f"run:{secret_run}"}),
    ]:
        assert SECRET in everything(visit(page, **query)), page


@pytest.mark.parametrize("owner", ["", "0" * 64, None, MINE, ["x"], {"x": 1}, "../x", "*"])
def test_a_forged_mark_makes_nobody_an_owner(become, secret_run, owner):
    write_about(models.RUNS / secret_run, {OWNER: owner})
    for token in (MINE, OTHER, "", "*"):
        become(token)
        assert not ownership.may_see(models.RUNS / secret_run)


def test_a_title_of_anothers_is_free_to_take_and_tells_nothing(become, secret_run):
    become(MINE)
    folder = models.RUNS / "run-20260101-000001"
    folder.mkdir()
    write_about(folder, {**about_mine(), models.TITLE: SECRET})
    (folder / CHECKPOINT).write_bytes((SHIPPED / "copy" / CHECKPOINT).read_bytes())
    assert models.names()[-1] == f"run:{folder.name}"
    assert f"run:{secret_run}" not in models.names()


def test_a_link_in_the_folder_of_runs_is_nobodys(become, secret_run):
    become(MINE)
    link = models.RUNS / "run-link"
    link.symlink_to(models.RUNS / secret_run)
    assert not ownership.may_see(link)
    assert SECRET not in everything(visit("training", run="run:run-link", train_table="1"))
