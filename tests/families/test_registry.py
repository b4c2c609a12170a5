"""The names of the families."""

import pytest

from critcount import families
from critcount.families import Family, shards
from critcount.families.registry import FAMILIES, family_class, name_of

EXAMPLES = {
    "expansions": {"r": 2, "m": 4},
    "critical-subspaces": {"r": 2, "m": 4},
    "permutation-points": {"n": 4, "order": 1},
    "plateaus": {"r": 2, "m": 4},
    "signed-expansions": {"r": 2, "m": 4},
    "signed-critical-subspaces": {"r": 2, "m": 4},
    "domain-expansions": {"r": 2, "m": 4},
    "signed-network-expansions": {"architecture": "2-3-3-1", "minimal": (2, 2)},
    "network-expansions": {"architecture": "2-3-3-1", "minimal": (2, 2)},
}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_name_gives_its_class_and_a_family_its_name(name):
    kind = family_class(name)
    assert issubclass(kind, Family)
    assert kind.__name__ == FAMILIES[name].name
    assert tuple(EXAMPLES[name]) == FAMILIES[name].arguments
    family = kind.from_parameters(EXAMPLES[name])
    assert name_of(family) == name
    assert kind.from_parameters(family.parameters()) == family


def test_every_family_has_a_name():
    def below(kind):
        return {kind} | set().union(*(below(sub) for sub in kind.__subclasses__()))

    for name in families.__all__:
        getattr(families, name)
    made = {
        kind
        for kind in below(Family)
        if not kind.__abstractmethods__ and kind.__module__.startswith("critcount.")
    }
    assert {family_class(name) for name in FAMILIES} == made


def test_a_family_of_somebody_else_has_none(tmp_path):
    class Mine(families.Expansions):
        pass

    with pytest.raises(ValueError, match="is none of the families expansions"):
        name_of(Mine(1, 2))
    with pytest.raises(ValueError, match="is none of the families"):
        shards.to_parquet(Mine(1, 2), tmp_path, 1)
