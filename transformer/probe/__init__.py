"""Check whether a model sees what it must not see, and in which module that begins.

    from transformer.probe import probe, assert_no_leak

    print(probe(model, vocab=(100, 120), pad=0))     # a table; .ok, .faults, .json()
    assert_no_leak(model, vocab=(100, 120), pad=0)   # for tests: an assertion

Read the modules in this order: `subject` (the model under test), `adapters` (how other models are called),
`inputs`, `modes`, `positions` (the axes of a tensor), `passes` (one pass, with hooks on all submodules),
`noise` (the difference between equal passes), `comparing` (two passes, and where they differ), `bench`, the
checks (`content_checks`, `shape_checks`, `training_checks`), `result`, `table`, `run`.
"""

from transformer.probe.adapters import (
    decoder_only,
    encoder,
    encoder_decoder,
    hugging_face,
    own,
    subject_of,
    torch_transformer,
)
from transformer.probe.foreign_trace import record_attention
from transformer.probe.result import CheckName, Report, Result
from transformer.probe.run import CHECKS, assert_no_leak, probe
from transformer.probe.subject import Inputs, Subject

__all__ = [
    "CHECKS",
    "CheckName",
    "Inputs",
    "Report",
    "Result",
    "Subject",
    "assert_no_leak",
    "decoder_only",
    "encoder",
    "encoder_decoder",
    "hugging_face",
    "own",
    "probe",
    "record_attention",
    "subject_of",
    "torch_transformer",
]
