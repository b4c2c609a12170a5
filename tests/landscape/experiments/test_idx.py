"""Files in the idx format: what was written comes back, what is damaged is refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from critcount._support.errors import SizeLimitError
from critcount.landscape.experiments.idx import read_idx
from tests.landscape.experiments.idx_files import idx_bytes


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0,), (3, 0, 2)])
def test_idx_gives_back_what_was_written(tmp_path, shape, packed):
    array = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    path = tmp_path / "file"
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    found = read_idx(path, len(shape))
    assert found.dtype == np.uint8
    assert np.array_equal(found, array)
    assert found.shape == shape


GOOD = idx_bytes(np.arange(6).reshape(2, 3))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is no idx file: it begins with nothing"),
        (b"\0\0", "is no idx file"),
        (b"\x89PNG" + GOOD, "is no idx file: it begins with 89 50 4e 47"),
        (b"\0\0\x0d\x02" + GOOD[4:], "must hold unsigned bytes"),
        (b"\0\0\x08\x03" + GOOD[4:], "must have 2 dimensions, not 3"),
        (GOOD[:9], "ends within its header"),
        (GOOD[:-1], "announces 6 bytes of data and has only 5"),
        (GOOD + b"\0", "announces 6 bytes of data and has more"),
        (gzip.compress(GOOD, mtime=0)[:-9], "is damaged"),
        (gzip.compress(GOOD, mtime=0)[:12] + b"????????", "is damaged"),
        (gzip.compress(GOOD[:-1], mtime=0), "has only 5"),
    ],
)
def test_a_bad_idx_file_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="bad: ") as error:
        read_idx(path, 2)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_every_truncation_of_an_idx_file_is_noticed(tmp_path):
    for content in (GOOD, gzip.compress(GOOD, mtime=0)):
        for length in range(len(content)):
            (tmp_path / "cut").write_bytes(content[:length])
            with pytest.raises(ValueError, match="cut: "):
                read_idx(tmp_path / "cut", 2)


def test_a_header_that_announces_too_much_is_refused_before_reading(tmp_path):
    path = tmp_path / "huge"
    path.write_bytes(bytes([0, 0, 8, 3]) + b"\xff" * 12)
    with pytest.raises(SizeLimitError, match=r"huge.*raise limit"):
        read_idx(path, 3)
    path.write_bytes(GOOD)
    with pytest.raises(SizeLimitError, match="6 bytes"):
        read_idx(path, 2, limit=5)
