"""The code of the views in `ui.frames`, one file a view: pages run and show it, cell by cell.

Each file also runs by itself, except `broken`, whose mistakes raise errors. Pages replace the tensors and
sizes of a file with those that the user chose.
"""
