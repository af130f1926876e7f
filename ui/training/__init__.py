"""The parts of the training page: what is shown, settings, buttons, live charts, samples, table of runs."""
