"""`python -m benchmarks [NAME ...] [--json]`: compare this project with its peers, measured in one run."""
