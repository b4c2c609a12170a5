import math
from fractions import Fraction

import pandas as pd
import pytest

from critcount import (
    Architecture,
    G,
    Setting,
    SizeLimitError,
    T,
    count_expansions,
    count_minima,
    count_permutation_points,
    crossover,
    permutation_point_factor,
    tables,
)
from critcount._support import numerals
from critcount.counting.activations import (
    count_connected_pieces,
    count_critical_types,
    count_types,
)
from critcount.output.activation_tables import activation_table, parse_setting


def test_permutation_points_have_every_factor_beside_its_order():
    names = ["2-4-1", "784-300-100-10"]
    frame = tables.permutation_point_table([Architecture.parse(n) for n in names], 4)
    assert frame["architecture"].tolist() == [n for n in names for _ in range(4)]
    for row in frame.itertuples():
        a = Architecture.parse(row.architecture)
        for spread in ("layer", "network", "any"):
            factor = permutation_point_factor(a, row.order, spread)
            assert getattr(row, f"factor_{spread}") == factor
        assert row.points == count_permutation_points(a, row.order)
        if row.points:
            assert math.isclose(row.log10_points, math.log10(row.points), rel_tol=1e-12)


def test_subspaces():
    frame = tables.subspace_table(6)
    assert len(frame) == 28
    for row in frame.itertuples():
        assert T(row.r, row.m) == row.T
        assert G(row.r, row.m) == row.G
    assert pd.api.types.is_object_dtype(frame["T"])
    assert pd.api.types.is_float_dtype(frame["log10_T"])


def test_activations():
    table = activation_table([("relu", "none"), ("sin", "all"), ("softplus", "hidden")], 2, 2)
    assert len(table) == 3 * 2 * 3
    for row in table.itertuples():
        setting = Setting(row.activation, 2, biases=row.biases)
        assert row.types == count_types(row.r, row.m, setting)
        assert math.isclose(row.log10_types, math.log10(row.types), abs_tol=1e-12)
        if row.activation == "sin":
            assert row.critical_subspaces is None
            continue
        assert row.critical_subspaces == count_critical_types(row.r, row.m, setting)
        assert row.connected_pieces == count_connected_pieces(row.r, row.m, setting).number
        if row.activation == "softplus":  # a domain changes nothing
            assert row.types_on_domain == row.types
        else:
            assert row.types_on_domain is None
    assert list(table["m"][:6]) == [1, 2, 3, 2, 3, 4]
    table = activation_table([("relu", "all"), ("elu", "all")], 1, 2)
    assert table["types_on_domain"].tolist() == [1, 9, 67, 1, 9, 67]
    with pytest.raises(SizeLimitError, match="the table of activations"):
        activation_table(max_extra=10**4)
    with pytest.raises(ValueError, match="biases must be one of"):
        parse_setting("gelu/some")
    with pytest.raises(ValueError, match="not worked out"):
        parse_setting("relu6")


def test_regimes():
    frame = tables.regime_table([1, 4, 9], 5)
    for row in frame.itertuples():
        critical = sum(G(r, row.m) for r in range(1, row.r_star))
        assert row.critical_subspaces == critical
        assert row.ratio == Fraction(critical, T(row.r_star, row.m))
        assert (row.regime == "vast") == (row.ratio < 1)
        assert row.crossover == crossover(row.r_star)
        if row.m - row.r_star >= row.crossover:
            assert row.regime == "vast"


def test_architectures():
    networks = [
        tables.NamedNetwork("a", Architecture.parse("2-5-1"), (4,)),
        tables.NamedNetwork("b", Architecture.parse("2-5-5-1"), (4, 5)),
        tables.NamedNetwork("c", Architecture.parse("784-300-100-10"), None),
    ]
    frame = tables.architecture_table(networks)
    for network, row in zip(networks, frame.itertuples(), strict=True):
        assert row.minima == count_minima(network.architecture)
        if network.minimal:
            assert row.expansions == count_expansions(network.architecture, network.minimal)
    assert frame["minimal"].tolist() == [4, "4-5", None]
    assert frame["components"].tolist() == [1, 120, None]


