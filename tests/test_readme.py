"""What the README says outside of its examples, which `test_docs` and doctest run."""

import re
from pathlib import Path

from critcount import Architecture, count_expansions, count_minima, count_permutation_points
from critcount._support import numerals

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


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
