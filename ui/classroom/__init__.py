"""The teacher's page: connected browsers, training runs, free resources, and buttons to stop runs."""
