"""Libraries that an extra installs."""

import json
import sys

import pytest

from critcount._support import extras


def test_what_is_installed_is_imported():
    assert extras.optional("json", "plot", "nothing needs it") is json


def test_a_module_inside_a_package_comes_itself():
    assert extras.optional("json.decoder", "plot", "nothing").JSONDecoder is json.JSONDecoder


def test_what_is_missing_is_said_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "absent", None)  # an import of it fails
    with pytest.raises(ImportError) as caught:
        extras.optional("absent", "plot", "figures need absent")
    assert str(caught.value) == "figures need absent: pip install 'critcount[plot]'"
    assert isinstance(caught.value.__cause__, ImportError)


def test_pyarrow_comes_with_its_parquet_part():
    pytest.importorskip("pyarrow")
    assert callable(extras.pyarrow().parquet.write_table)


@pytest.mark.parametrize("module", ["pyarrow", "pyarrow.parquet"])
def test_without_pyarrow_the_extra_is_named(monkeypatch, module):
    if module != "pyarrow":
        pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"^Parquet needs pyarrow: .*critcount\[parquet\]"):
        extras.pyarrow()