def test_count_lists_every_smaller_width():
    frame = tables.count_table(Architecture.parse("2-6-1"), 4, 3, all_widths=True)
    values = {(q, of): v for q, of, v in frame.itertuples(index=False)}
    assert values["expansions", 4] == T(4, 6)
    assert [values["critical_subspaces", w] for w in (1, 2)] == [G(1, 6), G(2, 6)]
    assert values["critical_subspaces_of_smaller_widths", 4] == sum(G(w, 6) for w in (1, 2, 3))
    assert values["connected", 4] is True
    assert values["regime", 4] == "vast"


GOOD = '[[network]]\nname = "a"\narchitecture = "2-5-1"\nminimal = "4"\nsource = "x"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must hold a list of"),
        ("x = 1", "must hold a list of"),
        ("[network]\nname = 'a'", "must hold a list of"),
        ("network = [1]", "network 1: is no table"),
        ("[[network", "is no TOML"),
        ("\x00", "is no TOML"),
        (GOOD.replace('name = "a"\n', ""), "network 1: its name is missing"),
        (GOOD.replace('"a"', '" "'), "network 1: its name is missing"),
        (GOOD.replace('"a"', "3"), "network 1: its name is missing"),
        (GOOD + GOOD, "the name 'a' stands more than once"),
        (GOOD.replace('architecture = "2-5-1"\n', ""), "network 1: 'a' has no architecture"),
        (GOOD.replace("2-5-1", "2-0-1"), r"network 1: widths\[1\] must be at least 1"),
        (GOOD.replace('"2-5-1"', "251"), "network 1: architecture must be a string"),
        (GOOD.replace('"4"', '"6"'), "network 1: minimal.0. is 6, wider than"),
        (GOOD.replace('"4"', '"4-4"'), "network 1: minimal must have one width for each"),
        (GOOD.replace("source", "sauce"), "network 1: unknown key 'sauce'"),
    ],
)
def test_bad_lists_of_networks(tmp_path, text, message):
    path = tmp_path / "networks.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        tables.read_networks(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("minimal", ['"4"', "4"])
def test_good_lists_of_networks(tmp_path, minimal):
    path = tmp_path / "networks.toml"
    path.write_text(GOOD.replace('"4"', minimal))
    assert tables.read_networks(path) == [
        tables.NamedNetwork("a", Architecture.parse("2-5-1"), (4,))
    ]


def test_limits():
    frame = tables.limit_table([5, 50], [8, 80], extra=1, fewer=2, r=4)
    assert frame.limit.tolist() == ["mild"] * 2 + ["vast, T"] * 2 + ["vast, G"] * 2
    assert frame.m.tolist() == [6, 51, 8, 80, 8, 80]
    mild = frame[frame.limit == "mild"]
    for row in mild.itertuples():
        value = Fraction(G(row.r - 2, row.m), T(row.r, row.m))
        limit = Fraction(row.m**2, 4 * math.factorial(3))
        assert row.log10_value == pytest.approx(numerals.log10(value), abs=1e-12)
        assert row.relative_error == pytest.approx(float(limit / value - 1), rel=1e-12)
    errors = frame.relative_error.abs().tolist()
    assert all(errors[i] > errors[i + 1] for i in (0, 2, 4))


@pytest.mark.parametrize(("written", "widths"), [("6", (6,)), ('"6"', (6,))])
def test_a_minimal_width_in_a_list_of_networks_is_a_number_or_its_text(tmp_path, written, widths):
    path = tmp_path / "networks.toml"
    path.write_text(f'[[network]]\nname = "a"\narchitecture = "2-8-1"\nminimal = {written}\n')
    assert tables.read_networks(path)[0].minimal == widths
