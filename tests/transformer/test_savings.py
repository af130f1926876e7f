import torch
from hypothesis import given

from tests.transformer.helpers import configs, digits, make_model, padded, seeds, small_config
from transformer.decoding.loop import decode
from transformer.experiments.savings import time_both_ways, work_of_both_ways
from transformer.model.trace import Trace

LIMIT = 5


@given(configs(), seeds, digits)
def test_the_cache_holds_the_keys_and_values_of_a_pass_over_all_tokens(config, seed, source):
    model, src = make_model(config, seed), padded([source])
    before = None
    for number, work in enumerate(work_of_both_ways(model, src, LIMIT)):
        assert work.rows == (1, number + 1)
        assert work.tokens.size(1) == number + 1
        trace = Trace()
        with torch.no_grad():
            model(src, work.tokens, trace=trace)
        for layer in range(config.num_layers):
            place = f"decoder.{layer}.self_attention"
            torch.testing.assert_close(work.keys[layer], trace[f"{place}.key"][0], atol=1e-5, rtol=0)
            torch.testing.assert_close(work.values[layer], trace[f"{place}.value"][0], atol=1e-5, rtol=0)
        if before is not None:
            assert torch.equal(work.keys[:, :, :-1], before.keys), "what is kept does not change"
        before = work


@given(configs(), seeds, digits)
def test_what_is_counted_are_the_products_of_the_decoder(config, seed, source):
    model, src = make_model(config, seed), padded([source])
    D, S, layers, V = config.embed_dim, src.size(1), config.num_layers, config.trg_vocab_size
    inner = config.feed_forward_dim
    for number, work in enumerate(work_of_both_ways(model, src, LIMIT)):
        L = number + 1
        cached = layers * (6 * D * D + 2 * L * D + 2 * S * D + 2 * D * inner) + D * V
        once = layers * 2 * S * D * D  # keys and values of the source
        anew = layers * (L * (6 * D * D + 2 * L * D + 2 * S * D + 2 * D * inner) + 2 * S * D * D) + L * D * V
        assert work.products == (cached + (once if number == 0 else 0), anew)


def test_both_ways_write_what_decoding_writes():
    model, src = make_model(small_config()), padded([[3, 4, 5]])
    *_, last = decode(model, src, max_new_tokens=LIMIT)
    for written, work in zip(last.tokens[0, 1:].tolist(), work_of_both_ways(model, src, LIMIT), strict=False):
        assert work.newest == work.again == written
    costs = list(time_both_ways(model, src, LIMIT))
    assert [cost.step for cost in costs] == list(range(LIMIT))
    assert [cost.tokens[0] for cost in costs][: last.step + 1] == last.tokens[0, 1:].tolist()
    assert all(cost.tokens[0] == cost.tokens[1] and min(cost.seconds) > 0 for cost in costs)
