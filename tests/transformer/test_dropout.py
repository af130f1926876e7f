import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.transformer.helpers import seeds
from transformer.model.dropout import Dropout, dropout


@given(st.floats(0.01, 0.99), seeds)
def test_the_share_is_dropped_and_the_rest_makes_good_for_it(p, seed):
    torch.manual_seed(seed)
    y = dropout(torch.ones(40_000), p, training=True)
    kept = y[y != 0]
    assert 1 - len(kept) / len(y) == pytest.approx(p, abs=0.015)
    torch.testing.assert_close(kept, torch.full_like(kept, 1 / (1 - p)), rtol=1e-3, atol=0)


def test_neighbours_and_rows_are_dropped_independently():
    torch.manual_seed(0)
    dropped = (dropout(torch.ones(1000, 64), 0.3, training=True) == 0).float()
    together = dropped.T @ dropped / 1000 - 0.09
    together.fill_diagonal_(0)
    assert together.abs().max() < 0.07
    assert dropped.mean(dim=0).sub(0.3).abs().max() < 0.07


@pytest.mark.parametrize("shape", [(), (1,), (3,), (5, 7), (2, 3, 4, 5), (0, 4)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16])
def test_shape_and_kind_stay(shape, dtype):
    y = dropout(torch.ones(shape, dtype=dtype), 0.5, training=True)
    assert (y.shape, y.dtype) == (shape, dtype)
    assert set(y.flatten().tolist()) <= {0.0, 2.0}


def test_the_gradient_flows_where_numbers_were_kept():
    x = torch.randn(200, dtype=torch.float64, requires_grad=True)
    y = dropout(x, 0.25, training=True)
    y.sum().backward()
    torch.testing.assert_close(x.grad * x, y)
    assert set(x.grad.tolist()) == {0.0, 1 / 0.75}


def test_the_seed_decides_what_is_dropped():
    x, drawn = torch.ones(100), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(dropout(x, 0.5, training=True))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[2], dropout(x, 0.5, training=True))


def test_nothing_is_dropped_or_drawn_outside_training_or_at_zero():
    x, state = torch.randn(10), torch.get_rng_state()
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0, training=True) is x
    assert Dropout(0.5).eval()(x) is x
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(Dropout(0.5).train()(x), x)
