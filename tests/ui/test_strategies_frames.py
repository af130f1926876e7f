"""The answers of all strategies below the right one."""

import torch

from transformer import Beam, Sampling, shipped_checkpoint
from ui.frames.strategies import compare, frame


def test_the_whole_right_answer_is_shown_where_every_strategy_stops_early():
    checkpoint = shipped_checkpoint("sort")
    src = torch.tensor([checkpoint.task.encode("9 8 7 6 5 4 3 2 1 0 " * 2)])
    compared = compare(checkpoint, src, Sampling(), Beam())
    assert max(len(answer.tokens) for answer in compared.answers) < 21
    right = dict(frame(compared).tokens)["right answer"]
    assert [token.text for token in right] == [*(digit for digit in "0123456789" for _ in range(2)), "EOS"]
