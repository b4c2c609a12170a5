"""Formulas in docstrings and claims: found, set in LaTeX, and nothing else taken for one."""

import ast
from pathlib import Path

import pytest

import critcount
from critcount._support.formulas import replace_formulas


def found(text):
    made = []
    replace_formulas(text, lambda formula: made.append(formula) or "")
    return made


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("", []),
        ("Σ_k (-1)^k C(r, k) (1-k)^m", [r"\sum_{k}\, (-1)^{k}\, \binom{r}{k}\, (1 - k)^{m}"]),
        ("m^l h!/(2^l (l+h)!).", [r"m^{l}\, h!/(2^{l}\, (l + h)!)"]),
        ("for r ≥ 2 and h = m - r ≥ 1,", [r"r \ge 2", r"h = m - r \ge 1"]),
        ("4 + 2⌈(x-1)/h⌉ steps", [r"4 + 2\lceil (x - 1)/h\rceil"]),
        ("Σ t_i² = 2ε²", [r"\sum\, t_{i}^{2} = 2\varepsilon ^{2}"]),
        ("(T(r*, m) ~ (m/W(m))^r*)", [r"(T(r^*, m) \sim (m/W(m))^{r^*})"]),
        (
            "a_0 σ(z) + a_1 (Δ·h)\nσ'(z)",
            [r"a_{0}\, \sigma (z) + a_{1}\, (\Delta \cdot h)\, \sigma '(z)"],
        ),
        ("Σ a_m g^(m)(0)", [r"\sum\, a_{m}\, g^{(m)}(0)"]),
        ("log10 Π n_k! of them", [r"\log_{10}\, \prod\, n_{k}!"]),
        ("e^(-z²/2)", ["e^{-z^{2}/2}"]),
        ("[[S, Mᵀ], [M, 0]]", [r"\begin{pmatrix} S & M^\top \\ M & 0 \end{pmatrix}"]),
        (
            "K_0, …, K_{r-1} and b_1, b_2, …",
            [r"K_{0}, \ldots , K_{r - 1}", r"b_{1}, b_{2}, \ldots"],
        ),
        ("max(1, n_{k+1} - d)", [r"\max (1, n_{k + 1} - d)"]),
        ("√(2πh) and 2 √2", [r"\sqrt{2\pi h}", r"2\, \sqrt{2}"]),
        ("3P - 1 + 2Pn", ["3P - 1 + 2Pn"]),
        ("|K_t|", [r"\lvert K_{t}\rvert"]),
        ("T(r, m) of them, 10^18", ["T(r, m)", "10^{18}"]),
    ],
)
def test_formulas_are_found_and_set(text, formulas):
    assert [made.replace("  ", " ") for made in found(text)] == formulas


@pytest.mark.parametrize(
    "text",
    [
        "a function of a network 2-5-1, of a 1-2-3-1",
        "r and m, for a layer of n neurons",
        "what `T(r, m) ≤ x^2` is, ``x_1 + 1``, `Σ",
        "[B19] and [S21], a pair (r, m), [0, 1]",
        "1e-9, 2-3 neurons, 1 / 2, 3.5",
        "d_in, d_out, max_order, r_stars, K_label",
        "limit=None, a == b, x[0] or f(text, number)",
        "lower ≤ distance ≤ upper",
        "kind                σ(z) =                         activations",
        "- A list, and another",
        "is K-theory!",
        "m = r … r + max_extra",
    ],
)
def test_what_is_no_formula_stays(text):
    assert replace_formulas(text, "${}$".format) == text


def test_all_formulas_of_docstrings_are_read_by_the_renderer_of_the_site():
    mathml = pytest.importorskip("docutils.utils.math.latex2mathml")
    texts = [
        ast.get_docstring(node) or ""
        for path in Path(critcount.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
    ]
    formulas = {formula for text in texts for formula in found(text.partition(">>>")[0])}
    assert len(formulas) > 500
    for formula in formulas:
        assert "<math" in mathml.tex2mathml(formula)
