"""Training, and its files: checkpoints, metrics, snapshots."""
