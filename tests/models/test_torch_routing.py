"""Experts chosen by index: they move together with the rows of the router. Needs torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from critcount.models import Symmetry

torch = pytest.importorskip("torch")
EXPERTS, UNITS, BEST = 4, 3, 2


class Experts(torch.nn.Module):
    """A router and experts, put together by `route`."""

    def __init__(self, route):
        super().__init__()
        self.router = torch.nn.Linear(5, EXPERTS)
        self.up = torch.nn.Parameter(torch.randn(EXPERTS, UNITS, 5))
        self.down = torch.nn.Parameter(torch.randn(EXPERTS, 2, UNITS))
        self.route = route

    def forward(self, x):
        score = self.router(x).softmax(-1)
        return self.route(self, x, score)

    def every(self, x):
        """What each expert makes of each row: (N, E, 2)."""
        return torch.einsum(
            "neu,eou->neo", torch.einsum("ni,eui->neu", x, self.up).tanh(), self.down
        )


def one_hot(m, x, score):
    places = score.topk(BEST, -1)[1]
    mask = torch.nn.functional.one_hot(places, EXPERTS).sum(1).to(x.dtype)
    return ((mask * score).unsqueeze(-1) * m.every(x)).sum(1)


def scattered(m, x, score):
    values, places = score.topk(BEST, -1)
    values = values / values.sum(-1, keepdim=True)
    gate = torch.zeros_like(score).scatter(1, places, values)
    return (gate.unsqueeze(-1) * m.every(x)).sum(1)


def indexed(m, x, score):
    values, places = score.topk(BEST, -1)
    flat = places.reshape(-1)
    rows = x.repeat_interleave(BEST, dim=0)
    h = torch.bmm(m.up[flat], rows.unsqueeze(-1)).tanh()
    y = torch.bmm(m.down[flat], h).squeeze(-1) * values.reshape(-1).unsqueeze(-1)
    return y.view(x.shape[0], BEST, -1).sum(1)


def gathered(m, x, score):
    best = score.gather(1, (score + 1).topk(BEST, -1)[1]).sum(-1, keepdim=True)
    return best * (score.unsqueeze(-1) * m.every(x)).sum(1)


def the_best(m, x, score):
    places = score.argmax(-1)
    h = torch.bmm(m.up[places], x.unsqueeze(-1)).tanh()
    return torch.bmm(m.down[places], h).squeeze(-1)


def sorted_rows(m, x, score):
    """Rows sorted by expert and put back, nothing multiplied in between."""
    values, places = score.topk(BEST, -1)
    perm = places.reshape(-1).sort()[1]
    h = m.every(x).sum(1)[perm // BEST] * values.reshape(-1)[perm].unsqueeze(-1)
    back = torch.empty_like(perm)
    back[perm] = torch.arange(len(perm))
    return h[back].view(x.shape[0], BEST, -1).sum(1)


FULL = math.factorial(EXPERTS) * math.factorial(UNITS) ** EXPERTS


@pytest.mark.parametrize("route", [one_hot, scattered, indexed, gathered, the_best, sorted_rows])
def test_experts_move_with_the_router(route):
    torch.manual_seed(0)
    s = Symmetry.from_torch(Experts(route), (torch.randn(7, 5),))
    apart = math.factorial(EXPERTS) if route is sorted_rows else 1  # the router by itself
    assert (s.order, s.gaps) == (FULL * apart, ())
    proof = s.prove(np.random.default_rng(0))
    assert proof.holds
    assert proof.moved == 1


def numbers(m, x, score):
    """The numbers of the experts themselves are used."""
    places = score.topk(BEST, -1)[1]
    return one_hot(m, x, score) * places.sum(-1, keepdim=True)


def not_put_back(m, x, score):
    values, places = score.topk(BEST, -1)
    perm = places.reshape(-1).sort()[1]
    return one_hot(m, x, score)[perm // BEST] + values.reshape(-1)[perm].unsqueeze(-1)


def mixed(m, x, score):
    """Sorted rows beside rows that are not."""
    values, places = score.topk(BEST, -1)
    perm = places.reshape(-1).sort()[1]
    back = perm.argsort()
    return (values.reshape(-1)[perm] * values.reshape(-1))[back].view(-1, BEST) + one_hot(
        m, x, score
    )


def other_places(m, x, score):
    """Rows sorted by one choice are put back by another."""
    values, places = score.topk(BEST, -1)
    perm = places.reshape(-1).sort()[1]
    other = (-score).topk(BEST, -1)[1].reshape(-1).sort()[1].argsort()
    return values.reshape(-1)[perm][other].view(-1, BEST) + one_hot(m, x, score)


@pytest.mark.parametrize("route", [numbers, not_put_back, mixed, other_places])
def test_what_is_not_followed_pins_the_experts(route):
    torch.manual_seed(0)
    s = Symmetry.from_torch(Experts(route), (torch.randn(7, 5),))
    assert s.order == math.factorial(UNITS) ** EXPERTS
    assert s.gaps
    assert s.prove(np.random.default_rng(0)).holds


def test_an_expert_cannot_be_duplicated_and_its_units_can():
    s = Symmetry.from_torch(Experts(indexed), (torch.randn(7, 5),))
    assert {f.size: f.duplicable for f in s.families} == {EXPERTS: False, UNITS: True}
