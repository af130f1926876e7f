"""`python -m benchmarks [NAME ...] [--json]`: our figures beside the peers', measured in one run."""
