"""graph, connected, distance and route as a user meets them."""

import csv
import io
import itertools
import json

import pytest

from critcount import Configuration, NetworkExpansions
from critcount.connectivity import distance_bounds
from critcount.families import NetworkConfiguration
from tests.conftest import one_line


def table(out):
    return {row["quantity"]: row["value"] for row in csv.DictReader(io.StringIO(out))}


def test_graph_counts_by_formula(run):
    code, out, err = run(
        "graph", "2-40-1", "--minimal", 20, "--format", "json", "--digits", "full"
    )
    assert (code, err) == (0, "")
    assert "formula" in out
    code, out, _ = run("graph", "2-7-1", "--minimal", 3, "--format", "csv")
    assert table(out) == {
        "nodes": "21336",
        "edges": "2863980",
        "diameter at least": "4",
        "diameter at most": "6",
    }


@pytest.mark.parametrize(
    ("kind", "edges", "diameter", "radius"),
    [("intersection", 2760, 6, 5), ("refinement", 1140, 9, 8)],
)
def test_summary(run, kind, edges, diameter, radius):
    code, out, _ = run(
        "graph", "2-5-1", "--minimal", 3, "--kind", kind, "--summary", "--format", "csv"
    )
    assert code == 0
    assert table(out) == {
        "nodes": "450",
        "edges": str(edges),
        "components": "1",
        "diameter": str(diameter),
        "radius": str(radius),
    }


def test_summary_of_isolated_points(run):
    _, out, _ = run("graph", "2-2-1", "--minimal", 2, "--summary")
    assert [line.split()[1] for line in out.splitlines()[1:]] == [
        "2",
        "0",
        "2",
        "infinite",
        "infinite",
    ]


