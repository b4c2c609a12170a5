"""The program as a process: its streams, signals and outputs in whatever state they come."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from critcount import cli
from tests.conftest import one_line

PROGRAM = [sys.executable, "-m", "critcount"]
TABLE = "quantity                  of  value\narchitecture                  2-5-1\n"

posix = pytest.mark.skipif(os.name != "posix", reason="shells, signals and descriptors of POSIX")


def shell(script, cwd=None, **environment):
    """(exit code, stdout, stderr) of a bash script in which $C is the program."""
    done = subprocess.run(
        ["bash", "-c", script.replace("$C", " ".join(PROGRAM))],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@posix
def test_what_a_link_in_dev_leads_to_is_written_onward(tmp_path):
    log = tmp_path / "log"
    log.write_text("old\n")
    assert shell("$C count 2-5-1 -o /dev/stdout >> log", tmp_path) == (0, "", "")
    assert log.read_text().startswith("old\n" + TABLE)
    assert shell("$C count 2-5-1 -o /dev/fd/3 3>> log", tmp_path) == (0, "", "")
    assert log.read_text().count(TABLE) == 2
    (tmp_path / "link").symlink_to("/dev/stdout")
    assert shell("{ echo first; $C count 2-5-1 -o link; } > log", tmp_path) == (0, "", "")
    assert log.read_text().startswith("first\n" + TABLE)
    assert sorted(os.listdir(tmp_path)) == ["link", "log"]


@posix
def test_pipes_and_processes_take_what_is_written(tmp_path):
    code, out, err = shell("$C count 2-5-1 -o /dev/stdout | cat", tmp_path)
    assert (code, out[: len(TABLE)], err) == (0, TABLE, "")
    code, _, err = shell("$C count 2-5-1 -o >(gzip > x.gz; echo done > y) && until [ -s y ]; "
                         "do sleep 0.05; done", tmp_path)  # fmt: skip
    assert (code, err) == (0, "")
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()).decode().startswith(TABLE)
    code, _, err = shell("mkfifo f; cat f > y & $C count 2-5-1 -o f; wait", tmp_path)
    assert (code, err) == (0, "")
    assert (tmp_path / "y").read_text().startswith(TABLE)


@posix
@pytest.mark.parametrize("suffix", ["parquet", "npz", "svg"])
def test_formats_with_an_index_are_written_onward(tmp_path, suffix):
    pytest.importorskip({"parquet": "pyarrow", "npz": "numpy", "svg": "matplotlib"}[suffix])
    command = {
        "parquet": "$C enumerate expansions 2 4 -o",
        "npz": "$C embed teacher.npz --widths 4 --seed 0 -o",
        "svg": "$C plot graph 2-2-1 --minimal 1 -o",
    }[suffix]
    if suffix == "npz":
        weights = {"0.weight": [[1.0, 2], [3, 5]], "1.weight": [[1.0, 2]]}
        np.savez(tmp_path / "teacher.npz", **weights)
    (tmp_path / f"link.{suffix}").symlink_to("/dev/fd/3")
    (tmp_path / "log").write_bytes(b"old")
    assert shell(f"{command} plain.{suffix}", tmp_path)[::2] == (0, "")
    assert shell(f"{command} link.{suffix} 3>> log", tmp_path)[::2] == (0, "")
    log = (tmp_path / "log").read_bytes()
    assert log.startswith(b"old")
    if suffix == "npz":
        with (
            np.load(io.BytesIO(log.removeprefix(b"old"))) as new,
            np.load(tmp_path / "plain.npz") as plain,
        ):
            assert len(plain.files) == 2
            assert all((new[name] == plain[name]).all() for name in plain)
    else:
        assert log.removeprefix(b"old") == (tmp_path / f"plain.{suffix}").read_bytes()


@posix
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("dir/", "dir/: is a folder that does not exist"),
        ("dir/.", "dir/.: is a folder that does not exist"),
        ("no/../a", "no/../a: its folder does not exist"),
        ("..", "..: is a folder, not a file"),
        ("/dev/fd/77", "/dev/fd/77: is not open"),
        ("loop", "loop: leads through links without an end"),
        ("broken", "broken: its folder does not exist"),
        ("x" * 300, "File name too long"),
    ],
)
def test_no_place_for_a_file(tmp_path, path, says):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken").symlink_to("nowhere/file")
    code, out, err = shell(f"$C count 2-5-1 -o {path}", tmp_path)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert says in err
    assert sorted(os.listdir(tmp_path)) == ["broken", "loop"]


@posix
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("$C count 2-5-1 >&-", (2, "", "critcount: standard output: is closed\n")),
        ("$C cite >&-", (2, "", "critcount: standard output: is closed\n")),
        ("$C --help >&-", (2, "", "critcount: standard output: is closed\n")),
        ("$C count 2-5-1 -o a >&-", (0, "", "")),
        (
            "$C count 2-5-1 -o /dev/stdout >&-",
            (2, "", "critcount: /dev/stdout: Bad file descriptor\n"),
        ),
        ("$C count 2-0-1 2>&-", (2, "", "")),
        ("$C count 2-0-1 2>/dev/full", (2, "", "")),
        ("$C count 2-1000000000-1 2>/dev/full", (3, "", "")),
        ("$C sample expansions 0 1 2>/dev/full", (0, "0\n", "")),
        ("$C sample expansions 0 1 2>&-", (0, "0\n", "")),
        ("$C cite >/dev/full", (2, "", "critcount: No space left on device\n")),
        ("$C cite >/dev/full 2>/dev/full", (2, "", "")),
        ("$C count 2-5-1 >&- 2>&- <&-", (2, "", "")),
        ("$C rank expansions 1 1 0 1>/dev/null <&-", (0, "", "")),
    ],
)
def test_streams_that_are_shut_or_full(tmp_path, command, expected):
    assert shell(command, tmp_path) == expected


@posix
def test_text_is_utf_8_whatever_the_locale(tmp_path):
    (tmp_path / "n.toml").write_text(
        '[[network]]\nname = "réseau θ"\narchitecture = "2-5-1"\n', encoding="utf-8"
    )
    for format_, variables in (
        ("text", {"PYTHONIOENCODING": "ascii"}),
        ("csv", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    ):
        command = f"$C table architectures n.toml --format {format_}"
        code, out, err = shell(command, tmp_path, **variables)
        assert (code, err) == (0, "")
        assert "réseau θ" in out


@posix
def test_names_that_are_not_utf_8(tmp_path):
    for name in (rb"\xff.tex", rb"a\nb.tex"):
        command = rf"$C count 2-5-1 -o $'{name.decode()}'"
        assert shell(command, tmp_path) == (0, "", "")
        (found,) = os.listdir(os.fsencode(tmp_path))
        lines = (tmp_path / os.fsdecode(found)).read_bytes().decode().splitlines()
        assert lines[0].startswith("% critcount count 2-5-1 -o ")
        table = next(i for i, line in enumerate(lines) if line.startswith(r"\begin"))
        assert all(line.startswith("%") for line in lines[:table])
        os.unlink(os.path.join(os.fsencode(tmp_path), found))


@posix
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "module",
    ["click", "critcount.cli.families", "numpy", "numpy._core.multiarray", "critcount.families"],
)
def test_a_signal_while_something_is_imported(tmp_path, module, number):
    script = (
        "import importlib.abc, os, signal, sys\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.{number})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "sys.argv = ['critcount', 'enumerate', 'expansions', '2', '4', '-o', 'a']\n"
        "from critcount.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    if number == "SIGINT":
        assert (done.returncode, done.stderr) == (130, "critcount: interrupted\n")
    elif module == "click":  # nothing is begun: the system ends it
        assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    else:
        assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")
    assert os.listdir(tmp_path) == []


RUNNING = (
    "import os, signal, sys, time, critcount.cli as cli, critcount._support.files as files\n"
    "def wait(context):\n"
    "    with files.whole_file('a') as stream:\n"
    "        stream.write('half'); stream.flush(); print('ready', flush=True)\n"
    "        {block}\n"
    "cli.cli.invoke = wait\n"
    "sys.argv = ['critcount', 'cite']\n"
    "from critcount.__main__ import main\n"
    "main()\n"
)


@posix
def test_an_ignored_signal_stays_ignored(tmp_path):
    script = RUNNING.format(
        block="[os.kill(os.getpid(), n) for n in (signal.SIGHUP, signal.SIGINT)]"
    )
    command = f"trap '' HUP INT; exec {sys.executable} -c \"$SCRIPT\""
    assert shell(command, tmp_path, SCRIPT=script) == (0, "ready\n", "")
    assert (tmp_path / "a").read_text() == "half"
    code, _, err = shell(f'exec {sys.executable} -c "$SCRIPT"', tmp_path, SCRIPT=script)
    assert (code, err) == (128 + signal.SIGHUP, "")


@posix
def test_a_second_interrupt_while_the_first_is_dealt_with_leaves_no_file(tmp_path):
    block = (
        "try: os.kill(os.getpid(), signal.SIGINT); time.sleep(9)\n"
        "        finally: os.kill(os.getpid(), signal.SIGINT); time.sleep(9)"
    )
    script = RUNNING.format(block=block).replace(
        "cli.cli.invoke", "files.os.unlink, unlink = lambda p: wait_and(p), os.unlink\n"
        "def wait_and(p):\n"
        "    files.os.unlink = unlink; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)\n"
        "cli.cli.invoke",
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (130, "critcount: interrupted\n")
    assert os.listdir(tmp_path) == []


@posix
def test_a_library_that_hides_an_interrupt(tmp_path):
    block = (
        "try: os.kill(os.getpid(), signal.SIGINT); time.sleep(9)\n"
        "        except BaseException: raise SystemError('lost')"
    )
    done = subprocess.run(
        [sys.executable, "-c", RUNNING.format(block=block)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "critcount: interrupted\n")


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_where_nothing_can_be_raised(tmp_path, name):
    """An exception in a destructor is lost to Python; the program ends all the same."""
    block = (
        f"type('Last', (), {{'__del__': lambda self: os.kill(os.getpid(), signal.{name})}})()\n"
        "        time.sleep(30)"
    )
    script = RUNNING.format(block=block)
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=25,
    )  # fmt: skip
    number = getattr(signal, name)
    says = "critcount: interrupted\n" if name == "SIGINT" else ""
    assert (done.returncode, done.stderr) == (128 + number, says)
    assert os.listdir(tmp_path) == []


@posix
def test_what_a_killed_process_left_is_swept_and_what_a_living_one_writes_is_not(tmp_path):
    processes = []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNING.format(block="time.sleep(60)")],
            stdout=subprocess.PIPE, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdout.readline() == b"ready\n"
        process.stdout.close()
        processes.append(process)
    assert len(os.listdir(tmp_path)) == 2
    processes[0].kill()
    processes[0].wait()
    assert len(os.listdir(tmp_path)) == 2
    assert shell("$C count 2-5-1 -o b", tmp_path) == (0, "", "")
    (left,) = set(os.listdir(tmp_path)) - {"b"}
    assert left.startswith(".critcount.")
    processes[1].terminate()
    assert processes[1].wait() == 128 + signal.SIGTERM
    assert os.listdir(tmp_path) == ["b"]


def test_a_system_without_sighup():
    script = (
        "import signal; del signal.SIGHUP\n"
        "import sys; sys.modules['fcntl'] = None\n"
        "from critcount import cli; cli.main(['count', '2-5-1'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout[: len(TABLE)], done.stderr) == (0, TABLE, "")


def test_handlers_are_those_of_before():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_click_runs_the_commands_with_the_same_exit_codes():
    run = CliRunner().invoke
    assert (
        json.loads(run(cli.cli, ["count", "2-5-1", "--format", "json"]).stdout)["minima"] == "120"
    )
    latex = run(cli.cli, ["count", "2-5-1", "--format", "latex"])
    assert (latex.exit_code, latex.stdout[:16]) == (0, "% critcount coun")
    assert run(cli.cli, ["count", "2-0-1"]).exit_code == 2
    assert run(cli.cli, ["count", "2-1000000000-1"]).exit_code == 3
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        cli.cli.main(["count", "2-0-1"], standalone_mode=False)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["critcount", "co"], ["plain,connected", "plain,count"]),
        (["critcount", "count", "--mi"], ["plain,--minimal"]),
        (["critcount", "table", "regi"], ["plain,regimes", "plain,regions"]),
        (["critcount", "plot", "gra"], ["plain,graph"]),
    ],
)
def test_shells_complete(words, expected):
    variables = {
        "_CRITCOUNT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, check=False, env={**os.environ, **variables}
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, expected, "")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_scripts_of_completion(name):
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, check=False,
        env={**os.environ, "_CRITCOUNT_COMPLETE": f"{name}_source"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_CRITCOUNT_COMPLETE={name}_complete" in done.stdout
