from ui.frames.inside.code.example import block, trace

# %% wider
network = block.feed_forward  # Linear, ReLU, Dropout, Linear
x = trace["encoder.0.norm1"]  # [B, L, D]
wide = network[0](x)  # [B, L, F]

# %% cut
kept = wide.relu()  # max(0, x)

# %% back
weight, bias = network[3].weight, network[3].bias  # [D, F], [D]
output = network[3](kept)  # [B, L, D]
