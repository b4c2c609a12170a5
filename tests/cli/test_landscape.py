"""The command `critcount experiment`."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from critcount import Network
from critcount.cli import landscape
from critcount.landscape.experiments import collisions, teaching
from critcount.landscape.experiments.datasets import teacher as make_teacher
from tests.conftest import one_line

SMALL = ("--widths", "4", "--seeds", "2", "--steps", "200")


def notes(err):
    """Everything on stderr is notes of our own, and the size of work that takes long."""
    lines = err.splitlines()
    assert all(line.startswith("critcount: note: ") or line.endswith(" to do") for line in lines)
    return err


@pytest.fixture(autouse=True)
def never_slow(monkeypatch):
    """Say no sizes, however long the work takes here."""
    monkeypatch.setattr(landscape, "QUIET_SECONDS", 1e6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs") / "run"


def test_students_are_tallied(run, folder, tmp_path):
    figure = tmp_path / "students.svg"
    code, out, err = run(
        "experiment", "teacher-student", *SMALL, "--folder", folder, "--figure", figure
    )
    assert code == 0
    assert "the largest that counts as zero" in notes(err)
    head, *rows = out.splitlines()
    assert head.split() == [
        "width", "outcome", "loss", "tolerance", "copies", "zero_type", "students"
    ]  # fmt: skip
    assert sum(int(row.split()[-1]) for row in rows) == 2
    assert figure.read_text().startswith("<?xml")
    assert (folder / "student-4-0001.npz").exists()


def test_every_student_as_csv_and_json(run, folder, monkeypatch):
    def never(*args, **options):
        raise AssertionError("trained again")

    monkeypatch.setattr(teaching, "train", never)
    common = ("experiment", "teacher-student", *SMALL, "--folder", folder, "--table", "students")
    code, out, _ = run(*common, "--format", "csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [(row["width"], row["seed"]) for row in rows] == [("4", "0"), ("4", "1")]
    code, out, _ = run(*common, "--format", "json")
    document = json.loads(out)
    assert [row["outcome"] for row in document["data"]] == [row["outcome"] for row in rows]
    assert [row["loss"] for row in document["data"]] == [float(row["loss"]) for row in rows]


def test_a_folder_of_another_run_is_refused(run, folder):
    code, out, err = run("experiment", "teacher-student", *SMALL[:-1], "300", "--folder", folder)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert "was begun with steps = 200, not 300" in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("teacher-student", "--widths", "4,x"), "4,5,10"),
        (("teacher-student", "--widths", "3"), "number 1 of --widths must be at least 4"),
        (("teacher-student", "--seeds", "0"), "--seeds"),
        (("teacher-student", "--mnist", "x"), "No such option"),
        (("deep-teacher", "--side", "4"), "No such option"),
        (("toy", "--steps", "4"), "No such option"),
        (("teacher-student", "--step", "0.3"), "must be a multiple of --step, not 33.3"),
        (("deep-teacher", "--step", "0"), "must be finite and"),
        (("mnist-saddles", "--mnist", "/nowhere/at/all"), "is no folder with MNIST's idx files"),
        (("mnist-saddles",), "Missing option '--mnist'"),
        (("toy", "--figure", "a.jpg"), "must end in .png, .svg or .pdf"),
        (("teacher-student", "-o", "a.jsonl"), "no jsonl output"),
    ],
)
def test_bad_input_is_one_line(run, arguments, part):
    code, out, err = run("experiment", *arguments)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert part in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("teacher-student", "-o", "x.parquet"), "Parquet needs pyarrow: pip install"),
        (("toy", "--format", "parquet", "-o", "x"), "Parquet needs pyarrow: pip install"),
        (
            (
                "teacher-student",
                "--widths",
                "4,5,6,7,8,9,10,11,12,13,14,15,16",
                "--figure",
                "x.png",
            ),
            "has room for 1 to 12 students, not 13",
        ),
        (("mnist-descents", "--mnist", ".", "--steps", "7"), "--steps must be a multiple of 10"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_first_training(
    run, tmp_path, monkeypatch, arguments, part
):
    def never(*args, **options):
        raise AssertionError("trained")

    monkeypatch.setattr(teaching, "train", never)
    monkeypatch.setattr(collisions, "train", never)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.chdir(tmp_path)
    code, out, err = run("experiment", *arguments)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert part in err


def test_an_interrupt_leaves_a_folder_that_goes_on(run, tmp_path, monkeypatch):
    train = teaching.train

    def interrupted(problem, widths, seed, **options):
        if seed == 1:
            raise KeyboardInterrupt
        return train(problem, widths, seed, **options)

    monkeypatch.setattr(teaching, "train", interrupted)
    arguments = ("experiment", "teacher-student", *SMALL, "--folder", tmp_path / "run")
    code, out, err = run(*arguments)
    assert (code, out) == (130, "")
    assert "the same command goes on from there" in err
    monkeypatch.setattr(teaching, "train", train)
    code, _, err = run(*arguments)
    assert code == 0
    assert sorted(name for name in os.listdir(tmp_path / "run") if name.endswith(".json")) == [
        "run.json", "student-4-0000.json", "student-4-0001.json"
    ]  # fmt: skip


def test_a_signal_interrupts_and_the_folder_is_whole(tmp_path):
    """The real thing: SIGINT to the process while it trains."""
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-c", "import signal; signal.signal(signal.SIGINT, "
         "signal.default_int_handler); from critcount.cli import main; main()",
         "experiment", "teacher-student", "--seeds", "10000", "--widths", "4",
         "--folder", str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (folder / "student-4-0000.json").exists():
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "critcount: interrupted"
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]
    for name in os.listdir(folder):
        if name.endswith(".json"):
            json.loads((folder / name).read_text())


def test_the_size_of_work_that_takes_long_is_said(run, monkeypatch):
    def slow(*args, **options):
        time.sleep(0.3)
        raise ValueError("enough")

    monkeypatch.setattr(landscape, "QUIET_SECONDS", 0.01)
    monkeypatch.setattr(collisions, "train", slow)
    for quiet, said in (([], "critcount: 8 minima and pairs to do\n"), (["--quiet"], "")):
        code, _, err = run(*quiet, "experiment", "toy", "--seeds", "2", "--width", "3")
        assert (code, err) == (2, f"{said}critcount: enough\n")


def test_trainings_that_do_not_converge_are_said(run, monkeypatch):
    import numpy as np

    from critcount import Network

    class Trained:
        network = Network([np.ones((3, 3)), np.ones((1, 3))])
        loss, gradient_norm, converged, message = 0.5, 1e-3, False, "not converged: a reason"
        outcome, seed = "not done", 0

    monkeypatch.setattr(collisions, "train", lambda *args, **options: Trained)
    code, out, err = run("experiment", "toy", "--width", "3", "--seeds", "2", "--table", "minima")
    assert code == 0
    assert out.count("not converged: a reason") == 2
    assert "2 of 2 trainings did not converge" in notes(err)


@pytest.mark.parametrize(
    ("name", "blocked", "message"),
    [
        ("toy", "jax", "needs JAX: pip install 'critcount[landscape]'"),
        ("teacher-student", "jax", "needs JAX: pip install 'critcount[landscape]'"),
        ("deep-teacher", "jax", "needs JAX: pip install 'critcount[landscape]'"),
    ],
)
def test_without_the_extra_one_line_says_which(name, blocked, message, tmp_path):
    code = (
        f"import sys; sys.modules[{blocked!r}] = None; "
        "from critcount.cli import landscape, main; landscape.PATIENCE = 1e6; "
        f"main(['experiment', {name!r}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done.stderr)
    assert message in done.stderr


def test_a_figure_without_matplotlib_is_refused_before_the_work(tmp_path):
    code = (
        "import sys; sys.modules['matplotlib'] = None; from critcount.cli import main; "
        "main(['experiment', 'toy', '--figure', 'a.png'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert one_line(done.stderr)
    assert "critcount[plot]" in done.stderr


def test_help_is_light():
    code = (
        "import sys; from critcount.cli import main\n"
        "try: main(['experiment', 'toy', '--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'jax', 'pandas', 'matplotlib', 'scipy', 'rich') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_students_of_another_activation(run, tmp_path, monkeypatch):
    def finished(problem, hidden, seed, **options):
        assert problem.activation == "tanh"
        found = Network([-make_teacher().weights[0], -make_teacher().weights[1]])
        return SimpleNamespace(
            network=found,
            loss=problem.loss(found),
            gradient_norm=0.0,
            converged=True,
            message="",
            outcome="minimum",
            seed=seed,
        )

    monkeypatch.setattr(teaching, "train", finished)
    command = ("experiment", "teacher-student", "--widths", 4, "--seeds", 1)
    more = ("--folder", tmp_path, "--format", "csv", "--table", "students")
    code, out, _ = run(*command, "--activation", "tanh", *more)
    assert code == 0
    row = next(csv.DictReader(io.StringIO(out)))
    assert (row["outcome"], row["copies"], row["flips"]) == ("zero loss", "{1,1,1,1}", "4")
    code, out, err = run(*command, "--activation", "erf", "--folder", tmp_path)
    assert (code, out) == (2, "")
    assert "was begun with activation = 'tanh', not 'erf'" in err
    code, out, err = run(*command, "--activation", "tamh")
    assert (code, out) == (2, "")
    assert "--activation must be one of" in err
