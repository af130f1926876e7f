from transformer.model.positional import sinusoidal_encoding

pe = sinusoidal_encoding(5, 4)
third, fourth = pe[3], pe[4]
