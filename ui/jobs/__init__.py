"""Training runs in processes of their own, which never outlive the server.

Pages never train themselves. A `Job` is one run of `python -m transformer.train` and what its process has
reported so far; `Jobs` is the registry of a server, shared by all sessions. The threads here only read pipes
and wait: none of them calls Streamlit.
"""

from ui.jobs.job import ACTIVE, Command, Job, State
from ui.jobs.jobs import Jobs, jobs, with_free_name
from ui.jobs.worker import ROOT

__all__ = ["ACTIVE", "ROOT", "Command", "Job", "Jobs", "State", "jobs", "with_free_name"]
