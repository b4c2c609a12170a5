"""A type on a bounded domain is what its parts say."""

import pytest

from critcount import DomainExpansion, DomainExpansions, SignedExpansion
from tests.families.cases import all_cases


def test_elements_are_their_parts():
    for family, _ in all_cases():
        if isinstance(family, DomainExpansions):
            for e in family:
                again = DomainExpansion.from_parts(e.blocks, e.signs, e.smooth_parts, e.r)
                assert again == e
                lone = [e.smooth_parts.count(name) for name in ("constant", "above", "below")]
                assert e.shape[5:] == tuple(lone)
                exponential = {
                    block
                    for block, part in zip(e.blocks, e.smooth_parts, strict=True)
                    if part == "exponential"
                }
                assert e.shape.exponential == len(exponential)
                assert shape_inside(e) == e.shape[:4]


def shape_inside(element):
    """The shape of the neurons that have their kink inside, as a type of its own."""
    inside = [i for i, part in enumerate(element.smooth_parts) if part == "kink"]
    names = {t: t for t in range(element.r)}
    blocks = [names.setdefault(element.blocks[i], len(names)) for i in inside]
    signs = [element.signs[i] for i in inside]
    return SignedExpansion.from_parts(blocks, signs, element.r).shape[:4]


def test_names_of_the_parts():
    assert repr(DomainExpansion((3, 4, 1, 0, 8, 8), 1)) == (
        "DomainExpansion(K0={+0, -1}, E0={4, 5}, constant={3}, above={2})"
    )
    wide = DomainExpansion((3,) * 61, 1)
    assert (repr(wide), wide._repr_svg_()) == ("<DomainExpansion r=1 m=61>", None)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: DomainExpansion((4,), 0), ValueError, "by the letter 3 for a positive sign or 5"),
        (lambda: DomainExpansion((6,), 0), ValueError, "zero-type block 0 by the letter 3"),
        (lambda: DomainExpansion((3, 0), 2), ValueError, "must have a neuron of block 1"),
        (lambda: DomainExpansion((5,), 1), ValueError, "no exponential neuron of the replication"),
        (lambda: DomainExpansion((3, 5), 0), ValueError, r"word\[1\] must be of the sort"),
        (lambda: DomainExpansion((5, 3), 0), ValueError, r"word\[1\] must be of the sort"),
        (lambda: DomainExpansion((-1,), 0), ValueError, "at least 0"),
        (lambda: DomainExpansion((3,), -1), ValueError, "r must be at least 0"),
        (
            lambda: DomainExpansion.from_parts([0], [1], ["inside"], 1),
            ValueError,
            "smooth_parts must be one of",
        ),
        (
            lambda: DomainExpansion.from_parts([0, 1], [1], ["kink"], 1),
            ValueError,
            "for each of the blocks",
        ),
        (lambda: DomainExpansion.from_parts([0], [2], ["kink"], 1), ValueError, "1 or -1"),
        (
            lambda: DomainExpansion.from_parts([-1], [1], ["kink"], 0),
            ValueError,
            "the block of a neuron of the part 'kink'",
        ),
    ],
)
def test_bad_input_is_refused_at_once(make, error, message):
    with pytest.raises(error, match=message):
        make()
