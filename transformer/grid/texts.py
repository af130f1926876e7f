"""All texts of the grid itself; JavaScript fills in the names in braces."""

from transformer.errors import Remark

TEXTS: dict[str, Remark] = {
    "play": Remark("Play"),
    "pause": Remark("Pause"),
    "previous": Remark("Step back"),
    "next": Remark("Step forward"),
    "first": Remark("First step"),
    "last": Remark("Last step"),
    "full": Remark("Full screen (F)"),
    "image": Remark("Save this view as a picture (S)"),
    "speed": Remark("Speed"),
    "scrub": Remark("Choose a step"),
    "step": Remark("Step {number} of {total}"),
    "copy": Remark("Copy"),
    "copied": Remark("Copied"),
    "masked": Remark("masked"),
    "below": Remark("under each panel: {what}"),
    "hover": Remark("Point at a cell to read it."),
    "point": Remark("Point at another written token to see where the model looked for it."),
    "enlarge": Remark("Click a panel to enlarge it."),
    "choose": Remark("Click a row or a curve to go there."),
    "shrink": Remark("All panels (Esc)"),
    "edit": Remark("Click or drag over cells, or click a row or column header, to change them."),
    "window": Remark("{axis}: {first}–{last} of {size}"),
    "choice": Remark("{axis}: {first} of 0–{last}"),
    "axis": Remark("axis {number}"),
    "axes": Remark("rows: {rows}, columns: {columns}"),
    "label": Remark("{name} ‘{label}’"),
    "row": Remark("row"),
    "column": Remark("column"),
    "empty": Remark("no elements"),
    "grid": Remark("Tensor grid."),
    "stepKeys": Remark(
        "Left and right arrows step, space plays, F fills the screen, S saves a picture, Tab leads to "
        "pictures."
    ),
    "editKeys": Remark("Arrows move from cell to cell, Enter changes the cell."),
    "enlargeKeys": Remark(
        "Arrows move from cell to cell, Enter enlarges the panel, Escape shows all panels."
    ),
    "readKeys": Remark("Arrows move from cell to cell."),
    "leaks": Remark("forbidden, yet not 0"),
    "terms": Remark("({count} terms)"),
    "truncated": Remark("The first {shown} of {size} cells."),
}
"""The texts in English; a page in another language translates the messages."""
