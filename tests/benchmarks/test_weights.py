"""Classification of a large layer against one product of matrices, groups against a k-d tree.

The network has 10,000 hidden neurons with 784 inputs and 10 outputs, 3,000 of them copies or
zero-type, all weights with noise of 1e-9.
"""

from __future__ import annotations

import resource
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from critcount import Configuration, Network, classify, embed, zero_loss_path
from critcount.weights.grouping import groups
from tests.benchmarks.side_by_side import compare, record, seconds

pytestmark = pytest.mark.benchmark

MINIMAL, WIDTH, D_IN, D_OUT = 7000, 10_000, 784, 10
GIB = 2**20  # of the kilobytes in which peaks are measured


def configuration(rng, r, m):
    """Half of the extra neurons are copies, half are in zero-type blocks of three."""
    extra = m - r
    copies = rng.integers(0, r, extra // 2).tolist()
    zeros = [r + i // 3 for i in range(extra - extra // 2)]
    word = list(range(r)) + copies + zeros
    return Configuration.from_word(word, r).permute(rng.permutation(m))


def student(rng, r=MINIMAL, m=WIDTH, noise=1e-9):
    weights = [rng.normal(size=(r, D_IN)) / 28, rng.normal(size=(D_OUT, r))]
    teacher = Network(weights, [rng.normal(size=r), rng.normal(size=D_OUT)])
    word = configuration(rng, r, m)
    network = embed(teacher, word, rng)
    return (
        teacher,
        word,
        Network([w + noise * rng.normal(size=w.shape) for w in network.weights], network.biases),
    )


def test_classify_against_a_product(benchmark):
    teacher, word, network = student(np.random.default_rng(0))
    rows = network.weights[0]
    assert classify(network, 1e-6, teacher).configurations == (word,)
    compare(benchmark, lambda: classify(network, 1e-6), lambda: rows @ rows.T, 4, rounds=3, more=6)


@pytest.mark.parametrize("name", ["tanh", "relu", "gelu", "sigmoid"])
def test_classify_with_signs_and_scales_against_without(benchmark, name):
    network = student(np.random.default_rng(0))[2]
    ours = classify(network, 1e-6, activation=name)
    assert ours.configurations == classify(network, 1e-6).configurations
    compare(
        benchmark,
        lambda: classify(network, 1e-6, activation=name),
        lambda: classify(network, 1e-6),
        1.5,
        rounds=2,
        more=3,
    )


def test_peak_memory():
    code = (
        "import resource, numpy as np\n"
        "from critcount import classify\n"
        "from tests.benchmarks.test_weights import student\n"
        "network = student(np.random.default_rng(0))[2]\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(classify(network, 1e-6).minimal.widths[1])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    width, peak = map(int, done.stdout.split())
    assert width == MINIMAL
    scale = 1 if sys.platform != "darwin" else 1024
    print(f"peak {peak / scale / GIB:.2f} GiB")
    assert peak / scale < 2 * GIB


def test_groups_against_a_tree_of_all_dimensions(benchmark):
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(1500, D_IN))[rng.integers(0, 1500, 2000)]
    rows += 1e-9 * rng.normal(size=rows.shape)

    def tree():
        pairs = cKDTree(rows).query_pairs(1e-5, output_type="ndarray")
        graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(2000, 2000))
        return connected_components(graph, directed=False)[0]

    assert groups(rows, 1e-5).max() + 1 == tree()
    compare(benchmark, lambda: groups(rows, 1e-5), tree, 0.2, rounds=3)


def test_a_path_is_streamed():
    """Vertices of width 2,000 cost a few classifications' time together, and are not kept."""
    rng = np.random.default_rng(2)
    teacher, _, one = student(rng, 1500, 2000, 0.0)
    two = embed(teacher, configuration(rng, 1500, 2000), rng)
    made = []
    build = seconds(lambda: made.append(zero_loss_path(one, two, 1e-6)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    walk = seconds(lambda: [vertex.widths for vertex in made[0]])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    record(f"{len(made[0])} vertices against the making of the path", walk / build, 10)
    assert after - before < GIB // 4
