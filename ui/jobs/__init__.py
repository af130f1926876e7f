"""Training runs in processes of their own: started, followed, steered and never left behind.

The page never trains. A `Job` is one run of `python -m transformer.train` and what its stream has said so
far; `Jobs` is the one registry of a server, shared by all sessions. Threads here only read pipes and wait:
none of them calls streamlit.
"""

from ui.jobs.job import ACTIVE, Command, Job, State
from ui.jobs.jobs import Jobs, jobs, with_free_name
from ui.jobs.worker import ROOT

__all__ = ["ACTIVE", "ROOT", "Command", "Job", "Jobs", "State", "jobs", "with_free_name"]
