"""Einstein sums, one pair of tensors after another."""

from __future__ import annotations

from collections.abc import Sequence

from critcount.models.program import Program
from critcount.models.space import SUM

__all__ = ["einsum"]


def einsum(p: Program, equation: str, tensors: Sequence[int]) -> int:
    """Return the tensor that an equation such as ``bhd,hdk->bk`` names.

    Raises
    ------
    NotImplementedError
        For a letter twice in one term.
    """
    equation = equation.replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    terms = [_letters(t, len(p.shapes[x])) for t, x in zip(terms, tensors, strict=True)]
    if arrow:
        dots = max((len([c for c in t if c.isdigit()]) for t in terms), default=0)
        target = right.replace("...", "".join(str(d) for d in range(10 - dots, 10)))
    else:
        every = "".join(terms)
        target = "".join(sorted(c for c in set(every) if every.count(c) == 1 or c.isdigit()))
    if any(len(set(t)) < len(t) for t in terms):
        raise NotImplementedError
    now, x = terms[0], tensors[0]
    for k, (term, y) in enumerate(zip(terms[1:], tensors[1:], strict=True)):
        later = "".join(terms[k + 2 :]) + target
        gone = [c for c in dict.fromkeys(now + term) if c not in later]
        kept = [c for c in dict.fromkeys(now + term) if c in later]
        order = kept + gone
        a, b = _aligned(p, x, now, order), _aligned(p, y, term, order)
        axes = list(range(len(kept), len(order)))
        x = p.contract(a, b, axes) if axes else p.combine([a, b], "mul")
        now = "".join(kept)
    gone_axes = [k for k, c in enumerate(now) if c not in target]
    if gone_axes:
        x = p.reduce(x, gone_axes, SUM)
        now = "".join(c for c in now if c in target)
    return p.permute(x, [now.index(c) for c in target])


def _letters(term: str, rank: int) -> str:
    """Return a term with digits for the dots, the last dot a 9."""
    if "..." not in term:
        return term
    count = rank - len(term.replace("...", ""))
    return term.replace("...", "".join(str(d) for d in range(10 - count, 10)))


def _aligned(p: Program, x: int, term: str, order: Sequence[str]) -> int:
    """Return a tensor with its axes in an order, of length 1 where it has none."""
    inside = [c for c in order if c in term]
    y = p.permute(x, [term.index(c) for c in inside])
    shape = p.shapes[y]
    return p.reshape(y, [shape[inside.index(c)] if c in inside else 1 for c in order])
