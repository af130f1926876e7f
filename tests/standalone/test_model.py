"""The model in JavaScript computes what PyTorch computes: every tensor of the trace, every token written."""

import json
import subprocess
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.node import NODE
from transformer import EOS, SOS, Trace, Transformer, TransformerConfig
from transformer.decoding.loop import greedy
from transformer.learning.checkpoint import SHIPPED, load_checkpoint, save_checkpoint
from transformer.model.faulty_models import build_model
from transformer.tasks import TASKS

SHIPPED_MODELS = {
    str(path.parent.relative_to(SHIPPED)): path for path in sorted(SHIPPED.rglob("*.safetensors"))
}
COMPARE = Path(__file__).with_name("compare.mjs")
TOLERANCE = 1e-4
LIMIT = 12


def compared(checkpoint: Path, folder: Path, count: int, seed: int = 0) -> list[dict]:
    """The comparison of results from JavaScript and PyTorch for random inputs."""
    model = load_checkpoint(checkpoint).model.eval()
    torch.manual_seed(seed)
    cases = [_case(model, folder, number) for number in range(count)]
    (folder / "cases.json").write_text(json.dumps(cases))
    run = subprocess.run(
        [NODE, COMPARE, checkpoint, folder], capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _case(model: Transformer, folder: Path, number: int) -> dict:
    """Random tokens and lengths with PAD, every other time with random masks; some rows have no key."""
    config = model.config
    batch, s, t = (int(torch.randint(1, high, ())) for high in (4, 14, 12))
    src = torch.randint(3, config.src_vocab_size, (batch, s))
    trg = torch.randint(3, config.trg_vocab_size, (batch, t))
    src[:, -1] = EOS
    trg[:, 0] = SOS
    for row in range(1, batch):
        src[row, int(torch.randint(1, s + 1, ())) :] = config.src_pad_idx
        trg[row, int(torch.randint(1, t + 1, ())) :] = config.trg_pad_idx
    edits = {}
    if number % 2:
        edits = {
            f"decoder.{i}.cross_attention.mask": _random_mask(batch, t, s) for i in range(config.num_layers)
        }
    trace = Trace({place: lambda _, mask=mask: mask for place, mask in edits.items()})
    with torch.no_grad():
        model(src, trg, trace=trace)
    file = f"{number}.safetensors"
    save_file({name: tensor.float().contiguous() for name, tensor in trace.items()}, folder / file)
    written = [greedy(model, row[None], max_new_tokens=LIMIT)[0].tolist() for row in src]
    return {
        "src": src.tolist(), "trg": trg.tolist(), "file": file, "edited": list(edits), "limit": LIMIT,
        "written": written,
    }  # fmt: skip


def _random_mask(batch: int, rows: int, columns: int) -> torch.Tensor:
    mask = torch.rand(batch, 1, rows, columns) < 0.6
    mask[0, 0, 0] = False
    return mask


def check(checkpoint: Path, folder: Path, count: int) -> None:
    found = compared(checkpoint, folder, count)
    cases = json.loads((folder / "cases.json").read_text())
    for case, one in zip(cases, found, strict=True):
        assert one["worst"] <= TOLERANCE, one["place"]
        assert one["missing"] == []
        assert one["written"] == case["written"]


@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_every_tensor_of_a_shipped_model_is_that_of_pytorch(name, tmp_path):
    check(SHIPPED_MODELS[name], tmp_path, 6)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED_MODELS)
def test_every_tensor_of_200_inputs_is_that_of_pytorch(name, tmp_path):
    check(SHIPPED_MODELS[name], tmp_path, 200)


@pytest.mark.parametrize(
    "choice",
    [
        {"norm": "pre", "scale_embeddings": True},
        {"norm": "pre", "positions": "rotary"},
        {"heads": 3, "positions": "alibi"},
        {"mistake": "no_causal_mask"},
        {"mistake": "no_padding_mask"},
        {"mistake": "tiny_fill"},
        {"mistake": "inverted_mask"},
        {"src_pad_idx": 4, "trg_pad_idx": 5},
    ],
    ids=str,
)
def test_every_tensor_of_an_untrained_model_of_another_kind_is_that_of_pytorch(choice, tmp_path):
    torch.manual_seed(1)
    model = build_model(
        TransformerConfig(**{"embed_dim": 24, "num_layers": 2, "feed_forward_dim": 20, **choice})
    )
    save_checkpoint(tmp_path / "model.safetensors", model, TASKS["sort"])
    check(tmp_path / "model.safetensors", tmp_path, 6)
