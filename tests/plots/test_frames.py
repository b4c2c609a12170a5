"""The frames behind the figures equal the exact counts."""

import itertools

import pytest

from critcount import (
    G,
    T,
    critical_to_global_ratio,
    crossover,
    dimension_distribution,
)
from critcount._support import numerals

pytest.importorskip("matplotlib")
from critcount.plots import frames


@pytest.mark.parametrize(
    ("first", "last"), [(0, 0), (3, 50), (1, 119), (1, 121), (100, 2000), (5, 10**12)]
)
def test_spaced(first, last):
    chosen = frames.spaced(first, last)
    assert (chosen[0], chosen[-1]) == (first, last)
    assert all(a < b for a, b in itertools.pairwise(chosen))
    assert len(chosen) <= 120
    if last - first < 120:
        assert chosen == list(range(first, last + 1))


def test_ratio_frame():
    frame = frames.ratio_frame([2, 4, 30], 40)
    for row in frame.itertuples():
        exact = numerals.log10(critical_to_global_ratio(row.r_star, row.m))
        assert row.log10_ratio == pytest.approx(exact, abs=1e-9)
        assert row.crossover == crossover(row.r_star)
    assert set(frame[frame.r_star == 30].m) == set(range(30, 41))
    assert frames.ratio_frame([10]).m.max() == 10 + 3 * crossover(10) + 6


def test_frames_of_long_numbers_agree_with_the_integers(monkeypatch):
    monkeypatch.setattr(frames, "_EXACT_DIGITS", 0)
    for row in frames.ratio_frame([4, 12], 20).itertuples():
        exact = numerals.log10(critical_to_global_ratio(row.r_star, row.m))
        assert row.log10_ratio == pytest.approx(exact, abs=1e-9)
    for row in frames.growth_frame([1, 30], 40).itertuples():
        assert row.log10_T == pytest.approx(numerals.log10(T(row.r, row.m)), abs=1e-9)
        assert row.log10_G == pytest.approx(numerals.log10(G(row.r, row.m)), abs=1e-9)


def test_growth_frame():
    for row in frames.growth_frame([1, 3], 30).itertuples():
        assert row.log10_T == numerals.log10(T(row.r, row.m))
        assert row.log10_G == numerals.log10(G(row.r, row.m))


@pytest.mark.parametrize(
    "case",
    [(0, 0, 2, 1), (0, 5, 3, 1), (1, 1, 1, 2), (4, 12, 10, 3), (3, 9, 2, 2), (2, 60, 1, 7)],
)
def test_dimension_frame(case):
    frame = frames.dimensions_frame(*case)
    exact = dimension_distribution(*case)
    assert dict.fromkeys(sorted(frame.dimension)) == dict.fromkeys(exact)
    for row in frame.itertuples():
        assert row.log10_count == pytest.approx(numerals.log10(exact[row.dimension]), abs=1e-9)


def test_dimension_frame_is_thinned_out():
    frame = frames.dimensions_frame(3, 100, 5, 1, points=7)
    assert list(frame.zero_blocks) == [0, 16, 32, 48, 64, 80, 97]
    exact = dimension_distribution(3, 100, 5, 1)
    for row in frame.itertuples():
        assert row.log10_count == pytest.approx(numerals.log10(exact[row.dimension]), abs=1e-9)
    assert len(frames.dimensions_frame(3, 10**9, 5, 1, points=5)) == 5


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: frames.ratio_frame([1]), ValueError, r"r_stars\[0\] must be at least 2"),
        (lambda: frames.ratio_frame([]), ValueError, "from 1 to 12 widths, not 0"),
        (lambda: frames.ratio_frame(range(2, 30)), ValueError, "from 1 to 12 widths, not 28"),
        (lambda: frames.ratio_frame([5], 5), ValueError, "max_m must be at least 6"),
        (lambda: frames.growth_frame([0]), ValueError, r"widths\[0\] must be at least 1"),
        (lambda: frames.growth_frame([3], 10**13), ValueError, "max_m must be at most"),
        (lambda: frames.growth_frame([3], 5.0), TypeError, "max_m must be an integer"),
        (lambda: frames.dimensions_frame(4, 3, 1, 2), ValueError, "m must be at least 4"),
        (lambda: frames.dimensions_frame(4, 5, 0, 2), ValueError, "d_in must be at least 1"),
    ],
)
def test_bad_frames(call, error, message):
    with pytest.raises(error, match=message):
        call()
