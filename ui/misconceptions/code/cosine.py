from transformer.model.positional import sinusoidal_encoding

pe = sinusoidal_encoding(2, 4, base=10000)[1]
last = pe[3].item()
