"""`critcount critical` against the library, and bad input."""

import csv
import io
import itertools
import json
import math
from collections import Counter

import numpy as np
import pytest

from critcount import CriticalSubspaces, G, Network
from critcount.landscape import Problem
from critcount.landscape.inertia import critical_subspace_inertia, wide_network
from critcount.landscape.neurons import with_biases
from critcount.landscape.summary import summarise, summarise_ties
from tests.conftest import one_line
from tests.landscape.critical_points import critical_point
from tests.oracles import landscape_hessian


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("critical")
    problem, network = critical_point((2, 3, 1), 4)
    network.save(folder / "network.npz")
    np.savez(folder / "data.npz", inputs=problem.inputs, targets=problem.targets)
    return folder, problem, network


def arguments(folder, *more):
    data = ("--data", folder / "data.npz", "--activation", "tanh")
    return "critical", folder / "network.npz", *data, *more


def test_every_format(case, run):
    folder, problem, network = case
    expected = summarise(problem, network, 5)
    for format_ in ("text", "json", "csv", "latex", "markdown"):
        code, out, err = run(*arguments(folder, "--width", 5, "--format", format_))
        assert code == 0, err
        if format_ == "json":
            rows = json.loads(out)["data"]
            assert rows[1]["value"] == str(G(3, 5))
            points = [row for row in rows if row["quantity"] == "permutation points of index"]
            found = {int(row["of"]): int(row["value"]) for row in points}
            assert found == expected.indices
        elif format_ == "csv":
            assert len(list(csv.reader(io.StringIO(out)))) > 4
        else:
            assert "critical subspaces" in out


def test_the_index_of_every_permutation_point(case):
    """All words with pairs one by one, against the distribution."""
    _, problem, network = case
    found = Counter()
    for word in itertools.product(range(3), repeat=5):
        if sorted(map(word.count, range(3))) == [1, 2, 2]:
            found[critical_subspace_inertia(problem, network, [word]).index] += 1
    assert summarise(problem, network, 5).indices == dict(sorted(found.items()))


def test_neurons(case, run):
    folder, problem, network = case
    code, out, _ = run(*arguments(folder, "--width", 3, "--table", "neurons", "--format", "json"))
    assert code == 0
    rows = json.loads(out)["data"]
    assert [row["kind"] for row in rows] == [b.kind for b in summarise(problem, network, 3).blocks]


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        (["--width", "2"], 2, "--width must be at least 3"),
        (
            ["--width", "4-4"],
            2,
            "--width must have as many numbers as",
        ),
        (["--width", "4", "--table", "points"], 2, "points is for problems with --weight-decay"),
        (
            ["--width", "4", "--table", "neurons", "--weight-decay", "0.1"],
            2,
            "neurons is for problems without --weight-decay",
        ),
        (["--width", "4-5", "--weight-decay", "0.1"], 2, "one layer is widened"),
        (["--width", "7", "--weight-decay", "0.1"], 2, "--width must be"),
        (["--width", "4", "--biases"], 2, "NETWORK must be critical"),
        (["--width", "4", "--layer", "1"], 2, "--layer must be a hidden layer"),
        (["--width", "4", "--loss", "l1"], 2, "'l1' is not one of 'mse'"),
        (["--width", "4", "--activation", "sigmoid"], 2, "NETWORK must be critical"),
    ],
)
def test_bad_input(case, run, more, code, words):
    folder, *_ = case
    found, out, err = run(*arguments(folder, *more))
    assert (found, out) == (code, "")
    assert words in err
    assert one_line(err)


def test_several_layers(tmp_path, run):
    """Every pair of words one by one, against the product of the distributions."""
    problem, network = critical_point((2, 2, 2, 1), 1)
    network.save(tmp_path / "network.npz")
    np.savez(tmp_path / "data.npz", inputs=problem.inputs, targets=problem.targets)
    found = Counter()
    doubled = [
        [word for word in itertools.product(range(2), repeat=m) if max(map(word.count, word)) == 2]
        for m in (3, 4)
    ]
    doubled[1] = [word for word in doubled[1] if sorted(map(word.count, range(2))) == [2, 2]]
    for words in itertools.product(*doubled):
        if sorted(map(words[0].count, range(2))) == [1, 2]:
            found[critical_subspace_inertia(problem, network, words).index] += 1
    expected = dict(sorted(found.items()))
    assert summarise(problem, network, (3, 4)).indices == expected
    code, out, err = run(*arguments(tmp_path, "--width", "3-4", "--format", "json"))
    assert code == 0, err
    rows = json.loads(out)["data"]
    assert rows[1]["value"] == str(G(2, 3) * G(2, 4))
    points = [row for row in rows if row["quantity"] == "permutation points of index"]
    assert {int(row["of"]): int(row["value"]) for row in points} == expected
    code, out, _ = run(
        *arguments(tmp_path, "--width", "3-4", "--table", "neurons", "--format", "csv")
    )
    assert code == 0
    assert [line[:3] for line in out.splitlines()[1:]] == ["0,0", "0,1", "1,0", "1,1"]


