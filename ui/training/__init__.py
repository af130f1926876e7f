"""The parts of the training page: the run shown, settings, buttons, live charts, samples, table of runs."""
