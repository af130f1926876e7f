import subprocess
import sys

from hypothesis import given

from tests.transformer.helpers import configs
from transformer import TransformerConfig
from transformer.learning.shapes import parameter_count, parameter_shapes
from transformer.model.faulty_models import build_model


@given(configs())
def test_shapes_are_those_of_the_model_that_is_made(config):
    made = {name: tuple(weight.shape) for name, weight in build_model(config).named_parameters()}
    assert parameter_shapes(config) == made
    assert parameter_count(config) == sum(weight.numel() for weight in build_model(config).parameters())


def test_counting_takes_no_longer_for_a_model_of_a_million_layers():
    two, many = (parameter_count(TransformerConfig(num_layers=layers)) for layers in (2, 10**6))
    one = parameter_count(TransformerConfig(num_layers=1))
    assert many == one + (10**6 - 1) * (two - one)


def test_counting_does_not_import_pytorchs_compiler():
    program = (
        "import sys\n"
        "from transformer import TransformerConfig\n"
        "from transformer.learning.shapes import parameter_count\n"
        "assert parameter_count(TransformerConfig()) > 0\n"
        "from transformer.experiments.products import Products\n"
        "import torch\n"
        "with Products() as products: torch.ones(2, 3) @ torch.ones(3, 2)\n"
        "assert products.count == 12\n"
        "print(sorted({'sympy', 'torch._dynamo'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
