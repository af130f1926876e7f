"""The colours of a grid: copies of those in `viz.colors` (a test compares them), to avoid loading Plotly."""

SEQUENTIAL = [
    "#440154",
    "#482878",
    "#3e4989",
    "#31688e",
    "#26828e",
    "#1f9e89",
    "#35b779",
    "#6ece58",
    "#b5de2b",
    "#fde725",
]
"""For quantities with a minimum: Viridis."""

DIVERGING = [
    "rgb(23, 28, 66)",
    "rgb(41, 58, 143)",
    "rgb(11, 102, 189)",
    "rgb(69, 144, 185)",
    "rgb(142, 181, 194)",
    "rgb(210, 216, 219)",
    "rgb(230, 210, 204)",
    "rgb(213, 157, 137)",
    "rgb(196, 101, 72)",
    "rgb(172, 43, 36)",
    "rgb(120, 14, 40)",
    "rgb(60, 9, 17)",
]
"""For quantities around zero: cmocean's balance."""

LINES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MASKED = "#8C8C8C"
PAD = "#999999"
CHOSEN = "#E69F00"
RIGHT = "#009E73"
WRONG = "#D55E00"

ALL = {
    "sequential": SEQUENTIAL,
    "diverging": DIVERGING,
    "masked": MASKED,
    "pad": PAD,
    "chosen": CHOSEN,
    "right": RIGHT,
    "wrong": WRONG,
    "lines": LINES,
}
"""The colours by their names in the browser."""
