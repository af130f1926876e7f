"""The symptoms of mistakes are exactly 0 in a model without a mistake."""

import numpy as np
import pytest
import torch

from tests.transformer.helpers import make_model, small_config
from transformer.experiments import symptoms
from transformer.tasks import NotShifted, make_batch, task_named

SOURCES = np.array([[7, 5, 3, 12], [9, 4, 0, 0], [4, 11, 6, 0]])
BATCH = make_batch(task_named("sort"), SOURCES)


def model(mistake="none", **values):
    return make_model(small_config(mistake=mistake, **values))


@pytest.mark.parametrize("mistake", ["none", "no_padding_mask"])
def test_with_a_causal_mask_no_answer_can_be_looked_up(mistake):
    assert symptoms.share_looked_up(model(mistake), BATCH) == 0


def test_an_unshifted_model_that_repeats_what_it_reads_looks_everything_up():
    copies = model(num_layers=1, positions="none", embed_dim=15)
    with torch.no_grad():
        for weight in copies.parameters():
            if weight.dim() > 1:
                weight.zero_()
        copies.decoder.embed.weight[:, :13] = torch.eye(13)
        copies.decoder.fc_out.weight[:, :13] = torch.eye(13)
    unshifted = NotShifted(BATCH.src, BATCH.trg)
    assert symptoms.share_looked_up(copies, unshifted) == 1
    assert symptoms.share_looked_up(copies, BATCH) == 0


def test_a_source_turned_round_is_noticed_exactly_if_the_model_reads_where_its_words_stand():
    assert symptoms.change_by_source(model(), BATCH) > 1e-3
    assert symptoms.change_by_source(model(positions="none"), BATCH) < 1e-5
    assert symptoms.change_by_source(model("inverted_mask"), BATCH) == 0


def test_answers_are_counted_with_the_padding_asked_for(monkeypatch):
    seen = []
    monkeypatch.setattr(symptoms, "exact_match", lambda _, batch: seen.append(batch.src) or len(seen) / 4)
    symptoms.exact_match_filled_up(model(), BATCH, 3)
    assert torch.equal(seen[0], torch.nn.functional.pad(BATCH.src, (0, 3)))
    alone = symptoms.exact_match_alone(model(), BATCH)
    assert [tuple(src.shape) for src in seen[1:]] == [(1, 4), (1, 5), (1, 6)]
    assert all((src != 0).all() for src in seen[1:])
    assert alone == pytest.approx((2 + 3 + 4) / 4 / 3)
