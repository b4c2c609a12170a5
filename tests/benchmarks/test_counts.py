"""T and G against FLINT, the triangle against its own sum, the command line against click."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from flint import fmpz

from critcount import G, T, triangle_T
from tests.benchmarks.side_by_side import compare

M = 10**4
DRAWN = [random.SystemRandom().randrange(2, M) for _ in range(3)]

pytestmark = pytest.mark.benchmark


@pytest.mark.parametrize(
    ("r", "at_most"), [*((r, 3) for r in (0, 1, 10, 9990)), *((r, 6) for r in DRAWN)]
)
def test_T_against_bell_number(benchmark, r, at_most):
    compare(benchmark, lambda: T(r, M), lambda: fmpz.bell_number(M), at_most)


@pytest.mark.parametrize("r", [100, 1000, 5000, 9000])
def test_G_against_stirling_s2(benchmark, r):
    compare(benchmark, lambda: G(r, M), lambda: fmpz.stirling_s2(M, r), 1.2, rounds=9)


@pytest.mark.parametrize("h", [50, 100, 200, 300])
def test_G_near_the_diagonal_is_faster_than_stirling_s2(benchmark, h):
    compare(benchmark, lambda: G(M - h, M), lambda: fmpz.stirling_s2(M, M - h), 1, rounds=9)


def test_triangle_against_adding_up_its_output(benchmark):
    numbers = [number for row in triangle_T(500) for number in row]
    compare(benchmark, lambda: triangle_T(500), lambda: sum(numbers), 10, rounds=9)


def run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)


def test_help_against_importing_click(benchmark):
    compare(
        benchmark,
        lambda: run("-m", "critcount", "--help"),
        lambda: run("-c", "import click"),
        2,
        rounds=5,
    )


def test_count_of_a_large_classifier_against_help(benchmark):
    compare(
        benchmark,
        lambda: run("-m", "critcount", "count", "25088-4096-4096-1000"),
        lambda: run("-m", "critcount", "--help"),
        5,
        rounds=5,
    )