def test_export_and_drawing(run, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, err = run(
        "graph",
        "2-3-1",
        "--minimal",
        2,
        "--export",
        tmp_path / "g.graphml",
        "--export",
        tmp_path / "g.svg",
    )
    assert (code, err) == (0, "")
    assert (tmp_path / "g.graphml").read_text().count("<edge ") == 12
    assert "<svg" in (tmp_path / "g.svg").read_text()
    code, _, err = run("graph", "2-3-1", "--minimal", 2, "--export", tmp_path / "g.dot")
    assert (code, err) == (0, "")
    dot = (tmp_path / "g.dot").read_text()
    assert dot.count(" -- ") == 12
    # zero-type neuron with two inputs: dimension 2; a copy with one output: dimension 1
    assert dot.count('dimension="2"') == dot.count('dimension="1"') == 6
    code, out, err = run("graph", "2-3-1", "--minimal", 2, "--export", tmp_path / "g.gml")
    assert (code, out) == (2, "")
    assert one_line(err)
    assert not (tmp_path / "g.gml").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("graph", "2-12-1", "--minimal", 3, "--summary"),
        ("graph", "2-6-1", "--minimal", 3, "--export", "x.png"),
        ("graph", "2-7-1", "--minimal", 3, "--summary", "--max-bytes", 1000),
        ("connected", f"2-{10**15}-1", "--minimal", 10**15),
        ("route", "0,1,2", "1,0,2", "--minimal", 2, "--max-letters", 3),
    ],
)
def test_too_large(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (3, "")
    assert one_line(err)


def test_connected(run):
    code, out, _ = run("connected", "2-5-1", "--minimal", 4, "--format", "csv")
    assert code == 0
    assert table(out) == {"connected": "yes", "components": "1"}
    assert "theorem" in out
    code, out, _ = run("connected", "2-4-5-1", "--minimal", "4-5", "--format", "json")
    assert code == 0
    rows = json.loads(out)
    assert "2880" in str(rows)
    assert "no" in str(rows)


def test_route(run):
    code, out, err = run("route", "0,1,2", "1,0,2", "--minimal", 2, "--format", "csv")
    assert code == 0
    assert err == "critcount: 6 steps; the distance is 6\n"
    words = [row["word"] for row in csv.DictReader(io.StringIO(out))]
    walk = [Configuration.from_word(map(int, word.split(",")), 2) for word in words]
    assert (words[0], words[-1], len(walk)) == ("0,1,2", "1,0,2", 7)
    assert all(a.meets(b) for a, b in itertools.pairwise(walk))


def test_route_of_several_layers(run):
    code, out, err = run("route", "012/012", "102/012", "--minimal", "2-2", "--format", "csv")
    assert (code, err) == (0, "critcount: 6 steps; the distance is 6\n")
    words = [row["word"] for row in csv.DictReader(io.StringIO(out))]
    walk = [NetworkConfiguration.from_word(word, (2, 2)).layers for word in words]
    assert (words[0], words[-1], len(walk)) == ("0,1,2/0,1,2", "1,0,2/0,1,2", 7)
    for a, b in itertools.pairwise(walk):
        assert all(one.meets(two) for one, two in zip(a, b, strict=True))


def test_the_graph_of_several_layers(run):
    _, out, _ = run("graph", "2-3-4-1", "--minimal", "2-2", "--format", "csv")
    nodes = list(NetworkExpansions("2-3-4-1", (2, 2)))
    edges = sum(
        all(x == y or x.meets(y) for x, y in zip(a.layers, b.layers, strict=True))
        for a, b in itertools.combinations(nodes, 2)
    )
    assert table(out) == {
        "nodes": str(len(nodes)),
        "edges": str(edges),
        "diameter at least": "6",
        "diameter at most": "6",
    }


def test_distance(run):
    arguments = ("distance", "0,1,2,2", "1022", "--minimal", 2, "--format", "csv")
    assert table(run(*arguments)[1]) == {"distance": "3"}
    stuck = ("distance", "01", "10", "--minimal", 2, "--format", "csv")
    assert table(run(*stuck)[1]) == {"distance": "infinite"}
    ends = ["10144332/012", "42001433/012"]
    _, out, _ = run("distance", *ends, "--minimal", "5-2", "--max-nodes", 0, "--format", "csv")
    found = table(out)
    a, b = (NetworkConfiguration.from_word(end, (5, 2)) for end in ends)
    low, high = distance_bounds(a, b)
    assert found == {"distance at least": str(low), "distance at most": str(high)}


@pytest.mark.parametrize(
    "arguments",
    [
        ("graph", "2-2-1", "--minimal", 3),
        ("graph", "x", "--minimal", 2),
        ("graph", "2-3-1"),
        ("graph", "2-3-1", "--minimal", 2, "--kind", "other"),
        ("graph", "2-3-3-1", "--minimal", 2),
        ("distance", "012", "10", "--minimal", 2),
        ("distance", "012/01", "012/01", "--minimal", 2),
        ("route", "012", "102", "--minimal", "2-2"),
        ("connected", "2-5-1"),
        ("connected", "2-5-1", "--minimal", 6),
        ("connected", "2-5-1", "--minimal", "2-2"),
        ("route", "0,1", "1,0", "--minimal", 2),
        ("route", "0,1,2", "1,0", "--minimal", 2),
        ("route", "0,3,2", "1,0,2", "--minimal", 2),
        ("route", "0,a", "1,0", "--minimal", 2),
    ],
)
def test_bad_input(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_graphs_of_several_layers(run, tmp_path):
    pytest.importorskip("matplotlib")
    files = [tmp_path / name for name in ("g.csv", "g.svg")]
    command = ("graph", "2-2-3-1", "--minimal", "1-2", "--format", "csv")
    code, out, err = run(*command, "--summary", "--export", files[0], "--export", files[1])
    assert (code, err) == (0, "")
    rows = dict(line.split(",")[:2] for line in out.splitlines()[1:])
    assert rows == {
        "nodes": "36",
        "edges": "108",
        "components": "1",
        "diameter": "6",
        "radius": "6",
    }
    assert files[0].read_text().count("\n") == 109
    assert files[1].read_text().startswith("<?xml")
    _, out, _ = run(*command, "--kind", "refinement", "--summary")
    assert "diameter,8,search" in out
    code, out, err = run("graph", "2-9-9-1", "--minimal", "3-3", "--export", tmp_path / "h.csv")
    assert (code, out) == (3, "")
    assert "28,914,705,375,294,205,152 edges" in err
    assert "raise --max-bytes" in err
    assert not (tmp_path / "h.csv").exists()