@pytest.mark.parametrize("seed", [5, 13, 24])
def test_plateaus_of_several_layers_are_products(seed):
    """A minimum with one neuron in the second layer: all words, with full Hessians."""
    critical, network = critical_point((1, 2, 1, 1), seed)
    # with smaller residuals the point stays critical, and becomes a minimum
    x, outputs = critical.inputs, network(critical.inputs, "tanh")
    targets = outputs + 0.1 * (critical.targets - outputs)
    found = summarise(Problem(x, targets, "tanh"), network, (3, 2))
    assert (found.reduced.index, found.reduced.nullity) == (0, 0)
    assert found.plateaus is not None
    plateaus = regions = 0
    for words in itertools.product(CriticalSubspaces(2, 3), CriticalSubspaces(1, 2)):
        indices = []
        blocks = [block for word in words for block in word.replication_blocks]
        # two shares of each pair: both positive, or one of them negative
        patterns = [
            [[1.0]] if len(b) == 1 else [[0.4, 0.6], [1.3, -0.3], [-0.3, 1.3]] for b in blocks
        ]
        for pattern in itertools.product(*patterns):
            given = iter(pattern)
            shares = []
            for word in words:
                shares.append(np.empty(word.m))
                for block in word.replication_blocks:
                    shares[-1][list(block)] = next(given)
            wide = wide_network(network, [word.word for word in words], shares)
            hessian = landscape_hessian.hessian(wide.weights, wide.biases, x, targets, "tanh")
            eigenvalues = np.linalg.eigvalsh(hessian)
            indices.append((eigenvalues < -1e-13 * eigenvalues[-1]).sum())
        plateaus += 0 in indices
        regions += indices.count(0)
    assert (found.plateaus, found.regions) == (plateaus, regions)
    assert (plateaus > 0) == (seed != 5)


@pytest.mark.parametrize("hidden", [2, pytest.param(3, marks=pytest.mark.exhaustive)])
def test_weight_decay(tmp_path, run, hidden):
    """The index of each tied point against all eigenvalues of its Hessian."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, size=(60, 2))
    y = np.arange(60) % 3
    problem = Problem(x, y, "tanh", "cross-entropy", biases=True, weight_decay=1e-3)
    network = Network([rng.normal(size=(hidden, 2)), rng.normal(size=(3, hidden))])
    network.save(tmp_path / "network.npz")
    np.savez(tmp_path / "data.npz", inputs=x, targets=y)
    wide = hidden + 1
    more = ("--width", wide, "--loss", "cross-entropy", "--weight-decay", "1e-3", "--biases")
    code, out, err = run(*arguments(tmp_path, *more, "--table", "points", "--format", "json"))
    assert code == 0, err
    rows = json.loads(out)["data"]
    expected = summarise_ties(problem, with_biases(network), wide)
    assert [row["doubled"] for row in rows] == list(map(str, range(hidden)))
    for row, point in zip(rows, expected.points, strict=True):
        assert point.network.biases[0] is not None
        eigenvalues = np.linalg.eigvalsh(problem.hessian(point.network))
        assert int(row["index"]) == (eigenvalues < -1e-9).sum()
        assert point.loss == pytest.approx(float(row["loss"]))
    code, out, _ = run(*arguments(tmp_path, *more, "--format", "latex"))
    assert code == 0
    assert "permutation points of index" in out
    assert sum(expected.indices.values()) == hidden * math.factorial(wide) // 2


def test_bad_data(case, run, tmp_path):
    folder, *_ = case
    (tmp_path / "data.npz").write_text("no")
    code, out, err = run(
        "critical", folder / "network.npz", "--data", tmp_path / "data.npz", "--width", 4
    )
    assert (code, out) == (2, "")
    assert "is no .npz file with the arrays inputs and targets" in err
