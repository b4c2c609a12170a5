"""`critcount plot` as a user meets it."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from critcount import Network
from tests.conftest import one_line

pytest.importorskip("matplotlib")

COMMANDS = {
    "ratio": (3, 10),
    "growth": (2, 5, "--max-m", 40),
    "dimensions": ("3-8-1", "--minimal", 2),
    "factors": ("784-300-100-10", "--max-order", 5),
    "graph": ("1-3-1", "--minimal", 2),
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_kind_writes_its_figure(run, tmp_path, kind):
    for suffix, start in (("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")):
        file = tmp_path / f"{kind}.{suffix}"
        assert run("plot", kind, *COMMANDS[kind], "-o", file) == (0, "", "")
        assert file.read_bytes().startswith(start)


def test_one_way_to_draw_a_graph(run, tmp_path):
    chosen = ("graph", "1-3-1", "--minimal", 2, "--kind", "refinement")
    assert run("plot", *chosen, "-o", tmp_path / "a.svg")[0] == 0
    code, _, err = run(*chosen, "--export", tmp_path / "b.svg")
    assert (code, err) == (0, "")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_the_widths_of_weights(run, tmp_path):
    np = pytest.importorskip("numpy")
    file = tmp_path / "student.npz"
    np.savez(file, first=np.ones((8, 3)), second=np.ones((1, 8)))
    from_file, spelled = tmp_path / "a.png", tmp_path / "b.png"
    tensors = ("--tensor", "first", "--tensor", "second")
    assert run("plot", "factors", file, *tensors, "-o", from_file)[0] == 0
    assert run("plot", "factors", "3-8-1", "-o", spelled)[0] == 0
    assert from_file.read_bytes() == spelled.read_bytes()


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (2, ("ratio", "3", "-o", "x.jpg"), "must end in .png, .svg or .pdf, not 'x.jpg'"),
        (2, ("ratio", "3", "-o", ""), "the output path is empty"),
        (2, ("ratio", "3"), "Missing option '-o'"),
        (2, ("ratio", "1", "-o", "x.png"), "number 1 of R_STAR must be at least 2, not 1"),
        (2, ("ratio", "x", "-o", "x.png"), "must be a whole number such as 12, not 'x'"),
        (2, ("ratio", "10", "--max-m", "5", "-o", "x.png"), "--max-m must be at least 11, not 5"),
        (2, ("growth", "0", "-o", "x.png"), "number 1 of R must be at least 1, not 0"),
        (2, ("dimensions", "2-5-1", "-o", "x.png"), "Missing option '--minimal'"),
        (
            2,
            ("dimensions", "2-5-1", "--minimal", "6", "-o", "x.png"),
            "number 1 of --minimal is 6",
        ),
        (2, ("dimensions", "2-5-4-1", "--minimal", "2-2", "-o", "x.png"), "2 hidden layers"),
        (2, ("factors", "2-5-1", "--max-order", "0", "-o", "x.png"), "--max-order must be"),
        (2, ("factors", "2-5", "-o", "x.png"), "such as 2-4-1"),
        (2, ("graph", "1-2-1", "--minimal", "3", "-o", "x.png"), "minimal"),
        (2, ("graph", "1-3-1", "-o", "x.png"), "Missing option '--minimal'"),
        (
            2,
            ("graph", "1-3-1", "--minimal", "2", "--kind", "strong", "-o", "x.png"),
            "'strong' is not one of",
        ),
        (2, ("pie", "-o", "x.png"), "No such command 'pie'"),
        (
            3,
            ("graph", "1-6-1", "--minimal", "3", "-o", "x.png"),
            "3,120 nodes, past the limit of 500",
        ),
    ],
)
def test_bad_input(run, tmp_path, monkeypatch, code, arguments, says):
    monkeypatch.chdir(tmp_path)
    found, out, err = run("plot", *arguments)
    assert (found, out) == (code, "")
    assert one_line(err)
    assert says in err
    assert not list(tmp_path.iterdir())


def test_a_missing_folder(run, tmp_path):
    code, _, err = run("plot", "ratio", 3, "-o", tmp_path / "none" / "x.png")
    assert code == 2
    assert "its folder does not exist" in err


def test_help_lists_the_kinds(run):
    code, out, _ = run("plot", "--help")
    assert code == 0
    for kind in COMMANDS:
        assert kind in out


@pytest.mark.exhaustive
def test_the_figures_of_the_documentation_are_what_their_commands_draw(run, tmp_path, monkeypatch):
    folder = Path(__file__).parents[2] / "docs" / "figures"
    text = (folder / "README.md").read_text()
    rows = re.findall(r"^\| (`.*`) \| `critcount (.*)` \|$", text, re.M)
    named = {name for names, _ in rows for name in re.findall(r"`(\S+)`", names)}
    assert named == {file.name for file in folder.iterdir()} - {"README.md"}
    # those of experiments take minutes, and what the channel needs half a minute
    slow = "plot channel"
    commands = {
        names.strip("`"): c for names, c in rows if c.startswith("plot ") and slow not in c
    }
    assert len(commands) >= 5
    monkeypatch.chdir(tmp_path)
    made = re.findall(r"```text\n((?:rng|from) .*?)```", text, re.S)
    assert len(made) == 2
    for networks in made:
        exec(networks, {"np": np, "Network": Network})
    for name, command in commands.items():
        assert run(*command.split()) == (0, "", "")
        drawn, published = ((base / name).read_text() for base in (tmp_path, folder))
        assert len(published) < 150_000
        assert _shapes(drawn) == _shapes(published), name


def _shapes(svg):
    """What a figure has of each kind, whichever release of matplotlib wrote it."""
    return Counter(re.findall(r'<g id="([A-Za-z]+)', svg))


def test_a_critical_line(run, tmp_path):
    pytest.importorskip("jax")
    from tests.landscape.critical_points import critical_point

    problem, network = critical_point((1, 2, 1), 0)
    network.save(tmp_path / "network.npz")
    np.savez(tmp_path / "data.npz", inputs=problem.inputs, targets=problem.targets)
    task = ("--data", tmp_path / "data.npz", "--activation", "tanh")
    drawn = tmp_path / "line.svg"
    command = ("plot", "critical-line", tmp_path / "network.npz", *task, "--neuron", 1)
    assert run(*command, "-o", drawn) == (0, "", "")
    assert _shapes(drawn.read_text())["line"] > 6
    code, out, err = run(*command[:-1], 2, "-o", drawn)
    assert (code, out) == (2, "")
    assert "--neuron must be one of the neurons 0, …, 1" in err
    code, out, err = run("plot", "channel", tmp_path / "network.npz", *task, "-o", drawn)
    assert (code, out) == (2, "")
    assert "NETWORK must be in a channel" in err
