r"""Enclosures of the coefficients of generating functions, by Cauchy's formula.

The number m! [x^m] F(x) is m!/(2π) ∫_{-π}^{π} F(ρe^{iθ}) (ρe^{iθ})^{-m} dθ for any ρ > 0. Here F
is a product of powers of e^z - 1, e^z + 1 and e^z with exp(e^z - 1) and exp((e^(2z) - 1)/2), of
which generating functions are made here. The radius is taken where F(ρ)/ρ^m is smallest, so that
the integrand is a peak of width about 1/√m at θ = 0. The integral is computed in ball
arithmetic with proved error bounds (`flint.acb.integral`), which asks for enclosures of the
integrand over balls of θ. Two are used:

- Far from the peak a bound: |e^z ± 1| ≤ e^(Re z) + 1 and |exp(e^z)| = exp(Re e^z).
- Near it the mean-value form. With h(θ) = log F(z) - m log z, z = ρe^{iθ}, and c the centre of
  the ball, h(θ) lies in h(c) + h'(c)(θ-c) + h''(ball)(θ-c)²/2. Evaluated term by term, h would
  lose all accuracy on balls wider than 1/m, since its large linear terms cancel; in this form
  they do so before they are enclosed, and balls may be as wide as the peak. The branch of a
  logarithm changes h by a multiple of 2πi, since powers are integers, which the exponential
  forgets.

Nothing but the enclosures enters the result: a radius ρ, or a peak, less well chosen would only
cost time.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import acb, arb

from critcount._support import checks

__all__ = ["Contour", "Growth"]

_MOST_EVALUATIONS = 200_000


class Growth(NamedTuple):
    """F(z) = (e^z - 1)^minus (e^z + 1)^plus e^(power z), with one of two exponentials or none.

    Attributes
    ----------
    minus, plus, power : int
        Powers, at least 0.
    once : int
        The power of exp(e^z - 1), at least 0.
    pairs : int
        1 for a factor exp((e^(2z) - 1)/2), otherwise 0.
    """

    minus: int
    plus: int
    power: int
    once: int
    pairs: int


class Contour:
    """The circle of Cauchy's formula and the integrand on it, relative to its peak.

    Parameters
    ----------
    growth : Growth
        F.
    m : int
        More than `growth.minus`.

    Attributes
    ----------
    height : acb
        h(0) = log F(ρ) - m log ρ.
    spread : arb
        -h''(0): the peak is like exp(-spread θ²/2).
    """

    def __init__(self, growth: Growth, m: int) -> None:
        self._growth, self._m = growth, m
        self._rho = acb(_saddle(growth, m))
        e = self._rho.exp().real
        self._exp_rho = e
        self._log_minus, self._log_plus = (e - 1).log(), (e + 1).log()
        self.height = self._log(self._rho)
        self.spread = -self._second(self._rho).real

    def log_number(self, bits: int) -> arb:
        """Return the natural logarithm of the number, to about `bits` bits."""
        integral = self.integrate(bits + 10)
        return self.height.real + (integral / arb.pi()).log() + arb(self._m + 1).lgamma()

    def integrate(self, bits: int) -> arb:
        """∫_0^π Re exp(h(θ) - h(0)) dθ to about `bits` bits."""
        tolerance = arb(2) ** -bits
        small = (tolerance / self.spread.sqrt()).mid()
        try:
            result = acb.integral(
                lambda theta, _: self._integrand(theta, bits),
                0,
                arb.pi(),
                rel_tol=tolerance,
                abs_tol=small,
                eval_limit=_MOST_EVALUATIONS,
                depth_limit=100_000,
            ).real
        except SystemError as error:  # FLINT went on after an interrupt inside the integrand
            raise (error.__cause__ or error) from None
        if not result > 0:
            raise ArithmeticError(
                f"the integral for {self._growth}, m = {checks.show(self._m)} did not converge; "
                "please report it"
            )
        return result

    def _integrand(self, theta: acb, bits: int) -> acb:
        z = self._at(theta)
        if theta.real.is_exact() and theta.imag.is_exact():
            return (self._log(z) - self.height).exp()
        minus, plus, power, once, pairs = self._growth
        near = (z.real.exp() + 1).log()
        bound = minus * (near - self._log_minus) + self._m * theta.imag
        if plus:
            bound += plus * (near - self._log_plus)
        if power:
            bound += power * (z - self._rho).real
        if once:
            bound += once * (z.exp().real - self._exp_rho)
        if pairs:
            bound += ((2 * z).exp().real - self._exp_rho**2) / 2
        if bound < -(bits + 20 + self._m.bit_length()):
            part = arb(0, bound.exp().abs_upper())
            return acb(part, part)
        centre = acb(theta.real.mid(), theta.imag.mid())
        step = theta - centre
        middle = self._at(centre)
        exponent = self._log(middle) - self.height + self._first(middle) * step
        return (exponent + self._second(z) * step * step / 2).exp()

    def _at(self, theta: acb) -> acb:
        return self._rho * (acb(0, 1) * theta).exp()

    def _log(self, z: acb) -> acb:
        """h as a function of z, up to a multiple of 2πi."""
        minus, plus, power, once, pairs = self._growth
        e = z.exp()
        value = minus * ((e - 1) / z).log() - (self._m - minus) * z.log()
        if plus:
            value += plus * (e + 1).log()
        if power:
            value += power * z
        if once:
            value += once * (e - 1)
        return value + (e * e - 1) / 2 if pairs else value

    def _first(self, z: acb) -> acb:
        """dh/dθ."""
        minus, plus, power, once, pairs = self._growth
        e = z.exp()
        value = minus * z * e / (e - 1) - self._m
        if plus:
            value += plus * z * e / (e + 1)
        if power:
            value += power * z
        if once:
            value += once * z * e
        if pairs:
            value += z * e * e
        return acb(0, 1) * value

    def _second(self, z: acb) -> acb:
        """d²h/dθ²."""
        minus, plus, power, once, pairs = self._growth
        e = z.exp()
        value = minus * _slope(z)
        if plus:
            value += plus * z * (e / (e + 1) + z * e / (e + 1) ** 2)
        if power:
            value += power * z
        if once:
            value += once * z * (1 + z) * e
        if pairs:
            value += z * (1 + 2 * z) * e * e
        return -value


def _slope(z: acb) -> acb:
    """z d/dz of z e^z/(e^z - 1), also for balls about a small z, where the quotient cancels.

    The function is 1 + z/2 + Σ B_2k z^2k/(2k)!, and |B_2k|/(2k)! ≤ 4/(2π)^2k, so that beyond
    z/2 + z²/6 its slope is at most Σ_{k≥2} 8k |z/2π|^2k ≤ |z|⁴/90 for |z| ≤ 1.
    """
    size = abs(z)
    if size < 0.5:
        rest = arb(0, (size**4 / 90).abs_upper())
        return z / 2 + z * z / 6 + acb(rest, rest)
    e = z.exp()
    return z * (e / (e - 1) - z * e / (e - 1) ** 2)


def _saddle(growth: Growth, m: int) -> arb:
    """An exact number near the ρ at which F(ρ)/ρ^m is smallest, by bisection of log ρ."""
    minus, plus, power, once, pairs = growth
    low = -arb(m).log() - 5
    high = (arb(m + 3).log() + 1).log() if once or pairs else arb(m + 2).log()
    for _ in range(40 + m.bit_length()):
        middle = ((low + high) / 2).mid()
        rho = middle.exp()
        e = rho.exp()
        slope = rho * (minus / (1 - 1 / e) + plus / (1 + 1 / e) + power + once * e + pairs * e * e)
        low, high = (low, middle) if slope > m else (middle, high)
    return low.mid().exp().mid()
