"""The colours of the project, each with one meaning, the same on every page.

Scales are perceptually uniform; the categorical colours are Okabe and Ito's, which colour-blind people
can tell apart. No meaning is carried by colour alone: masked cells are hatched, chosen ones outlined,
wrong ones crossed.
"""

import plotly.colors

SEQUENTIAL: list[str] = plotly.colors.sequential.Viridis
"""For quantities with a minimum: attention weights, probabilities."""

DIVERGING: list[str] = plotly.colors.cmocean.balance
"""For quantities around zero: energies, activations, positional encodings."""

LINES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
"""For curves, in this order."""

MASKED = "#8C8C8C"
PAD = "#999999"
MARK = "#999999"
CHOSEN = "#E69F00"
RIGHT = "#009E73"
WRONG = "#D55E00"
