"""What people write, one file for each misconception, run and shown as it is; below `# %%` the right way."""
