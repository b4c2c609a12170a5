"""Tables for papers: columns chosen, constant ones left out, decimals, digits in threes."""

import shutil
import subprocess
from decimal import Decimal
from fractions import Fraction

import pytest

from critcount import G, T
from critcount.output import papers, rendering, tables
from tests.conftest import one_line

COLUMNS, ROWS = ["r", "m", "T"], [[2, 3, 12], [2, 4, 62]]


def test_columns_are_chosen_in_the_order_named():
    assert papers.choose_columns(COLUMNS, ROWS, ["T", "r"]) == (["T", "r"], [[12, 2], [62, 2]])
    assert papers.choose_columns(COLUMNS, [], ["m"]) == (["m"], [])
    with pytest.raises(ValueError, match="no column 'x', only r, m, T"):
        papers.choose_columns(COLUMNS, ROWS, ["x"])


@pytest.mark.parametrize(
    ("rows", "kept", "gone"),
    [
        (ROWS, ["m", "T"], [("r", 2)]),
        (ROWS[:1], COLUMNS, []),
        ([], COLUMNS, []),
        ([[1, 1, 1], [1, 1, 1]], COLUMNS, []),
        ([[1, None, "x"], [2, None, "x"]], ["r"], [("m", None), ("T", "x")]),
    ],
)
def test_constant_columns_are_left_out_and_said(rows, kept, gone):
    (columns, cells), left_out = papers.drop_constant(COLUMNS, rows)
    assert (columns, left_out) == (kept, gone)
    assert cells == [[row[COLUMNS.index(name)] for name in kept] for row in rows]


@pytest.mark.parametrize(
    ("x", "significant", "text"),
    [
        (Fraction(1, 3), 3, "0.333"),
        (Fraction(2, 3), 3, "0.667"),
        (Fraction(17, 8), 3, "2.12"),  # ties to even
        (Fraction(19, 8), 3, "2.38"),
        (Fraction(1, 10**400), 2, "1e-400"),
        (Fraction(10**400, 3), 3, "3.33e+399"),
        (Fraction(-1, 3), 2, "-0.33"),
    ],
)
def test_decimals_are_rounded_from_the_fraction(x, significant, text):
    names, [[exact, rounded]] = papers.decimals(["f"], [[x]], significant)
    assert names == ["f", "f rounded"]
    assert exact is x
    assert rendering.cell_text(rounded, 4) == text
    # half a unit of the last digit, in exact arithmetic
    digits = rounded.as_tuple()
    assert abs(Fraction(rounded) - x) <= Fraction(10) ** digits.exponent / 2


def test_columns_without_fractions_stay_alone():
    rows = [[1, "x", True, Fraction(1, 2)], [2, "y", False, None]]
    names, cells = papers.decimals(["n", "t", "b", "f"], rows, 2)
    assert names == ["n", "t", "b", "f", "f rounded"]
    assert [row[-1] for row in cells] == [Decimal("0.5"), None]


@pytest.mark.parametrize(("number", "count"), [("T", T), ("G", G)])
def test_the_triangle(number, count):
    frame = tables.triangle_table(number, 6)
    assert list(frame) == ["m", *(f"r={r}" for r in range(7))]
    for m, *row in frame.itertuples(index=False, name=None):
        assert row == [count(r, m) if r <= m else None for r in range(7)]


def test_headings_are_mathematics():
    text = rendering.latex(["r star", "m", "order", "r=12", "log10 T", "d_in"], [[1] * 6])
    heads = r"$r^*$ & $m$ & $K$ & $r=12$ & $\log_{10} T$ & $d_{\mathrm{in}}$ \\"
    assert heads in text.splitlines()


def test_a_wide_table_says_so():
    wide = [f"column number {i}" for i in range(9)]
    assert "wider than a page" in rendering.latex(wide, [[1] * 9])
    assert "table*" in rendering.latex(wide[:4], [[1] * 4])
    assert "wider" not in rendering.latex(wide[:2], [[1] * 2])


def test_digits_in_threes():
    rows = [[1234567, 999, 10**10 + 1, Fraction(12345, 2)]]
    assert "1,234,567  999  1.000e10 (11 digits)  12345/2" in rendering.text("abcd", rows, 4, True)
    assert "1,234,567" in rendering.markdown("abcd", rows, 4, True)
    assert r"\num{1234567} & 999 & " in rendering.latex("abcd", rows, 4, "", True)


def test_the_command(run):
    table = ("table", "regimes", 4, "--max-extra", 2)
    code, out, err = run(*table, "--columns", "m,ratio", "--decimals", 3, "--format", "markdown")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == "| 4 | 17/8 | 2.12 |"
    code, out, _ = run(*table, "--drop-constant", "--format", "latex")
    assert "% r_star = 4" in out.splitlines()
    assert "$r^*$" not in out
    code, out, _ = run("table", "triangle", "G", "--max-m", 2, "--format", "csv")
    assert out == "m,r=0,r=1,r=2\n0,1,,\n1,0,1,\n2,0,1,2\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("regimes", 4, "--columns", "x"),
        ("regimes", 4, "--columns", ""),
        ("regimes", 4, "--group", "--format", "csv"),
        ("regimes", 4, "--decimals", 3, "--format", "json"),
        ("regimes", 4, "--decimals", 0),
        ("triangle",),
        ("triangle", "S"),
        ("triangle", "T", "G"),
    ],
)
def test_bad_input(run, arguments):
    code, out, err = run("table", *arguments)
    assert (code, out) == (2, "")
    assert one_line(err)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs TeX (pdflatex)")
def test_the_tables_compile_in_a_two_column_paper(run, tmp_path):
    for name, arguments in {
        "ratio": ("regimes", 4, "--columns", "m,ratio,regime", "--decimals", 3),
        "triangle": ("triangle", "T", "--max-m", 4, "--group"),
    }.items():
        assert run("table", *arguments, "-o", tmp_path / f"{name}.tex")[0] == 0
    (tmp_path / "paper.tex").write_text(
        r"\documentclass[twocolumn]{article}\usepackage{booktabs}\usepackage{siunitx}"
        r"\begin{document}\input{ratio}\par\input{triangle}\end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
