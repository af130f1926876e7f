import torch
import torch.nn.functional as F

from transformer.experiments.products import Products


def test_each_number_of_a_product_takes_as_many_multiplications_as_its_factors_share():
    left, right, batch = torch.ones(2, 3), torch.ones(3, 5), torch.ones(7, 2, 3)
    with torch.inference_mode():
        for product, count in (
            (lambda: left @ right, 2 * 5 * 3),
            (lambda: torch.ones(2, 5).addmm_(left, right), 2 * 5 * 3),
            (lambda: torch.addmv(torch.ones(2), left, torch.ones(3)), 2 * 3),
            (lambda: F.linear(batch, torch.ones(5, 3), torch.ones(5)), 7 * 2 * 5 * 3),
            (lambda: batch @ batch.transpose(1, 2), 7 * 2 * 2 * 3),
            (lambda: left + left * left, 0),
        ):
            with Products() as products:
                product()
            assert products.count == count
