"""`critcount critical` against the library, and bad input."""

import csv
import io
import json

import numpy as np
import pytest

from critcount import G
from critcount.landscape.inertia import critical_subspace_inertia
from critcount.landscape.summary import summarise
from tests.conftest import one_line
from tests.landscape.critical_points import critical_point


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
    import itertools
    from collections import Counter

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


def test_bad_data(case, run, tmp_path):
    folder, *_ = case
    (tmp_path / "data.npz").write_text("no")
    code, out, err = run(
        "critical", folder / "network.npz", "--data", tmp_path / "data.npz", "--width", 4
    )
    assert (code, out) == (2, "")
    assert "is no .npz file with the arrays inputs and targets" in err
