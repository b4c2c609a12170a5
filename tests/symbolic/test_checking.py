"""The check of identities finds what is wrong, and says where."""

from dataclasses import replace

import pytest
import sympy as sp

from critcount import symbolic


def test_a_wrong_identity_is_named_with_its_first_case():
    good = symbolic.IDENTITIES["special value r + 1"]
    wrong = replace(good, equation=sp.Eq(good.equation.lhs, good.equation.rhs + 1, evaluate=False))
    with pytest.raises(ArithmeticError, match=r"special value r \+ 1: 1 is not 2 at r = 0"):
        symbolic.check_identity(wrong, 3)


def test_bad_arguments():
    with pytest.raises(ValueError, match="up_to must be at least 0"):
        symbolic.check_identity(symbolic.IDENTITIES["Bell numbers"], -1)
