"""`critcount knots`, `regions`, `bounds` and their figures as a user meets them."""

from __future__ import annotations

import csv
import re
from fractions import Fraction

import numpy as np
import pytest

from critcount import Network
from critcount.piecewise import (
    count_regions,
    find_knots,
    find_regions,
    max_knots,
    region_bounds,
    tangent_sensitivity,
)
from critcount.plots import piecewise as plots
from tests.conftest import one_line
from tests.piecewise.examples import random_network


@pytest.fixture
def plane(tmp_path):
    network = random_network((2, 5, 4, 1), 0)
    network.save(tmp_path / "plane.npz")
    return tmp_path / "plane.npz", network


def values(text):
    return {
        (row["quantity"], row["of"]): row["value"] for row in csv.DictReader(text.splitlines())
    }


def test_knots_of_an_architecture(run, tmp_path):
    code, out, err = run("knots", "1-3-3-1", "--write-network", tmp_path / "most.npz")
    assert (code, err) == (0, "")
    assert [line.split()[-1] for line in out.splitlines()] == ["value", "1-3-3-1", "15", "layers"]
    assert len(find_knots(Network.load(tmp_path / "most.npz"))) == 15
    code, out, err = run("knots", "1-2-5-4-1")
    assert "at least  " in out
    assert "at most  " in out
    bounds = max_knots("1-2-5-4-1")
    assert str(bounds.lower) in out
    assert str(bounds.upper) in out


def test_knots_of_weights(run, tmp_path):
    network = random_network((1, 5, 4, 2), 1)
    network.save(tmp_path / "line.npz")
    code, out, err = run("knots", tmp_path / "line.npz", "--points", "--format", "csv")
    assert (code, err) == (0, "")
    found = [line.split(",")[2] for line in out.splitlines() if line.startswith("knot,")]
    assert tuple(map(Fraction, found)) == find_knots(network)
    code, out, err = run("knots", tmp_path / "line.npz", "--interval", "-0.5,1/3")
    inside = find_knots(network, (Fraction(-1, 2), Fraction(1, 3)))
    assert out.splitlines()[-1].split() == ["knots", "output", str(len(inside))]


def test_regions(run, plane):
    path, network = plane
    code, out, err = run("regions", path, "--box", "-1,1", "--format", "csv")
    assert (code, err) == (0, "critcount: at most 176 regions\n")
    found = values(out)
    assert int(found["regions", "activation"]) == count_regions(network, (-1, 1))
    assert int(found["regions", "linear"]) == count_regions(network, (-1, 1), "linear")
    mean = tangent_sensitivity(network, box=(-1, 1))
    assert Fraction(found["tangent sensitivity", "mean"]) == mean
    code, out, err = run("regions", path, "--format", "csv")
    assert int(values(out)["regions", "activation"]) == count_regions(network)
    code, out, err = run("regions", path, "--box", "-1,1", "--box", "0,.5", "--format", "csv")
    count = count_regions(network, [(-1, 1), (0, Fraction(1, 2))])
    assert int(values(out)["regions", "activation"]) == count


