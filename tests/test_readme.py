"""Every example of the README: its console sessions here, its Python as a doctest."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from critcount import (
    Architecture,
    count_expansions,
    count_minima,
    count_permutation_points,
    numerals,
)

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
SESSIONS = [
    session for block in BLOCKS for session in re.findall(r"\$ (.+)\n((?:(?!\$ ).*\n)*)", block)
]
COMMANDS = re.findall(r"^(critcount .*?)(?: +#.*)?$", TEXT, re.MULTILINE)


def run(command):
    program, *arguments = shlex.split(command)
    assert program == "critcount"
    done = subprocess.run(
        [sys.executable, "-m", "critcount", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("command", "output"), SESSIONS)
def test_console_sessions_print_what_they_say(command, output):
    assert run(command) == output


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command):
    run(command)


def test_there_are_examples_to_test():
    assert len(SESSIONS) >= 2
    assert len(COMMANDS) >= 4


def test_the_table_at_the_top():
    rows = re.findall(
        r"^\| [^|]+ \| ([0-9-]+) \| (\S+) \| (\S+) \| (\S*) ?\|$", TEXT, re.MULTILINE
    )
    assert len(rows) == 5
    for widths, minima, points, expansions in rows:
        a = Architecture.parse(widths)
        shown = [count_minima(a), count_permutation_points(a, 1)]
        if expansions:
            shown.append(count_expansions(a, 4))
        short = [numerals.readable(n).partition(" ")[0] for n in shown]
        assert short == [minima, points, expansions][: len(short)]


def test_the_commands_of_installation_and_tests_are_the_ones_that_ci_runs():
    setups = [line for line in TEXT.splitlines() if line.startswith("python3 -m venv ")]
    assert len(setups) == 2
    ci = (ROOT / ".ci" / "run").read_text()
    assert setups[1] in ci
    job = setups[0].rpartition("bin/critcount ")[2]
    assert f'/critcount" {job}' in ci  # the main job, as installed
