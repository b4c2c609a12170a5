import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest

import critcount
import critcount.piecewise
from critcount import Architecture, connectivity, read_architecture
from critcount.output import report
from critcount.piecewise.tables import regions_table


def test_widths_and_their_names():
    network = Architecture.parse("784-300-100-10")
    assert network == Architecture([784, 300, 100, 10]) == Architecture((784, 300, 100, 10))
    assert (network.d_in, network.hidden, network.d_out) == (784, (300, 100), 10)
    assert str(network) == "784-300-100-10"
    assert eval(repr(network), {"Architecture": Architecture}) == network
    assert len({network, Architecture.parse(" 784-300-100-10 ")}) == 1


def test_numpy_widths_become_python_ints():
    network = Architecture(np.array([2, 4, 1]))
    assert network == Architecture.parse("2-4-1")
    assert {type(n) for n in network.widths} == {int}


def test_immutable():
    network = Architecture.parse("2-4-1")
    with pytest.raises(AttributeError):
        network.widths = (1, 2, 3)


@pytest.mark.parametrize(
    ("widths", "error", "message"),
    [
        ([], ValueError, "at least one hidden layer"),
        ([2, 1], ValueError, "at least one hidden layer"),
        ([2, 0, 1], ValueError, r"widths\[1\] must be at least 1, not 0"),
        ([2, -4, 1], ValueError, r"widths\[1\] must be at least 1, not -4"),
        ([2, 4.0, 1], TypeError, r"widths\[1\] must be an integer, not 4.0"),
        ([2, True, 1], TypeError, r"widths\[1\] must be an integer, not True"),
        ([2, "4", 1], TypeError, r"widths\[1\] must be an integer, not '4'"),
        ([2, 10**5000, 1], ValueError, r"widths\[1\] must be at most 10{18}, not an integer of"),
        ([2, 10**5000], ValueError, r"widths\[1\] must be at most"),
        ("2-4-1", TypeError, "widths must be a sequence of integers"),
        (None, TypeError, "widths must be a sequence of integers"),
        (7, TypeError, "widths must be a sequence of integers"),
    ],
)
def test_bad_widths(widths, error, message):
    with pytest.raises(error, match=message):
        Architecture(widths)


@pytest.mark.parametrize(
    "text",
    ["", "2-4", "2", "2-0-1", "2--4-1", "-2-4-1", "2-4-1-", "2x4x1", "2-4.5-1", "2,4,1", "a"],
)
def test_bad_texts(text):
    with pytest.raises(ValueError, match=r"architecture must be|widths"):
        Architecture.parse(text)


def test_texts_that_are_none_or_too_long():
    with pytest.raises(TypeError, match="must be a string"):
        Architecture.parse(241)
    with pytest.raises(ValueError, match="more than 18 digits"):
        Architecture.parse("2-" + "9" * 5000 + "-1")


@pytest.mark.parametrize("transposed", [False, True])
def test_from_weights(tmp_path, transposed):
    first, second = np.ones((5, 2)), np.ones((1, 5))
    path = tmp_path / "net.npz"
    np.savez(path, a=first.T if transposed else first, b=np.ones(5), c=second)
    names = ["a.T" if transposed else "a", "c"]
    assert read_architecture(path, tensors=names) == Architecture.parse("2-5-1")


EVERYWHERE = {
    "count_minima": lambda a: critcount.count_minima(a),
    "permutation_point_factor": lambda a: critcount.permutation_point_factor(a, 1),
    "permutation_point_factors": lambda a: critcount.permutation_point_factors(a, 2),
    "count_permutation_points": lambda a: critcount.count_permutation_points(a, 1),
    "count_expansions": lambda a: critcount.count_expansions(a, 2),
    "count_critical_subspaces": lambda a: critcount.count_critical_subspaces(a, 2),
    "count_components": lambda a: critcount.count_components(a, 2),
    "dimension": lambda a: critcount.dimension(a, 2, 1),
    "dimension_range": lambda a: critcount.dimension_range(a, 2),
    "is_connected": lambda a: critcount.is_connected(a, 2),
    "network_diameter_bounds": lambda a: connectivity.network_diameter_bounds(a, 2),
    "NetworkExpansions": lambda a: critcount.NetworkExpansions(a, 2),
    "factor_polynomial": lambda a: critcount.symbolic.factor_polynomial(a),
    "max_knots": lambda a: critcount.piecewise.max_knots(a),
    "report": lambda a: report.count(a, 2),
    "regions_table": lambda a: regions_table([a]).to_dict(),
    "Symmetry": lambda a: critcount.Symmetry.from_architecture(a).order,
    "tables.count": lambda a: critcount.tables.count_table(a, 2).to_dict(),
    "tables.permutation_points": lambda a: critcount.tables.permutation_point_table([a]).to_dict(),
}


@pytest.mark.parametrize("name", EVERYWHERE)
def test_a_text_and_widths_are_taken_wherever_an_architecture_is(name):
    ask = EVERYWHERE[name]
    assert ask("1-4-1") == ask([1, 4, 1]) == ask(Architecture([1, 4, 1]))


def test_no_function_takes_an_architecture_alone():
    """Every argument of every public function is one of `ArchitectureLike`."""
    alone = set()
    for module in pkgutil.walk_packages(critcount.__path__, "critcount."):
        parts = module.name.split(".")
        if any(part.startswith("_") for part in parts) or parts[1] == "cli":
            continue
        listing = importlib.import_module(module.name)
        for name in getattr(listing, "__all__", ()):
            item = getattr(listing, name)
            if getattr(item, "__module__", None) != module.name or not callable(item):
                continue
            members = list(vars(item).items()) if inspect.isclass(item) else [("", item)]
            for member, function in members:
                function = getattr(function, "__func__", function)
                if not inspect.isfunction(function) or member in ("__init__", "__new__"):
                    continue
                for parameter in inspect.signature(function).parameters.values():
                    if re.search(r"\bArchitecture\b", str(parameter.annotation)):
                        alone.add(f"{name}.{member}")
    assert alone == set()
