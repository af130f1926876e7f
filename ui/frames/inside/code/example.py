"""A pass for the files here to run on: two sentences through the shipped model that sorts."""

from typing import cast

import torch

from transformer import Trace, shipped_checkpoint
from transformer.model.transformer import TransformerBlock
from transformer.tasks import pad_batch

checkpoint = shipped_checkpoint("sort")
model, task = checkpoint.model, checkpoint.task
block = cast(TransformerBlock, model.encoder.layers[0])
src = pad_batch([task.encode("5 3 9 1 1"), task.encode("7 2 8")])
trg = pad_batch([task.answer(row) or [] for row in src.tolist()])
trg_input, trg_target = trg[:, :-1], trg[:, 1:]
trace = Trace()
with torch.no_grad():
    model(src, trg_input, trace=trace)
