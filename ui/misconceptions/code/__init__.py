"""What people write, one file a misconception: run and shown as it stands, and below `# %%` the right way."""
