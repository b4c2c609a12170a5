"""The functions where sympy makes programs of them."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from critcount import symbolic
from critcount.counting import layer as exact

r, m, x = sp.symbols("r m x")


@pytest.mark.parametrize("modules", [None, "math", "numpy", "sympy", "mpmath"])
def test_lambdify(modules):
    function = sp.lambdify((r, m), symbolic.T(r, m), modules)
    assert function(3, 5) == 450
    assert isinstance(function(3, 5), int)
    assert function(4, 3) == function(-1, 3) == 0
    assert function(2, 40) == symbolic.T(2, 40)
    assert sp.lambdify((r, m), symbolic.T(r, m) / symbolic.G(r, m), modules)(3, 5) == 3


def test_lambdify_of_every_function():
    n, k = sp.symbols("n k")
    assert sp.lambdify((r, m), symbolic.G(r, m))(3, 6) == 540
    assert sp.lambdify((r, m), symbolic.N(1, r, m))(2, 4) == 36
    assert sp.lambdify((n, k), symbolic.S(n, k))(4, 2) == 7
    assert sp.lambdify((n, k), symbolic.Points(n, k))(4, 1) == 36
    assert sp.lambdify((n, k), symbolic.FactorAny(n, 3, k))(4, 2) == Fraction(9, 4)
    assert sp.lambdify(x, symbolic.Charlier(2, x))(5) == 11
    assert sp.lambdify((n, x), symbolic.Touchard(n, x))(3, 0.5) == 0.5**3 + 3 * 0.5**2 + 0.5
    assert sp.lambdify(m, sp.Sum(symbolic.T(r, m), (r, 0, m)))(3) == sum(
        symbolic.T(i, 3) for i in range(4)
    )


def test_lambdify_with_arrays_and_symbols():
    function = sp.lambdify((r, m), symbolic.T(r, m))
    assert function(np.arange(5), 4).tolist() == [symbolic.T(i, 4) for i in range(5)]
    assert sp.lambdify((r, m), symbolic.T(r, m), "sympy")(r, 4) == symbolic.T(r, 4)


def test_lambdify_of_what_is_no_number():
    function = sp.lambdify((r, m), symbolic.T(r, m))
    with pytest.raises(TypeError, match=r"must be an integer, not 3\.0"):
        function(3.0, 5)
    with pytest.raises(ValueError, match="Points has no value at 0, 1"):
        sp.lambdify(r, symbolic.Points(r, 1))(0)
    with pytest.raises(TypeError, match="must be an integer"):
        sp.lambdify((r, x), symbolic.Touchard(r, x))(True, 1)


def test_functions_wait_for_numbers():
    expression = symbolic.T(symbolic.r, 5) + symbolic.S(symbolic.m, 2)
    assert expression.subs({symbolic.r: 2, symbolic.m: 4}) == exact.T(2, 5) + 7
    assert symbolic.G(symbolic.r, symbolic.m).free_symbols == {symbolic.r, symbolic.m}
    assert symbolic.T(-1, 5) == 0
