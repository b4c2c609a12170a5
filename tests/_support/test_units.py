"""Folders of finished units."""

import math

import pytest

from critcount._support import files
from critcount._support.units import Units


def test_what_is_kept_comes_back(tmp_path):
    folder = tmp_path / "new" / "run"
    found = {"loss": 1 / 3, "losses": [0.1, 2e-300], "index": None}
    Units(folder).write("a", found)
    assert Units(folder).read("a") == found
    assert Units(folder).read("b") is None
    assert [path.name for path in folder.iterdir()] == ["a.json"]


def test_without_a_folder_nothing_is_kept():
    units = Units(None)
    units.write("a", {"loss": 1.0})
    assert units.read("a") is None


def test_infinite_numbers_only_where_they_may_be(tmp_path):
    with pytest.raises(ValueError, match="Out of range"):
        Units(tmp_path).write("a", {"loss": math.inf})
    assert list(tmp_path.iterdir()) == []
    units = Units(tmp_path, unbounded=True)
    units.write("a", {"loss": math.inf})
    assert units.read("a") == {"loss": math.inf}


@pytest.mark.parametrize("text", ["", '{"loss": 1', "[1]", "[" * 10**5])
def test_a_damaged_unit_is_named(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json is damaged: remove it, and it is made again"):
        Units(tmp_path).read("a")


def test_a_unit_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    def die(payload, path):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "put", die)
    units = Units(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        units.write("a", {"loss": 1.0})
    assert units.read("a") is None