def test_bounds(run):
    code, out, err = run("bounds", "2-8-8-1", "--format", "csv")
    assert (code, err) == (0, "")
    frame = region_bounds("2-8-8-1")
    assert [row["value"] for row in csv.DictReader(out.splitlines())] == list(
        map(str, frame["value"])
    )


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (2, ("knots", "2-3-1"), "one input, not 2"),
        (2, ("knots", "1-0-1"), "at least 1"),
        (2, ("knots", "none.npz"), "none.npz"),
        (2, ("knots", "1-3-1", "--points"), "go with the path of a weights file"),
        (2, ("knots", "1-3-1", "--tensor", "a"), "goes with the path of a weights file"),
        (2, ("knots", "1-3-1", "--write-network", "x.txt"), "x.txt"),
        (
            3,
            ("knots", "1-3-1", "--write-network", "x.npz", "--max-points", "3"),
            "raise --max-points",
        ),
        (2, ("knots", "PLANE"), "network must have one input, not 2"),
        (2, ("knots", "PLANE", "--write-network", "x.npz"), "goes with an architecture"),
        (2, ("regions", "2-3-1"), "2-3-1"),
        (2, ("regions", "PLANE", "--box", "1,-1"), "lower end first"),
        (2, ("regions", "PLANE", "--box", "1,1"), "lower end first"),
        (2, ("regions", "PLANE", "--box", "-1,inf"), "two finite numbers"),
        (2, ("regions", "PLANE", "--box", "-1,1e9999"), "two finite numbers"),
        (2, ("regions", "PLANE", "--box", "-1"), "two finite numbers"),
        (2, ("regions", "PLANE", "--box", "-1,1/0"), "two finite numbers"),
        (2, ("regions", "PLANE", *("--box", "-1,1") * 3), "one pair for each of the 2 inputs"),
        (2, ("regions", "WIDE"), "at most 4 inputs"),
        (
            3,
            ("regions", "PLANE", "--max-regions", "5"),
            "more than 5 regions, the limit; at most 176",
        ),
        (3, ("bounds", "784-300-100-10", "--max-terms", "100"), "raise --max-terms"),
        (2, ("bounds", "784"), "784"),
        (2, ("plot", "regions", "WIDE", "-o", "x.svg"), "two inputs"),
        (2, ("plot", "regions", "PLANE", "-o", "x.gif"), "must end in"),
        (2, ("plot", "knots", "PLANE", "-o", "x.svg"), "one input"),
        (2, ("plot", "sensitivity", "WIDE", "-o", "x.svg"), "at most 4 inputs"),
    ],
)
def test_bad_input(run, plane, tmp_path, monkeypatch, code, arguments, says):
    monkeypatch.chdir(tmp_path)
    random_network((5, 3, 1), 0).save("wide.npz")
    names = {"PLANE": plane[0], "WIDE": "wide.npz"}
    found, out, err = run(*(names.get(a, a) for a in arguments))
    assert (found, out) == (code, "")
    assert says in err
    *first, last = err.splitlines(keepends=True)
    assert one_line(last)
    assert all(re.fullmatch(r"critcount: at most \d+ regions\n", line) for line in first)
    assert not (tmp_path / "x.npz").exists()
    assert not (tmp_path / "x.svg").exists()


def test_figures_are_written(run, plane, tmp_path):
    path, _ = plane
    for arguments in (
        ("regions", path, "--box", "-2,2"),
        ("regions", path, "--color", "active"),
        ("sensitivity", path),
        ("knots", "1-3-3-1"),
    ):
        assert run("plot", *arguments, "-o", tmp_path / "a.svg") == (0, "", "")
        first = (tmp_path / "a.svg").read_bytes()
        assert run("plot", *arguments, "-o", tmp_path / "a.svg") == (0, "", "")
        assert (tmp_path / "a.svg").read_bytes() == first


def test_a_picture_shows_every_region_with_its_quantity(plane):
    _, network = plane
    found = list(find_regions(network, (-1, 1)))
    for color in plots.QUANTITIES:
        (polygons,) = plots.draw_regions(network, (-1, 1), color).axes[0].collections
        assert len(polygons.get_paths()) == len(found)
        areas = [_area(path.vertices[:-1]) for path in polygons.get_paths()]
        assert np.allclose(areas, [float(region.volume) for region in found])
        if color == "active":
            assert list(polygons.get_array()) == [sum(map(sum, r.pattern)) for r in found]
        if color == "sensitivity":
            mean = np.dot(polygons.get_array(), areas) / 4
            assert np.isclose(mean, float(tangent_sensitivity(network, box=(-1, 1))))


def _area(corners):
    x, y = corners.T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def test_a_graph_bends_at_its_knots():
    network = random_network((1, 5, 4, 1), 3)
    axes = plots.draw_function(network).axes[0]
    line, markers = axes.lines
    assert len(markers.get_xdata()) == len(find_knots(network))
    assert np.allclose(line.get_xdata()[1:-1], [float(x) for x in find_knots(network)])
    assert np.allclose(line.get_ydata(), network(line.get_xdata()[:, None], "relu")[:, 0])
    flat = Network([[[0.0]], [[1.0]]])
    assert len(plots.draw_function(flat).axes[0].lines[0].get_xdata()) == 2


def test_the_spread_ends_at_one():
    network = random_network((2, 4, 1), 3)
    axes = plots.draw_sensitivity(network, (-1, 1)).axes[0]
    for line in axes.lines[:2]:
        assert np.isclose(line.get_ydata()[-1], 1)
    assert np.isclose(
        axes.lines[2].get_xdata()[0], float(tangent_sensitivity(network, box=(-1, 1)))
    )
