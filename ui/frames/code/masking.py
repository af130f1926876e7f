from ui.frames.code.notes_masks import energy, mask

# %% laid over
laid_over = mask.expand_as(energy)
forbidden = ~laid_over  # the hatched scores

# %% filled
masked_energy = energy.float().masked_fill(~mask, float("-inf"))

# %% softmax
weights = masked_energy.softmax(dim=-1)
