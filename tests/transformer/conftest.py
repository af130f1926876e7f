"""Settings of this folder's tests: one thread (so that sums come out the same), no clock for hypothesis."""

import pytest
import torch
from hypothesis import HealthCheck, settings

settings.register_profile(
    "transformer",
    deadline=None,
    max_examples=25,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("transformer")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
