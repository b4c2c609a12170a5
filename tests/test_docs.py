"""Every example on every page runs: sessions, commands, tutorials here; the rest as doctests."""

import importlib.util
import pkgutil
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest

import critcount

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))
    if not {"_build", "generated"} & set(page.parts)
)
#: blocks that hold nothing to run: text that is shown, and what Sphinx reads
SHOWN = {"text", "bibtex", "latex", "{toctree}", "{include}", "{eval-rst}"}


class Block(NamedTuple):
    kind: str
    body: str


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page):
    """The fenced blocks of a page."""
    found = re.findall(r"^(```+)([^\n`]*)\n(.*?)^\1$", text_of(page), re.DOTALL | re.MULTILINE)
    return [Block(kind.strip(), body) for _, kind, body in found]


def prose(page):
    """A page without its fenced blocks."""
    return re.sub(r"^(```+).*?^\1$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def sessions(block):
    """Each command of a session, and what it is said to print."""
    if block.kind == "console":
        return re.findall(r"\$ (.+)\n((?:(?!\$ ).*\n)*)", block.body)
    if block.kind == "":
        return [(line, None) for line in re.findall(r"^critcount .*$", block.body, re.MULTILINE)]
    return []


def pages_with(kind):
    return [page for page in PAGES if any(block.kind.startswith(kind) for block in blocks(page))]


def test_there_are_pages_of_every_kind():
    assert {"README.md", "CONTRIBUTING.md", "docs/index.md", "docs/mathematics.md"} <= set(PAGES)
    assert sum(bool(sessions(block)) for page in PAGES for block in blocks(page)) >= 5
    assert len(pages_with("{code-cell}")) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_one_that_runs_or_says_that_it_does_not(page):
    for kind, body in blocks(page):
        if kind == "python":
            # collected by pytest as a doctest, which ends with an empty line
            assert page == "README.md" or page.startswith("docs/")
            assert body.startswith(">>> ")
            assert body.endswith("\n\n")
        elif kind == "console":
            assert body.startswith("$ critcount ")
        else:
            assert ">>> " not in body
            assert kind in {"", "{code-cell} python"} or kind.split()[0] in SHOWN, kind
    assert not re.search(r"^ {4,}(critcount|>>>|\$) ", prose(page), re.MULTILINE)


@pytest.mark.parametrize("page", [p for p in PAGES if any(map(sessions, blocks(p)))])
def test_commands_do_what_the_page_says(page, run, tmp_path, monkeypatch):
    (tmp_path / "tables").symlink_to(ROOT / "tables")
    monkeypatch.chdir(tmp_path)
    for block in blocks(page):
        for command, output in sessions(block):
            program, *arguments = shlex.split(command, comments=True)
            assert program == "critcount"
            code, out, err = run(*arguments)
            assert code == 0, (command, err)
            if output is not None:
                assert out == output, command


@pytest.mark.parametrize("page", pages_with("{code-cell}"))
def test_the_cells_of_a_tutorial_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "tutorial"}
    for kind, body in blocks(page):
        if kind.startswith("{code-cell}"):
            code = re.sub(r"^%matplotlib inline\n", "", body)  # where figures go in a notebook
            exec(compile(code, page, "exec"), names)
    plt.close("all")


def slug(heading):
    """The anchor of a heading, as Sphinx and the sites that host code make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if link.startswith("https://"):
            continue
        path, _, fragment = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if target.parent == DOCS / "reference" / "generated":  # written by docs/conf.py
            assert target.stem in {"names", "commands"}
            continue
        assert target.is_file(), link
        if fragment:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert fragment in map(slug, headings), link


def test_the_reference_has_every_module():
    # modules inside packages are found by Sphinx itself
    modules = {
        f"critcount.{module.name}"
        for module in pkgutil.iter_modules(critcount.__path__)
        if module.name not in {"__main__", "cli"}
    }
    text = text_of("docs/reference/index.md")
    listed = re.findall(r"^   (critcount\.\w+)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(modules)


@pytest.fixture(scope="module")
def pictures():
    spec = importlib.util.spec_from_file_location("make_figures", DOCS / "make_figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_drawn_and_shown(pictures, tmp_path):
    pictures.main(tmp_path)
    drawn = {path.name for path in tmp_path.iterdir()}
    # those of claims are drawn from a run of all of them
    kept = {path.name for path in (DOCS / "pictures").iterdir()}
    assert {name for name in kept if not name.startswith("claims-")} == drawn
    shown = re.findall(r"\(pictures/([^)]+)\)", "".join(map(text_of, PAGES)))
    assert set(shown) == kept


def test_the_picture_of_a_collision_is_true(pictures):
    one, two = pictures.TEACHER
    assert pictures.collision_loss(one, two) == pictures.collision_loss(two, one) == 0
    points = [line for line in pictures.collision().axes[0].lines if line.get_marker() == "D"]
    ((x,), (y,)) = points[0].get_data()
    assert x == y
    # a critical point: lowest on the diagonal, highest across it
    t = np.array([-0.1, -0.01, 0.01, 0.1])
    here = pictures.collision_loss(x, y)
    assert (pictures.collision_loss(x + t, y + t) > here).all()
    assert (pictures.collision_loss(x + t, y - t) < here).all()
