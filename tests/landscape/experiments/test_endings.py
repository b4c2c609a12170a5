"""The modified Rosenbrock function, and how trainings on it end."""

import numpy as np
import pytest

from critcount import SizeLimitError
from critcount.landscape import Problem, channel_end, find_channels, train
from critcount.landscape.experiments.endings import ENDINGS, rosenbrock_data, train_rosenbrock


def test_the_function_by_hand():
    x, y = rosenbrock_data(5, 3)
    assert x.shape == (125, 3)
    assert np.abs(x).max() == pytest.approx(np.sqrt(3))
    values = []
    for a, b, c in x:
        total = 3 * (b + 1 - a**2) ** 2 + (1 - a) ** 2 + 3 * (c + 1 - b**2) ** 2 + (1 - b) ** 2
        values.append(np.log10(0.1 + total))
    values = np.array(values)
    np.testing.assert_allclose(y[:, 0], (values - values.mean()) / values.std(), rtol=1e-12)


@pytest.mark.parametrize("widths", [[1], pytest.param([1, 2], marks=pytest.mark.exhaustive)])
def test_every_training_has_a_name_and_a_run_goes_on(tmp_path, widths):
    told = []
    found = train_rosenbrock(widths, seeds=3, points=10, folder=tmp_path, advance=told.append)
    assert sum(told) == 3 * len(widths)
    tally = found.tally()
    names = [name.replace(" ", "_") for name in ENDINGS]
    assert tally[names].sum(axis=1).tolist() == tally["trainings"].tolist() == [3] * len(widths)
    rows = found.to_frame()
    assert set(rows["outcome"]) <= set(ENDINGS)
    assert rows["loss"].min() > 0
    again = train_rosenbrock(widths, seeds=3, points=10, folder=tmp_path)
    assert again.to_frame().equals(rows)


@pytest.mark.parametrize(
    ("widths", "seeds", "error", "message"),
    [
        ([1, 1], 1, ValueError, r"one or more different widths, not \[1, 1\]"),
        ([], None, ValueError, r"one or more different widths, not \[\]"),
        ([0], None, ValueError, r"widths\[0\] must be at least 1, not 0"),
        ([1], 0, ValueError, "seeds must be at least 1, not 0"),
        ([15], None, SizeLimitError, "would have 1,638,400 networks, past the limit"),
        ([10**9], None, SizeLimitError, r"50·2\^1000000000 networks .* name a number of seeds"),
        ([1], 10**7, SizeLimitError, "would have 10,000,000 networks"),
    ],
)
def test_more_networks_than_anyone_trains_are_refused_before_the_first(
    widths, seeds, error, message
):
    with pytest.raises(error, match=message):
        train_rosenbrock(widths, seeds, points=6)


@pytest.mark.exhaustive
def test_a_training_by_flow_is_recognised_as_a_channel_of_two_neurons():
    problem = Problem(*rosenbrock_data(10), "generic", biases=True)
    found = train(problem, 2, 4, steps=0, flow=1e5, glorot=True, iterations=100)
    assert found.outcome == "channel"
    [channel] = find_channels(found.network)
    assert channel.neurons == (0, 1)
    one, two = found.network.weights[1][0]
    assert one * two < 0
    assert min(abs(one), abs(two)) > 50
    end = channel_end(problem, found.network)
    assert end.stable
    rows = np.column_stack([found.network.weights[0], found.network.biases[0]])
    epsilon = np.linalg.norm(rows[0] - rows[1]) / 2
    assert (found.loss - end.loss) / epsilon**2 == pytest.approx(end.rises[0], rel=0.05)


def test_a_run_by_flow_is_another_run(tmp_path):
    options = {"seeds": 1, "points": 6, "steps": 0, "folder": tmp_path}
    [flowing] = train_rosenbrock([1], flow=10.0, **options).trainings[1]
    again = train_rosenbrock([1], flow=10.0, **options).trainings[1][0]
    assert again.network == flowing.network
    with pytest.raises(ValueError, match=r"begun with flow = 10\.0"):
        train_rosenbrock([1], **options)


@pytest.mark.exhaustive
def test_the_command(run):
    code, out, err = run(
        "experiment", "rosenbrock", "--widths", "1", "--seeds", 2, "--points", 8, "--format", "csv"
    )
    assert code == 0, err
    assert out.splitlines()[0].startswith("width,trainings,minimum,plateau,channel,diverging")
    code, out, err = run(
        "experiment", "rosenbrock", "--widths", "1", "--seeds", 1, "--points", 8, "--biases",
        "--table", "trainings", "--format", "csv",
    )  # fmt: skip
    assert code == 0, err
    assert out.splitlines()[0] == "width,seed,outcome,loss,gradient_norm,largest,note"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"widths": [0]}, ValueError, "must be at least 1"),
        ({"seeds": 0}, ValueError, "seeds must be at least 1"),
        ({"points": 1}, ValueError, "points must be at least 2"),
        ({"points": 5000}, SizeLimitError, "25,000,000 points"),
        ({"flow": -1.0}, ValueError, "flow must be finite and not negative"),
        ({"biases": 1}, TypeError, "biases must be True or False"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        train_rosenbrock(**arguments)


def test_a_cluster_trains_the_same(run, tmp_path):
    from distributed import LocalCluster

    arguments = ("experiment", "rosenbrock", "--widths", "1", "--seeds", 2, "--points", 8,
                 "--steps", "10", "--table", "trainings", "--format", "csv")  # fmt: skip
    expected = run(*arguments)
    with LocalCluster(1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster:
        there = ("--scheduler", cluster.scheduler_address, "--folder", tmp_path / "run")
        found = run(*arguments, *there)
    assert found[:2] == expected[:2]  # what takes long is told on stderr
    assert found[0] == 0
    assert (tmp_path / "run" / "network-1-0001.npz").exists()


def test_no_cluster_at_the_address(run):
    code, out, err = run("experiment", "rosenbrock", "--scheduler", "nothing://here")
    assert (code, out) == (2, "")
    assert "there is no Dask scheduler at nothing://here" in err


@pytest.mark.exhaustive
def test_as_many_starts_as_in_the_paper():
    found = train_rosenbrock([1], points=4, steps=0)
    assert len(found.trainings[1]) == 100
    first = found.trainings[1][0]
    assert first.seed == 0
