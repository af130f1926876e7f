"""The walk's frames show what the forward pass computed."""

import itertools

import numpy as np
import pytest
import torch

from transformer import EOS, PAD, shipped_checkpoint
from transformer.decoding.sampling import Sampling
from transformer.tasks import pad_batch
from ui.frames import attention_heads, decoding
from ui.frames.candidates import SHOWN, columns


@pytest.fixture(scope="module")
def sort():
    return shipped_checkpoint("sort")


def sources(checkpoint, *texts):
    return pad_batch([checkpoint.task.encode(text) for text in texts])


@pytest.fixture(scope="module")
def walk(sort):
    return decoding.walk(sort, sources(sort, "5 3 9 1 1", "7 2"))


def test_a_batch_shows_padding_and_every_sequence(walk):
    frames = decoding.frames(walk, 1, ["encoder.self"])
    strips = dict(frames[-1].tokens)
    assert [token.text for token in strips["source"]] == ["SOS", "7", "2", "EOS", "PAD", "PAD", "PAD"]
    assert [token.text for token in strips["sequence 0"]] == ["SOS", "1", "1", "3", "5", "9", "EOS"]
    assert [token.text for token in strips["▸ sequence 1"]] == ["SOS", "2", "7", "EOS", "PAD", "PAD", "PAD"]
    heads = frames[-1].tensors[0]
    assert heads.values.shape == (3, 4, 7, 7)
    assert np.broadcast_to(heads.masked, heads.values.shape)[..., 4:].all()
    assert not np.broadcast_to(heads.masked, heads.values.shape)[..., :4].any()


def test_what_a_sequence_shows_does_not_depend_on_the_batch(sort, walk):
    alone = decoding.walk(sort, sources(sort, "7 2"))
    for single, batched in zip(
        decoding.frames(alone, 0, ["decoder.cross"]),
        decoding.frames(walk, 1, ["decoder.cross"]),
        strict=False,
    ):
        ours, theirs = single.tensors[0], batched.tensors[0]
        assert np.allclose(ours.values, theirs.values[..., :4], atol=1e-5)
        assert np.allclose(ours.panel_notes[1], theirs.panel_notes[1], atol=1e-4)
        assert next(bar.label for bar in single.bars[0][1]) == next(bar.label for bar in batched.bars[0][1])


def test_the_rows_of_earlier_queries_stay_as_they_were(walk):
    frames = decoding.frames(walk, 0, attention_heads.ATTENTIONS)
    for earlier, later in itertools.pairwise(frames):
        before, after = earlier.tensors[2].values, later.tensors[2].values
        assert np.allclose(before, after[..., : before.shape[2], :], atol=1e-5)


def test_the_source_is_coloured_by_the_cross_attention_of_the_query_that_wrote_the_token(walk):
    step = walk.steps[3]
    frame = decoding.frames(walk, 0, ["encoder.self"])[3]
    weights = step.trace["decoder.2.cross_attention.weights"][0]  # [H, L, S]
    average, heads = frame.link.weights
    assert frame.link.panel == (2, 0)
    assert np.allclose(average.values[2, 0], weights.mean(dim=0))
    assert np.allclose(heads.values[2], weights)
    assert frame.tokens[frame.link.pointed][0] == "and writes"
    assert len(frame.tokens[frame.link.pointed][1]) == weights.size(1)


def test_all_columns_of_candidates_have_the_same_tokens_and_the_cut_ones_have_no_share(sort):
    sampling = Sampling(temperature=2.0, top_k=3, seed=1)
    walk = decoding.walk(sort, sources(sort, "5 3 9"), sampling)
    for step in walk.steps:
        logits, scaled, cut, shares = columns(sort.task.trg_vocabulary, step, 0, sampling)
        names = [[bar.label for bar in bars] for _, bars in (logits, scaled, cut, shares)]
        assert all(one == names[0] for one in names)
        for before, after in zip(logits[1], scaled[1], strict=True):
            assert after.value == pytest.approx(before.value / 2, rel=1e-5)
        assert [bar.kind == "cut" for bar in cut[1]] == [False] * 3 + [True] * (SHOWN - 3)
        assert sum(bar.value for bar in shares[1] if bar.kind != "cut") == pytest.approx(1, abs=1e-5)
        chosen = [bar.label for bar in shares[1] if bar.kind == "chosen"]
        assert chosen == [sort.task.trg_vocabulary.label(int(step.tokens[0, -1]))]


def test_a_drawn_token_is_shown_even_if_it_is_not_among_the_best(sort):
    for seed in range(40):
        sampling = Sampling(temperature=50.0, seed=seed)
        walk = decoding.walk(sort, sources(sort, "5 3 9"), sampling)
        for step in walk.steps:
            bars = columns(sort.task.trg_vocabulary, step, 0, sampling)[0][1]
            assert [bar.kind for bar in bars].count("chosen") == 1
            if step.logits[0].argsort(descending=True).tolist().index(int(step.tokens[0, -1])) >= SHOWN:
                return
    raise AssertionError("no token beyond the best was drawn")


def test_after_its_end_a_sequence_chooses_nothing(walk):
    last = walk.steps[-1]
    assert int(last.tokens[1, -1]) == PAD
    for _, bars in columns(walk.checkpoint.task.trg_vocabulary, last, 1, None):
        assert all(bar.kind == "plain" for bar in bars)


def answered(walk, row, tokens, answer):
    """The walk as if `tokens` had been written and `answer` were right."""
    step = walk.steps[-1]
    padded = torch.full_like(step.tokens, PAD)
    padded[row, : len(tokens)] = torch.tensor(tokens)
    steps = (*walk.steps[:-1], type(step)(step.step, padded, step.logits, step.probabilities, step.finished))
    answers = tuple(answer if at == row else one for at, one in enumerate(walk.answers))
    return decoding.Walk(walk.checkpoint, walk.src, None, walk.max_new_tokens, answers, steps)


@pytest.mark.parametrize(
    ("written", "answer", "wrong"),
    [
        ([1, 5, 6, EOS], [1, 5, 6, EOS], None),
        ([1, 5, 7, EOS], [1, 5, 6, EOS], 1),
        ([1, 5, EOS], [1, 5, 6, EOS], 1),
        ([1, 5, 6, 6, EOS], [1, 5, 6, EOS], 2),
        ([1, 5, 6, EOS], None, None),
    ],
)
def test_the_first_wrong_step(walk, written, answer, wrong):
    assert answered(walk, 0, written, answer).first_wrong(0) == wrong


def test_the_first_wrong_token_is_marked_and_says_what_was_expected(walk):
    altered = answered(walk, 0, [1, 5, 7, 9, EOS], [1, 5, 6, 9, EOS])
    tokens = [1, 5, 7, 9, EOS]
    judged = [decoding._judged(altered, 0, tokens, step) for step in range(4)]
    assert [token.kind for token in judged] == ["plain", "wrong", "plain", "special"]
    assert judged[1].note == "expected 3"
