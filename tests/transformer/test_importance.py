"""All heads tried in one batch give the same results as each tried alone."""

import pytest
import torch
from hypothesis import given

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer import PAD, Trace
from transformer.decoding.loop import decode
from transformer.experiments import importance as module
from transformer.experiments.edits import edits
from transformer.experiments.importance import all_heads, importance


def alone(model, src, answer, change):
    """The answer's probability with one head off."""
    with torch.inference_mode():
        logits = model(src, answer[:, :-1], trace=Trace(edits([change], model.config)))
    return logits.log_softmax(-1).gather(-1, answer[:, 1:, None]).sum().exp().item()


@given(configs(), seeds, digits, digits)
def test_heads_tried_together_are_as_if_tried_alone(config, seed, source, target):
    model, src, answer = make_model(config, seed), padded([source]), padded([target])
    found = importance(model, src, answer)
    assert found.probability.shape == (3, config.num_layers, config.heads)
    for change, probability in zip(all_heads(config), found.probability.flatten().tolist(), strict=True):
        assert probability == pytest.approx(alone(model, src, answer, change), rel=1e-3, abs=1e-12)


@given(configs(num_layers=1), seeds, digits)
def test_an_answer_is_still_written_where_decoding_writes_it(config, seed, source):
    model, src = make_model(config, seed), padded([source])
    with torch.no_grad():
        model.decoder.fc_out.bias[PAD] = -100.0  # a PAD that is fed would be masked; written, it is a word
    own = list(decode(model, src, max_new_tokens=6))[-1].tokens
    found = importance(model, src, own)
    for change, still in zip(all_heads(config), found.still_written.flatten().tolist(), strict=True):
        limit = own.size(1) - 1
        *_, last = decode(model, src, max_new_tokens=limit, edits=edits([change], config))
        assert still == torch.equal(last.tokens, own)


def test_the_size_of_a_batch_changes_nothing(monkeypatch):
    model, src = make_model(small_config()), padded([[3, 5, 4]])
    whole = importance(model, src, src)
    monkeypatch.setattr(module, "AT_ONCE", 4)
    in_parts = importance(model, src, src)
    torch.testing.assert_close(whole.probability, in_parts.probability, rtol=1e-4, atol=0)
