"""The code that opens the parts of the model, one file a part: pages run and show it, cell by cell.

Each file also runs by itself, on the pass of `example`; the pages put the part that is open in its place.
"""
