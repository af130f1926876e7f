"""The code of the views in `ui.frames`, one file a view: pages run and show it, cell by cell.

Each file also runs by itself, but for `broken`, whose mistakes raise errors. Pages put the tensors and sizes
that were chosen in the place of the file's own.
"""
