"""Code that recomputes the parts of the model step by step, one file for each: pages run and show its cells.

Each file also runs by itself, on the pass of `example`; pages replace that with the part on screen.
"""
