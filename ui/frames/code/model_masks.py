from transformer import shipped_checkpoint
from transformer.tasks import pad_batch

checkpoint = shipped_checkpoint("sort")
sources = pad_batch([checkpoint.task.encode("5 3 9 1 1"), checkpoint.task.encode("7 2 8")])
answers = pad_batch([checkpoint.task.answer(row) or [] for row in sources.tolist()])

# %% pass
import torch

from transformer import Trace

src = sources
trg_input = answers[:, :-1]
place = "encoder.0.self_attention"
trace = Trace()
with torch.inference_mode():
    checkpoint.model(src, trg_input, trace=trace)
energy = trace[f"{place}.energy"]

# %% mask
mask = trace[f"{place}.mask"]

# %% filled
masked_energy = energy.masked_fill(~mask, float("-inf"))

# %% same as in the pass
recorded = trace[f"{place}.masked_energy"]  # what the pass computed: exactly the same, NaN included
torch.testing.assert_close(masked_energy, recorded, rtol=0, atol=0, equal_nan=True)

# %% weights of the pass
weights = trace[f"{place}.weights"]  # masked_energy.softmax(dim=-1)

# %% weights of another fill value
trace = Trace(edits={f"{place}.masked_energy": lambda _: masked_energy})
with torch.inference_mode():
    checkpoint.model(src, trg_input, trace=trace)  # the same pass, with these scores
weights = trace[f"{place}.weights"]
