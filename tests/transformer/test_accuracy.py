"""Many answers at once: judged as the task judges them, for inputs drawn from a seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import make_model, small_config
from transformer import EOS, PAD, SOS, TASKS, save_checkpoint, shipped_checkpoint
from transformer.experiments.accuracy import (
    Answer,
    answer_all,
    longer_digits,
    random_sources,
    score,
    score_by_length,
)
from transformer.learning.folder import CHECKPOINT
from transformer.learning.steps import TrainConfig, Training, exact_match
from transformer.measure import main as measure
from transformer.tasks import PAIRS, held_out_mixture, is_held_out, make_batch, read_pairs

SORT = TASKS["sort"]


def made(expected, written):
    return Answer((3, 4), tuple(expected), tuple(written), held_out=False)


@pytest.mark.parametrize(
    ("expected", "written", "first_wrong", "right_tokens"),
    [
        ([3, 4, EOS], [3, 4, EOS], None, 3),
        ([3, 4, EOS], [4, 4, EOS], 0, 2),
        ([3, 4, EOS], [3, EOS], 1, 1),
        ([3, 4, EOS], [3, 4, 4], 2, 2),
        ([3, 4, EOS], [3, 4, 5, 6, EOS], 2, 2),
    ],
)
def test_the_first_wrong_step(expected, written, first_wrong, right_tokens):
    answer = made(expected, written)
    assert answer.first_wrong == first_wrong
    assert answer.is_right == (first_wrong is None)
    assert answer.right_tokens == right_tokens


def test_scores_count_answers_and_tokens():
    answers = [made([3, EOS], [3, EOS]), made([3, 4, 5, EOS], [3, 5, 5, EOS])]
    assert score(answers).exact_match == 0.5
    assert score(answers).token_accuracy == pytest.approx(5 / 6)


@given(st.sampled_from(sorted(TASKS)), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_same_seed_draws_the_same_sources(name, count, seed):
    sources = random_sources(TASKS[name], count, seed)
    assert len(sources) == count
    assert np.array_equal(sources, random_sources(TASKS[name], count, seed))
    assert ((sources != PAD).sum(axis=1) >= 1).all()


@given(st.integers(0, 1000), st.integers(17, 30))
def test_longer_digits_are_longer_than_training_shows(seed, longest):
    lengths = (longer_digits(SORT, 20, seed, longest) != PAD).sum(axis=1)
    assert lengths.min() > SORT.max_length
    assert lengths.max() <= longest


@given(st.integers(0, 200), st.integers(0, 3))
def test_answers_are_judged_as_the_task_judges_them(seed, model_seed):
    model = make_model(small_config(), model_seed)
    sources = random_sources(SORT, 6, seed)
    answers = answer_all(model, SORT, sources)
    for source, answer in zip(sources, answers, strict=True):
        wrapped = [SOS, *answer.source, EOS]
        assert [SOS, *answer.expected] == SORT.answer(wrapped)
        assert answer.is_right == SORT.is_right(wrapped, [SOS, *answer.written])
        assert answer.held_out == bool(is_held_out(source[None])[0])


def test_the_share_of_right_answers_is_what_training_measures():
    checkpoint = shipped_checkpoint("sort")
    sources = longer_digits(SORT, 40, 0, 20)
    answers = answer_all(checkpoint.model, SORT, sources)
    measured = score(answers).exact_match
    assert 0 < measured < 1
    assert measured == pytest.approx(exact_match(checkpoint.model, make_batch(SORT, sources)))
    assert all(answer.held_out for answer in answers)
    by_length = score_by_length(answers)
    assert list(by_length) == sorted(by_length)
    assert sum(part.answers for part in by_length.values()) == 40
    weighted = sum(part.answers * part.exact_match for part in by_length.values()) / 40
    assert weighted == pytest.approx(measured)


@pytest.fixture(scope="module")
def own_pairs():
    """A small training on a table, a few steps in."""
    lines = "".join(f"{number},{2 * number}\n" for number in range(10, 90))
    task = read_pairs("source,target\n" + lines, "character")
    model = small_config(src_vocab_size=len(task.src_vocabulary), trg_vocab_size=len(task.trg_vocabulary))
    training = Training(
        model, TrainConfig(task=PAIRS, tokens="character", batch_size=64, warmup_steps=0), task=task
    )
    for _ in range(60):
        training.take_step()
    return training


def test_on_held_out_pairs_the_share_is_what_training_measures(own_pairs):
    measured = score(answer_all(own_pairs.model, own_pairs.task, held_out_mixture(own_pairs.task, 256)))
    assert measured.answers == own_pairs.task.held_out.sum() == 8, "all of them, each once"
    assert measured.exact_match == own_pairs.evaluate().exact_match
    assert measured.token_accuracy > 0


def test_the_program_says_what_it_was_measured_on(own_pairs, tmp_path, capsys):
    save_checkpoint(tmp_path / CHECKPOINT, own_pairs.model, own_pairs.task)
    assert measure([str(tmp_path), "--held-out"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    share = own_pairs.evaluate().exact_match
    assert line.split()[:5] == ["held", "out", f"{share:.2%}", "of", "8"]
    assert measure([str(tmp_path), "--inputs=50"]) == 0
    names = [line[:22].strip() for line in capsys.readouterr().out.splitlines()]
    assert names == ["held out", "drawn from all", "of these trained on"]
    assert measure([str(tmp_path / "nothing")]) == 2
    assert "nothing" in capsys.readouterr().err
