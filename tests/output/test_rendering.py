import shutil
import subprocess
from fractions import Fraction

import pytest

from critcount import Architecture, tables
from critcount._support import numerals
from critcount.output import rendering, report

HUGE = 7 * 10**6000 + 3
COLUMNS = ("name", "r", "count", "log10_count", "ratio")
ROWS = [("a & b_c", 3, HUGE, 6000.845, Fraction(1, 3)), ("x", 4, -5, -float("inf"), None)]


def test_text_shows_every_cell_and_aligns_numbers_to_the_right():
    assert rendering.text(COLUMNS, ROWS).splitlines() == [
        "name     r                      count  log10_count  ratio",
        "a & b_c  3  7.000e6000 (6,001 digits)      6000.85    1/3",
        "x        4                         -5         -inf",
    ]
    assert numerals.digits(HUGE) in rendering.text(COLUMNS, ROWS, None)


def test_line_breaks_and_controls_never_break_a_row():
    rows = [("two\nlines\x1b[31m", 1)]
    for render in (rendering.text, rendering.markdown, rendering.latex):
        body = render(("a", "b"), rows)
        assert "\x1b" not in body
        assert "two lines" in body


def test_markdown_escapes_bars():
    assert r"| a\|b |" in rendering.markdown(["x"], [["a|b"]])
    assert r"| a\\\|b |" in rendering.markdown(["x"], [["a\\|b"]])


def test_latex_numbers():
    body = rendering.latex(COLUMNS, ROWS)
    assert r"a \& b\_c & 3 & \num{7.000e6000} & $6000.85$ & $1/3$ \\" in body
    assert r"x & 4 & $-5$ & $-\infty$ & \\" in body
    assert r"\begin{tabular}{lrrrr}" in body
    assert r"$0.502778$" in rendering.latex(["x"], [[181 / 360]])
    assert r"\num{5.96536e+15}" in rendering.latex(["x"], [[5.96536e15]])
    assert "9999999999 " in rendering.latex(["T"], [[10**10 - 1]])
    assert r"\num{1.0e10}" in rendering.latex(["T"], [[10**10]], 2)
    assert "1" + "0" * 10 in rendering.latex(["T"], [[10**10]], None)


def test_comments_stay_comments():
    body = rendering.latex(["T"], [[1]], comment="one\n\\input{x}\ntwo")
    assert body.splitlines()[:3] == ["% one", r"% \input{x}", "% two"]


def test_empty_tables():
    assert rendering.text(["a", "b"], []) == "a  b\n"
    assert rendering.latex(["a"], []).count(r"\\") == 1


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
@pytest.mark.parametrize(
    ("columns", "rows", "significant"),
    [
        (COLUMNS, ROWS, 4),
        (["\\{}$&#_%~^<>|\"'"], [["\\{}$&#_%~^<>|\"'"], ["Şimşek é"]], 4),
        (report.COLUMNS, report.rows(report.count(Architecture.parse("2-45-1"), 4)), None),
        (
            list(tables.regime_table([4]).columns),
            list(tables.regime_table([4]).itertuples(index=False, name=None)),
            6,
        ),
    ],
)
def test_latex_compiles_with_booktabs_and_siunitx(tmp_path, columns, rows, significant):
    if subprocess.run(["kpsewhich", "siunitx.sty"], capture_output=True, check=False).returncode:
        pytest.skip("siunitx is not installed")
    document = (
        "\\documentclass{article}\\usepackage{booktabs}\\usepackage{siunitx}\n"
        "\\begin{document}\n" + rendering.latex(columns, rows, significant) + "\\end{document}\n"
    )
    (tmp_path / "t.tex").write_text(document, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "t.pdf").stat().st_size > 1000


def test_one_immense_cell_does_not_pad_the_others():
    long = "1-" * 50_000 + "1"
    rows = [["network", long], *([f"row {i}", i] for i in range(10_000))]
    table = rendering.text(["name", "value"], rows)
    assert len(table) < len(long) + 10_000 * 20
    first, network, second, *_ = table.splitlines()
    assert network.endswith(long)
    assert first == "name      value"
    assert second == "row 0         0"
