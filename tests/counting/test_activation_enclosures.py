"""Enclosures of the numbers of types: against exact numbers, and one another beyond them."""

import pytest
from flint import arb, ctx, fmpz

from critcount import SizeLimitError, digits, log10_G, log10_T
from critcount.activations import ACTIVATIONS
from critcount.counting import isolation
from critcount.counting.activation_enclosures import (
    leading_digits_of_types,
    log10_critical_types,
    log10_network_types,
    log10_types,
    terms_of_types,
)
from critcount.counting.activations import count_critical_types, count_types
from critcount.counting.contours import Contour, Growth
from critcount.counting.domains import count_types_on_domain
from critcount.counting.network_types import count_network_types
from critcount.counting.setting import Setting
from critcount.output.activation_tables import COMMON


@pytest.fixture(autouse=True)
def generous_precision(monkeypatch):
    monkeypatch.setattr(isolation, "others_run", lambda: False)  # every call here, for speed
    before = ctx.prec
    ctx.prec = 400
    yield
    ctx.prec = before


def log10(n):
    return arb(fmpz(n)).log() / arb(10).log()


SETTINGS = [
    *(Setting(name, 2, 1, biases) for name, biases in COMMON),
    Setting("gelu", 6, 3, "output"),
    Setting("silu", 1, 1, "hidden"),
    Setting("sin", 1),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.activation.name}-{s.biases}")
def test_balls_contain_the_exact_numbers(setting):
    for r, m in ((3, 3), (3, 4), (2, 9)):
        ball = log10_types(r, m, setting)
        assert ball.contains(log10(count_types(r, m, setting))), (r, m)
        assert ball.rad() < 1e-10
        if m != 4 and setting.form != "trigonometric":
            ball = log10_critical_types(r, m, setting)
            assert ball.contains(log10(count_critical_types(r, m, setting))), (r, m)
            assert ball.rad() < 1e-10


@pytest.mark.parametrize(
    ("r", "m", "d"),
    [(7, 9, 2), (40, 60, 39), (40, 60, 3), (300, 340, 299)],
)
def test_more_minimal_neurons_than_inputs(r, m, d):
    setting = Setting("silu", d)
    assert log10_types(r, m, setting).contains(log10(count_types(r, m, setting)))


@pytest.mark.parametrize("q", [2, 4])
def test_several_outputs(q):
    for r, m in ((1, 3), (4, 7), (30, 36), (6, 30)):
        setting = Setting("softplus", 30, q)
        assert log10_types(r, m, setting).contains(log10(count_types(r, m, setting)))


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "gelu"])
def test_on_a_bounded_domain(name):
    for d, skip in ((1, False), (2, True), (3, False)):
        setting = Setting(name, d, skip=skip)
        for r, m in ((0, 4), (2, 2), (2, 3), (2, 4), (3, 14)):
            ball = log10_types(r, m, setting, domain=True)
            assert ball.contains(log10(count_types_on_domain(r, m, setting))), (d, skip, r, m)
            assert ball.rad() < 1e-10
    exact = digits(count_types_on_domain(2, 520, setting))
    assert leading_digits_of_types(2, 520, setting, 30, domain=True) == (exact[:30], len(exact))
    assert leading_digits_of_types(1, 9, setting, domain=True)[0] == digits(
        count_types_on_domain(1, 9, setting)
    )
    with pytest.raises(ValueError, match="the number is 0"):
        log10_types(3, 2, setting, domain=True)


def test_a_domain_that_is_not_worked_out_is_refused():
    for r, m in ((2, 2), (2, 4)):
        with pytest.raises(ValueError, match="with biases everywhere"):
            log10_types(r, m, Setting("relu", 2, biases="none"), domain=True)


def test_several_hidden_layers():
    for name, biases in (("sigmoid", "none"), ("tanh", "all"), ("mish", "hidden")):
        ball = log10_network_types("2-6-5-1", (2, 3), name, biases)
        assert ball.contains(log10(count_network_types("2-6-5-1", (2, 3), name, biases).number))
        assert ball.rad() < 1e-9
    assert log10_network_types("2-6-1", 2, "gelu").overlaps(log10_types(2, 6, Setting("gelu", 2)))
    with pytest.raises(ValueError, match="gelu: how many types with flipped neurons"):
        log10_network_types("2-6-5-1", (2, 3), "gelu")


# Beyond exact numbers: the same number by other terms

HUGE = [(3, 10**20), (10**40, 10**40 + 3)]


@pytest.mark.parametrize(("r", "m"), HUGE)
def test_one_more_input_than_minimal_neurons_changes_nothing(r, m):
    """E_r, which ends with a sum over d ≤ k ≤ r, and E_(r+1), which has none."""
    assert log10_types(r, m, Setting("gelu", r)).overlaps(
        log10_types(r, m, Setting("gelu", r + 1))
    )


@pytest.mark.parametrize(("r", "m"), HUGE)
def test_without_signs_they_are_those_of_T_and_G(r, m):
    assert log10_types(r, m, Setting("mish", 1, biases="hidden")).rad() < 1e-10
    none = Setting("generic", 1, biases="none")
    assert log10_types(r, m, none).overlaps(log10_T(r, m))
    assert log10_critical_types(r, m, none).overlaps(log10_G(r, m))
    # e^x u^r e^u = u^r e^u + u^(r+1) e^u
    ratio = arb(10) ** (log10_T(r + 1, m) - log10_T(r, m))
    idle = arb(10) ** (log10_types(r, m, Setting("elu", 1)) - log10_T(r, m))
    assert idle.overlaps(1 + ratio)


@pytest.mark.parametrize(("r", "m"), [(10**5, 10**6), (10**30, 3 * 10**30)])
def test_idle_signed_copies_by_both_ways(r, m):
    contour = Growth(r, r, 1, 0, 0)
    with isolation.precision(500):
        integral = Contour(contour, m).log_number(60) / arb(10).log()
    assert log10_critical_types(r, m, Setting("tanh", 1)).overlaps(integral)


def test_leading_digits():
    for name, r, m in (("relu", 2, 700), ("sigmoid", 40, 520), ("tanh", 501, 501), ("gelu", 1, 9)):
        setting = Setting(name, 3, biases="none" if name == "sigmoid" else "all")
        exact = digits(count_types(r, m, setting))
        assert leading_digits_of_types(r, m, setting, 40) == (exact[:40], len(exact))


def test_terms_are_few_and_rational():
    for name in ACTIVATIONS:
        setting = Setting(name, 5, biases="none")
        terms = list(terms_of_types(9, 30, setting))
        assert 1 <= len(terms) <= 20


def test_refused():
    gelu = Setting("gelu", 1000)
    with pytest.raises(ValueError, match="the number is 0"):
        log10_types(4, 3, gelu)
    with pytest.raises(ValueError, match="the number is 0"):
        log10_critical_types(0, 3, Setting("sigmoid", 2, biases="hidden"))
    with pytest.raises(SizeLimitError, match=r"at most 10\^100"):
        log10_types(4, 10**100 + 1, gelu)
    with pytest.raises(SizeLimitError, match="more minimal neurons than inputs"):
        log10_types(10**6, 10**7, gelu)
    with pytest.raises(SizeLimitError, match="several outputs"):
        log10_types(10, 10**7, Setting("gelu", 1000, 40))
    with pytest.raises(ValueError, match="digits must be at least 1"):
        leading_digits_of_types(1, 3, gelu, 0)
    with pytest.raises(ValueError, match="not worked out"):
        log10_critical_types(1, 3, Setting("sin", 2))
