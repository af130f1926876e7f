"""Snapshots hold what the pass computed, do not affect training, and are few and complete."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from transformer import InputError, Trace, shipped_checkpoint
from transformer.learning.checkpoint import SHIPPED
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.snapshots import (
    ATTENTIONS,
    Snapshots,
    probe,
    similarity,
    superfluous,
    take_snapshot,
)
from transformer.learning.steps import TrainConfig, Training, train
from transformer.tasks import held_out_batch

from .helpers import configs, make_model, small_config

QUICK = TrainConfig(steps=6, batch_size=8, evaluation_size=16, warmup_steps=2, evaluate_every=2)


def a_training(**values):
    return Training(small_config(**values), QUICK)


@given(config=configs(src_vocab_size=13, trg_vocab_size=13, max_len=40))
def test_the_weights_are_those_of_the_pass_and_each_row_shares_out_one(config):
    model, batch = make_model(config), probe(Training(small_config(), QUICK).held_out())
    snapshot, trace = take_snapshot(model, batch, step=7), Trace()
    with torch.inference_mode():
        logits = model(batch.src, batch.trg_input, trace=trace)
    assert snapshot.step == 7
    for name in ATTENTIONS:
        side, kind = name.split(".")
        places = [f"{side}.{layer}.{kind}_attention.weights" for layer in range(config.num_layers)]
        assert np.array_equal(snapshot.weights[name], torch.cat([trace[place] for place in places]))
        assert np.allclose(snapshot.weights[name].sum(axis=-1), 1, atol=1e-6)
        assert not snapshot.weights[name][~snapshot.masks[name]].any()
    assert np.array_equal(snapshot.predicted, logits[0].argmax(dim=-1))
    right = torch.log(torch.from_numpy(snapshot.probability)).mean()
    expected = torch.nn.functional.cross_entropy(logits[0], batch.trg_target[0])
    assert right.item() == pytest.approx(-expected.item(), abs=1e-4)


def test_the_probe_is_a_held_out_sample_without_padding():
    training = a_training()
    batch = probe(training.held_out())
    assert batch.src.shape[0] == batch.trg.shape[0] == 1
    assert (batch.src != 0).all()
    assert training.task.answer(batch.src[0].tolist()) == batch.trg[0].tolist()


def test_a_target_that_is_not_shifted_is_shown_as_the_decoder_read_it():
    training = Training(small_config(), replace(QUICK, shift_target=False))
    snapshot = take_snapshot(training.model, probe(training.held_out()))
    assert snapshot.given.tolist() == snapshot.target[1:].tolist()


@given(rows=st.integers(1, 8), width=st.integers(1, 5), seed=st.integers(0, 999))
def test_similarity_is_a_cosine_and_zero_where_there_is_no_direction(rows, width, seed):
    table = torch.randn(rows, width, generator=torch.Generator().manual_seed(seed))
    table[0] = 0
    cosines = similarity(table)
    assert not cosines[0].any()
    peer = torch.nn.functional.cosine_similarity(table[:, None], table[None], dim=-1)
    torch.testing.assert_close(cosines, peer, atol=1e-5, rtol=0)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_a_training_with_snapshots_has_the_losses_of_one_without(tmp_path, dropout):
    def losses(snapshots):
        training, found = a_training(dropout=dropout), []
        for record in train(training):
            found.append((record.loss, record.grad_norm, record.evaluation))
            if snapshots:
                before = torch.get_rng_state()
                assert snapshots.take(training)
                assert torch.equal(torch.get_rng_state(), before)
        return found

    assert losses(Snapshots(tmp_path)) == losses(None)


@given(count=st.integers(0, 200), every=st.sampled_from([1, 25, 1000]), most=st.integers(2, 12))
def test_few_are_kept_whenever_one_looks_and_never_without_the_ends(count, every, most):
    kept = []
    for step in range(0, count * every, every):
        kept.append(step)
        dropped = superfluous(kept, most)
        assert set(dropped) < set(kept)
        kept = [step for step in kept if step not in dropped]
        assert len(kept) <= most
        assert (kept[0], kept[-1]) == (0, step)


def test_those_kept_of_a_long_run_leave_no_large_hole():
    kept = []
    for step in range(0, 20_001, 25):
        kept.append(step)
        kept = [step for step in kept if step not in superfluous(kept)]
    roots = [math.sqrt(step) for step in kept]
    assert len(kept) == 48
    assert max(b - a for a, b in pairwise(roots)) < 3 * math.sqrt(20_000) / 48
    assert kept[1] <= 50


def steps_of(run):
    return Snapshots(run.path).steps()


def test_what_is_read_is_what_was_taken(tmp_path):
    training = a_training()
    snapshots = Snapshots(tmp_path)
    assert snapshots.take(training)
    assert not snapshots.take(training), "the same step is not looked at twice"
    taken = take_snapshot(
        training.model,
        probe(training.held_out()),
        0,
        snapshots.read(0).similarity["encoder.position"].shape[0],
    )
    read = snapshots.read(0)
    for group in ("weights", "masks", "similarity"):
        ours, theirs = getattr(taken, group), getattr(read, group)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert np.array_equal(taken.probability, read.probability)
    assert [path.name for path in snapshots.folder.iterdir()] == ["00000000.npz"], (
        "no half-written file stays"
    )


def test_a_resumed_run_goes_on_with_its_snapshots(tmp_path):
    run = Run.create(tmp_path, "run", small_config(), QUICK)
    for part in (4, 6):  # the first time it is killed at step 4, its checkpoint being that of step 3
        training, metrics = run.resume(), MetricsWriter(run)
        snapshots = Snapshots(run.path)
        if training.step == 0:
            snapshots.take(training)
        for record in train(training):
            metrics.write(record)
            if record.evaluation:
                snapshots.take(training)
            if record.step == 3:
                run.save(training)
            if record.step == part:
                break
        metrics.close()
    assert steps_of(run) == [0, 2, 4, 6]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", "half", "flipped", "another"])
def test_a_damaged_file_is_refused_in_words_and_the_others_are_read(tmp_path, damage):
    training, snapshots = a_training(), Snapshots(tmp_path)
    snapshots.take(training)
    training.take_step()
    snapshots.take(training)
    whole = snapshots.path(0).read_bytes()
    if damage == "half":
        damage = whole[: len(whole) // 2]
    elif damage == "flipped":
        middle = len(whole) // 3
        damage = (
            whole[:middle] + bytes(255 - byte for byte in whole[middle : middle + 40]) + whole[middle + 40 :]
        )
    elif damage == "another":
        np.savez(tmp_path / "other.npz", source=np.zeros(3))
        damage = (tmp_path / "other.npz").read_bytes()
    snapshots.path(0).write_bytes(damage)
    with pytest.raises(InputError, match="snapshot of step 0 is damaged"):
        snapshots.read(0)
    assert snapshots.read(1).step == 1
    (snapshots.folder / "notes.npz").write_bytes(b"something else")
    assert snapshots.steps() == [0, 1]


def test_a_disk_that_refuses_does_not_end_the_training(tmp_path):
    Snapshots(tmp_path).folder.write_text("a file where the folder should be")
    assert not Snapshots(tmp_path).take(a_training())


def test_the_last_snapshot_of_a_shipped_training_is_of_the_shipped_model():
    """Weights, recorded steps and snapshots of a shipped model are of one training."""
    checkpoint = shipped_checkpoint("sort")
    snapshots = Snapshots(SHIPPED / "sort")
    steps = snapshots.steps()
    measured = [line["step"] for line in Run.find(SHIPPED / "sort").metrics() if line["evaluation"]]
    assert steps == [0, *measured]
    held_out = held_out_batch(checkpoint.task, TrainConfig().evaluation_size)
    now, recorded = take_snapshot(checkpoint.model, probe(held_out)), snapshots.read(steps[-1])
    assert (now.predicted == recorded.predicted).all()
    for name in ATTENTIONS:
        assert now.weights[name] == pytest.approx(recorded.weights[name], abs=1e-4)
