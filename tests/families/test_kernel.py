"""The kernel that writes blocks of words: parts, memory orders, types, bounded memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from critcount import CriticalSubspaces, Expansions, PermutationPoints
from critcount._support.types import letter_dtype
from critcount.families import _kernel
from critcount.families.labelled import FreeZeros
from tests.oracles import families_brute_force as brute

CASES = [
    (Expansions(2, 6), brute.configurations(2, 6)),
    (Expansions(0, 7), brute.configurations(0, 7)),
    (CriticalSubspaces(3, 6), brute.critical(3, 6)),
    (PermutationPoints(6, 2), brute.permutation_points(6, 2)),
    (
        Expansions(1, 7, shape=((2,), (1, 2, 2))),
        [w for w in brute.configurations(1, 7) if brute.sizes(w, 1) == ((2,), (1, 2, 2))],
    ),
]
# the constants that decide how the work is cut up, so small that every way is taken
SETTINGS = [
    {},
    {"TABLE_ROWS": 64, "TABLE_DEPTH": 3},
    {"TABLE_DEPTH": 1},
    {"TABLE_LETTERS": 6},
    {"CACHE_BYTES": 0, "TABLE_DEPTH": 4},
    {"PIECE_BYTES": 1},
    {"ROW_LETTERS": 1},
    {"ROW_LETTERS": 40},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("order", ["F", "C"])
def test_blocks_are_the_brute_force_however_the_work_is_cut(monkeypatch, settings, order):
    for name, value in settings.items():
        monkeypatch.setattr(_kernel, name, value)
    for family, expected in CASES:
        expected = np.array(expected)
        count = len(expected)
        for start, stop in ((0, count), (0, 1), (count - 1, count), (count // 3, count // 2)):
            for rows in (1, 7, 100, count):
                if rows == 1 and stop - start > 200:
                    continue
                blocks = list(family.batches(rows, start=start, stop=stop, order=order))
                assert np.array_equal(np.concatenate(blocks), expected[start:stop])


def test_blocks_are_arrays_of_their_own():
    first, second, *_ = Expansions(2, 6).batches(100)
    kept = second.copy()
    first[:] = 99
    assert np.array_equal(second, kept)
    assert not np.shares_memory(first, second)
    again = next(Expansions(2, 6).batches(100))
    again[:] = 99
    assert Expansions(2, 6).words().max() < 6


@pytest.mark.parametrize("order", ["F", "C"])
def test_more_than_256_letters(order):
    family = Expansions(300, 302)
    block = family.words(0, 100_000, order=order)
    assert block.dtype == np.uint16
    assert block.flags[f"{order}_CONTIGUOUS"]
    assert np.array_equal(block[0], [0, 0, *range(300)])
    for index in (1, 299, 12_345, 99_999):
        assert tuple(block[index].tolist()) == family.unrank(index).word
    # increasing: at the first place where two neighbours differ
    place = (block[1:] != block[:-1]).argmax(axis=1)
    row = np.arange(len(place))
    assert (block[1:][row, place] > block[:-1][row, place]).all()


def test_letters_are_as_narrow_as_the_family_allows():
    assert Expansions(0, 256).words(0, 1).dtype == np.uint8
    assert Expansions(0, 257).words(0, 1).dtype == np.uint16
    assert Expansions(1, 400, shape=((399,), (1,))).words(0, 1).dtype == np.uint8
    assert letter_dtype(1 << 16) == np.uint16
    assert letter_dtype((1 << 16) + 1) == np.uint32


def test_suffix_tables_are_dropped_when_they_are_too_large(monkeypatch):
    monkeypatch.setattr(_kernel, "CACHE_BYTES", 3000)
    monkeypatch.setattr(_kernel, "PIECE_BYTES", 100)
    automaton = FreeZeros(3, 9)
    tables = _kernel._SuffixTables(automaton, 10**6)
    for missing in range(8):
        for opened in range(3):
            state = (missing, opened)
            for table in (tables.table(state, 4), tables.padded(state, 4)):
                assert len(table) == automaton.count(state, 4)
            kept = [*tables._tables.values(), *tables._padded.values()]
            largest = sum(t.nbytes for group in kept for t in group.values())
            assert largest < 3000 + 2 * 9 * automaton.count((7, 2), 4) + 20_000


def test_a_range_that_crosses_a_high_place():
    # the last word that begins with 0, and the first that begins with 1
    family = CriticalSubspaces(2, 300)
    half = family.cardinality() // 2
    block = family.words(half - 1, half + 2)
    assert block[0].tolist() == [0] + [1] * 299
    assert block[1].tolist() == [1] + [0] * 299
    assert block[2].tolist() == [1] + [0] * 298 + [1]


def test_a_rank_that_no_completion_has():
    with pytest.raises(IndexError, match="no completion has this rank"):
        _kernel.find(FreeZeros(1, 2).cursor(), 3)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_ten_million_rows_of_a_larger_family_in_bounded_memory():
    script = """
from pathlib import Path
from critcount import Expansions
for family in (Expansions(5, 16), Expansions(30, 33)):
    assert family.cardinality() > 10**12
    for order in "FC":
        assert sum(map(len, family.batches(stop=10**7, order=order))) == 10**7
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(int(status["VmHWM"].removesuffix("kB")) // 1024)
"""  # the peak of this process alone: ru_maxrss starts from that of the process that started it
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert int(result.stdout) < 300
