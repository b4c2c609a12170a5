import shutil
from pathlib import Path

import pytest

from critcount import export, publish, tables

TABLES = Path(__file__).parent.parent / "tables"


@pytest.fixture
def folder(tmp_path):
    """A folder with two networks, published."""
    (tmp_path / publish.NETWORKS).write_text(
        '[[network]]\nname = "small"\narchitecture = "2-5-1"\nminimal = "4"\n'
        '[[network]]\nname = "deep"\narchitecture = "2-3-3-1"\n'
    )
    (tmp_path / publish.MODELS).write_text(
        '[[model]]\nname = "small"\nfactorials = [[4, 1]]\nduplicable = [[4, 1]]\n'
        "families = 1\ngaps = 0\n"
    )
    publish.write_tables(tmp_path)
    return tmp_path


def test_the_readme_of_the_tables_names_each():
    text = (TABLES / "README.md").read_text()
    for path in TABLES.iterdir():
        assert f"`{path.stem}" in text or path.name == "README.md", path


def test_the_published_digits_come_back(folder):
    frame = export.read_frame(folder / "architectures.csv")
    networks = tables.read_networks(folder / publish.NETWORKS)
    assert frame["expansions"].tolist() == [360, None]
    assert frame["minima"].tolist() == tables.architecture_table(networks)["minima"].tolist()


def test_check_says_what_differs_and_where(folder):
    assert publish.check_tables(folder) == []
    csv = folder / "subspaces.csv"
    csv.write_text(csv.read_text().replace("360", "361", 1))
    (folder / "regimes.tex").unlink()
    tex = folder / "subspaces.tex"
    tex.write_text(tex.read_text() + "more\n")
    differences = publish.check_tables(folder)
    assert len(differences) == 3
    assert any("regimes.tex: is missing" in line for line in differences)
    assert any("subspaces.csv: line " in line and "expected" in line for line in differences)
    assert any("subspaces.tex: has " in line for line in differences)
    publish.write_tables(folder)
    assert publish.check_tables(folder) == []


def test_check_sees_line_ends_and_other_encodings(folder):
    path = folder / "subspaces.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (folder / "regimes.csv").write_bytes(b"\xff")
    assert [line.partition(": ")[2] for line in publish.check_tables(folder)] == [
        "differs in its line ends",
        "is not UTF-8 text",
    ]


def test_a_changed_network_is_seen(folder):
    path = folder / publish.NETWORKS
    path.write_text(path.read_text().replace("2-5-1", "2-6-1"))
    assert {Path(line.partition(": ")[0]).name for line in publish.check_tables(folder)} == {
        "architectures.csv",
        "architectures.tex",
        "permutation-points.csv",
        "permutation-points.tex",
    }


def test_latex_says_command_and_formula(folder):
    lines = (folder / "architectures.tex").read_text().splitlines()
    assert lines[0].startswith("% critcount publish ")
    assert "prod_k" in lines[1]


def test_no_list_of_networks(tmp_path):
    with pytest.raises(FileNotFoundError):
        publish.check_tables(tmp_path)
    shutil.copy(TABLES / publish.NETWORKS, tmp_path)
    shutil.copy(TABLES / publish.MODELS, tmp_path)
    assert len(publish.check_tables(tmp_path)) == 2 * (len(publish.TABLES) + 1)
