"""Ten models of torchvision read from torch, side by side with torch-pruning and rebasin.

Each finds the sets of channels that move together; ours gives the exact group besides.
All three run the model once: torch-pruning and rebasin on numbers, we on shapes. DenseNet121 is
not among the ten: torch-pruning did not list its groups within minutes.
Skipped where torch, torchvision or the peer is not installed.
"""

from __future__ import annotations

import warnings

import pytest

from critcount.models import Symmetry
from tests.benchmarks.side_by_side import compare, record, seconds

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("ignore")]

NAMES = (
    "alexnet vgg16 resnet18 resnet50 mobilenet_v2 mobilenet_v3_small efficientnet_b0 googlenet"
    " convnext_tiny vit_b_16"
)


@pytest.fixture(scope="module")
def models():
    """The models with random weights, and an image."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    vision = pytest.importorskip("torchvision", reason="torchvision is not installed")
    image = torch.zeros(1, 3, 224, 224)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [getattr(vision.models, name)().eval() for name in NAMES.split()]
        Symmetry.from_torch(found[0], (image,))  # torch imports much when first called
    return found, image


def test_against_torch_pruning(benchmark, models):
    pruning = pytest.importorskip("torch_pruning", reason="torch-pruning is not installed")
    found, image = models

    def peer():
        for model in found:
            graph = pruning.DependencyGraph().build_dependency(model, example_inputs=image)
            list(graph.get_all_groups())

    def ours():
        for model in found:
            assert not Symmetry.from_torch(model, (image,)).gaps

    compare(benchmark, ours, peer, 1, rounds=2, more=3)


def test_against_rebasin(benchmark, models):
    rebasin = pytest.importorskip("rebasin", reason="rebasin is not installed")
    import copy

    found, image = models
    mine = theirs = 0.0
    read = 0
    for model in found:
        other = copy.deepcopy(model)
        try:
            theirs += seconds(
                lambda a=model, b=other: rebasin.PermutationCoordinateDescent(a, b, image)
            )
        except Exception:  # it does not read every model
            continue
        mine += seconds(lambda a=model: Symmetry.from_torch(a, (image,)))
        read += 1
    if not read:
        pytest.skip("rebasin reads none of the models with this version of torch")
    benchmark.pedantic(lambda: None, rounds=1, iterations=1)
    record(f"{benchmark.name} ({read} models)", mine / theirs, 1)
