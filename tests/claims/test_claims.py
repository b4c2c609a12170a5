"""The claims: one quick run, shared by all tests here; and that every check can fail."""

import dataclasses
import itertools
import json
import math
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from critcount import export, publish
from critcount._support import files
from critcount.claims import (
    connection,
    counting,
    critical,
    disjointness,
    hessians,
    minima,
    plateaus,
    ranks,
    regimes,
    registry,
    rounding,
    running,
    students,
    table,
    training,
)
from critcount.claims.claim import Case, Count, Finding, Verdict, all_within
from critcount.claims.running import run as run_claims
from critcount.claims.running import units
from critcount.configurations.configuration import Configuration
from critcount.counting import layer
from critcount.weights.network import Network
from critcount.weights.subspaces import AffineSubspace, embed

ROOT = Path(__file__).parents[2]
CLAIMS = registry.CLAIMS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("claims") / "run"


@pytest.fixture(scope="module")
def findings(folder):
    """What the quick run finds, by name."""
    return {f.claim.name: f for f in run_claims(registry.choose(), quick=True, folder=folder)}


@pytest.mark.parametrize("name", CLAIMS)
def test_the_quick_run_comes_to_the_published_verdict(findings, name):
    assert str(findings[name].verdict) == str(CLAIMS[name].recorded)
    assert findings[name].cases


def test_the_published_table_has_these_verdicts(findings):
    """The measured columns are not compared, so that a quick run can be."""
    found = table.rows(list(findings.values()))
    published = table.read(ROOT / "tables" / "claims.csv")
    kept = [name for name in table.Row._fields if name not in table.MEASURED]
    assert [[getattr(row, name) for name in kept] for row in published] == [
        [getattr(row, name) for name in kept] for row in found
    ]


def test_the_command_goes_on_from_the_run(findings, folder, run):
    code, out, err = run("verify", "--quick", "--folder", folder, "--format", "json")
    assert code == 0, err
    rows = json.loads(out)["rows"]
    assert [row["claim"] for row in rows] == list(CLAIMS)
    assert {row["verdict"] for row in rows} >= {"holds"}
    assert all(row["sample"] for row in rows)


def test_the_command_writes_the_page_and_its_figures(findings, folder, run, tmp_path):
    target = tmp_path / "claims.md"
    code, out, _ = run("verify", "--quick", "--folder", folder, "--page", target)
    assert code == 0
    text = target.read_text()
    for name, claim in CLAIMS.items():
        assert f"## {name}" in text
        assert f"{name} [{claim.paper}]: {claim.recorded}" in " ".join(out.split())
    figures = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert figures == {path for path in figures if f"pictures/{path}" in text}
    assert len(figures) == 4


def test_the_page_of_the_docs_is_that_of_the_table():
    from critcount.plots.claims import page_text

    rows = table.read(ROOT / "tables" / "claims.csv")
    assert (ROOT / "docs" / "claims.md").read_text() == page_text(rows)
    for path in (ROOT / "docs" / "pictures").glob("claims-*"):
        assert f"pictures/{path.name}" in page_text(rows)


def test_figures_draw_what_was_measured(findings):
    from critcount.plots import claims as plots

    cases = findings["vanishing-count"].cases
    drawn = plots.vanishing(cases)
    measured = {
        (panel.get_title()[0], x, y)
        for panel in drawn.axes
        for line in panel.lines
        if line.get_marker() == "o"
        for x, y in zip(*line.get_data(), strict=True)
    }
    assert measured == {
        (
            str(case.facts["incoming"]),
            case.facts["following"],
            case.facts["nullity"] - case.facts["reduced"],
        )
        for case in cases
        if case.decided
    }
    path = next(c for c in findings["path-highest-at-point"].cases if c.decided)
    line = plots.paths([path]).axes[0].lines[0]
    assert max(line.get_ydata()) == path.facts["losses"][-1]


# a run can be interrupted, and goes on


def test_an_interrupted_run_goes_on_where_it_was(tmp_path):
    calls = []

    def measure(number):
        calls.append(number)
        if number == 2 and len(calls) < 4:
            raise KeyboardInterrupt
        return [Case("x", number, 0.0, 1.0)]

    claim = dataclasses.replace(
        CLAIMS["crossover"], units=lambda quick: [{"number": n} for n in range(4)], measure=measure
    )
    with pytest.raises(KeyboardInterrupt):
        run_claims([claim], folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    told = []
    [finding] = run_claims([claim], folder=tmp_path, advance=told.append)
    assert calls == [0, 1, 2, 2, 3]
    assert [case.size for case in finding.cases] == [0, 1, 2, 3]
    assert sum(told) == 4


def test_a_result_comes_back_as_it_was(tmp_path):
    claim = CLAIMS["critical-disjoint"]
    first = run_claims([claim], quick=True, folder=tmp_path)
    again = run_claims([claim], quick=True, folder=tmp_path)
    assert first == again


def test_another_version_or_argument_is_measured_anew(tmp_path, monkeypatch):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    number = len(list(tmp_path.iterdir()))
    monkeypatch.setattr("critcount.__version__", "0.0.other")
    run_claims([claim], quick=True, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2 * number


def test_other_source_is_measured_anew(tmp_path, monkeypatch):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    number = len(list(tmp_path.iterdir()))
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(running.critcount, "__file__", str(package / "__init__.py"))
    digests = set()
    for text in ("x = 1\n", "x = 2\n"):
        (package / "inner" / "module.py").write_text(text)
        running.source.cache_clear()
        digests.add(running.source())
    assert len(digests) == 2
    run_claims([claim], quick=True, folder=tmp_path)
    running.source.cache_clear()
    assert len(list(tmp_path.glob("*.json"))) == 2 * number


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"claim": "other"}'])
def test_a_damaged_result_is_named(tmp_path, text):
    claim = CLAIMS["crossover"]
    run_claims([claim], quick=True, folder=tmp_path)
    path = min(tmp_path.iterdir())
    path.write_text(text)
    with pytest.raises(ValueError, match="is damaged: remove it"):
        run_claims([claim], quick=True, folder=tmp_path)


def test_a_result_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    def full(payload, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "put", full)
    with pytest.raises(OSError, match="No space"):
        run_claims([CLAIMS["crossover"]], quick=True, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


# what a verdict is


def test_verdicts():
    good, bad = Case("b", 2, 0.1, 1.0), Case("a", 5, 2.0, 1.0, seed=3, where="layer 1")
    worse, unsure = Case("c", 4, math.inf, 0.0), Case("d", 1, math.nan, 1.0)
    assert str(all_within([good])) == "holds"
    assert str(all_within([good, bad])) == "fails as stated: a, layer 1"
    assert str(all_within([good, bad, worse])) == "fails as stated: c"
    assert all_within([good, unsure]).kind == "holds"
    assert all_within([good, unsure, unsure]).kind == "not decided"
    assert all_within([]).kind == "not decided"
    with pytest.raises(ValueError, match="kind must be one of"):
        Verdict("maybe")


def test_a_finding_names_its_worst_case_and_its_sample():
    cases = [
        Case("b", 2, 0.1, 1.0, seed=0),
        Case("b", 2, 0.5, 1.0, seed=1),
        Case("c", 2, 0.9, 2.0, seed=4),
        Case("d", 2, math.nan, 2.0),
    ]
    counts = [Count("are odd", 1, 2), Count("are odd", 2, 3)]
    finding = Finding.of(CLAIMS["crossover"], [*cases, *counts])
    assert finding.worst == cases[1]
    assert (
        finding.sample == "4 minimal widths: b, c, d; seeds 0 to 1, 4; 1 undecided; 3 of 5 are odd"
    )
    assert finding.agrees


def test_every_claim_is_complete():
    for claim in CLAIMS.values():
        assert claim.statement.endswith(".")
        assert claim.explanation.strip()
        quick, full = (units([claim], flag) for flag in (True, False))
        assert 0 < len(quick) <= len(full)
        json.dumps([unit for _, unit in full])


def test_every_bullet_has_twenty_seeds_and_three_outputs():
    """Of what is trained; in the full run."""
    for name in ("duplicate-critical", "vanishing-count", "students-generic", "students-tanh"):
        full = [unit for _, unit in units([CLAIMS[name]], False)]
        assert {seed for unit in full for seed in unit["seeds"]} == set(range(20))
        outputs = {unit.get("d_out") or unit["widths"][-1] for unit in full}
        assert outputs >= {1, 2, 3}, name


# each check can fail


def verdict(name, measured):
    return Finding.of(CLAIMS[name], measured).verdict.kind


def test_a_wrong_factor_is_noticed(monkeypatch):
    monkeypatch.setattr(
        counting.network,
        "count_permutation_points",
        lambda architecture, order, spread="layer": 1,
    )
    assert verdict("permutation-point-count", counting.measure_count([4])) == "fails as stated"
    assert verdict("refined-counts", counting.measure_refined([4])) == "fails as stated"


def test_a_wrong_number_of_subspaces_is_noticed(monkeypatch):
    monkeypatch.setattr(minima, "layer", SimpleNamespace(T=layer.G))
    cases = minima.measure_zero_loss([2], [3], 2, 1, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_a_perturbed_student_is_noticed(monkeypatch):
    def perturbed(teacher, configuration, rng):
        student = embed(teacher, configuration, rng)
        return Network([student.weights[0] * (1 + 1e-9), student.weights[1]])

    monkeypatch.setattr(minima, "embed", perturbed)
    cases = minima.measure_zero_loss([2], [3], 2, 1, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_shuffled_labels_are_noticed(monkeypatch):
    """Points of the subspaces of another teacher, its neurons exchanged."""
    measured = minima.worst_deviation

    def shuffled(teacher, students, x):
        order = [1, 0]
        other = Network([teacher.weights[0], teacher.weights[1][:, order]])
        return measured(other, students, x)

    monkeypatch.setattr(minima, "worst_deviation", shuffled)
    cases = minima.measure_zero_loss([2], [3], 2, 2, 0)
    assert verdict("zero-loss-subspaces", cases) == "fails as stated"


def test_a_subspace_that_comes_twice_is_noticed(monkeypatch):
    twice = [Configuration.from_word([0, 1, 1], 2)] * 2
    monkeypatch.setattr(minima, "Expansions", lambda r, m: twice)
    assert verdict("subspaces-distinct", minima.measure_distinct(2, 3, 2, 1, 0)) != "holds"
    monkeypatch.setattr(disjointness, "CriticalSubspaces", lambda r, m: twice)
    assert verdict("critical-disjoint", disjointness.measure(2, 3, 2, 1, 0)) != "holds"


def test_a_smaller_subspace_is_noticed(monkeypatch):
    monkeypatch.setattr(minima, "gap_rank", lambda values: (0, math.inf))
    assert verdict("dimension-at-least-h", minima.measure_dimension(1, 2, 1, 1)) != "holds"


def test_a_wrong_rank_formula_is_noticed(monkeypatch):
    monkeypatch.setattr(ranks, "rank_formula", lambda shape, d_in, d_out: 5)
    assert verdict("hessian-rank", ranks.measure(1, 3, 1, 1, 0)) == "fails as stated"


def test_wrong_limits_are_noticed(monkeypatch):
    right = regimes.mild_ratio
    monkeypatch.setattr(regimes, "mild_ratio", lambda *a: right(*a) * Fraction(101, 100))
    assert verdict("mild-regime", regimes.measure_mild(1, 1, 256)) == "fails as stated"
    errors = regimes.vast_errors
    monkeypatch.setattr(
        regimes, "vast_errors", lambda r, m: (errors(r, m)[0], 0.1, errors(r, m)[2])
    )
    assert verdict("vast-regime", regimes.measure_vast(4, 4)) == "fails as stated"
    monkeypatch.setattr(regimes.layer, "crossover", lambda r: 2)
    assert verdict("crossover", regimes.measure_crossover(4, 5)) == "fails as stated"


def test_a_path_off_the_subspaces_is_noticed(monkeypatch):
    def bent(path):
        for k, vertex in enumerate(vertices(path)):
            yield vertex if k != 2 else Network([1.001 * w for w in vertex.weights])

    kind = connection.zero_loss_path.__globals__["ZeroLossPath"]
    vertices = kind.__iter__
    monkeypatch.setattr(kind, "__iter__", bent)
    cases = connection.measure_extra([2], 2, 1, [0])
    assert verdict("one-extra-connects", cases) == "fails as stated"


def test_a_graph_in_two_parts_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "components_by_search", lambda minimal, widths: 2)
    assert verdict("one-extra-connects", connection.measure_extra([2], 2, 1, [0])) != "holds"
    assert verdict("none-does-not", connection.measure_none([3], [0], 0)) != "holds"


def test_a_path_where_there_is_none_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "zero_loss_path", lambda a, b, tolerance: None)
    assert verdict("none-does-not", connection.measure_none([2], [0], 0)) == "fails as stated"


def test_a_minimum_that_is_not_isolated_is_noticed(monkeypatch):
    monkeypatch.setattr(connection, "embed", lambda teacher, order, seed: copies(teacher))
    cases = connection.measure_isolated([2, 2, 2], [0])
    assert verdict("isolated-minima", cases) == "fails as stated"


def of(measured):
    """The cases, without the counts."""
    return [item for item in measured if isinstance(item, Case)]


def copies(teacher):
    """A network in which two neurons are the same."""
    return Network([teacher.weights[0][[0, 0]], teacher.weights[1]])


def test_a_narrower_or_wider_plateau_is_noticed(monkeypatch):
    monkeypatch.setattr(plateaus, "further_directions", lambda *a: (1, 1e9))
    cases = plateaus.measure_dimension([2, 3, 2], 0, 0)
    assert verdict("equal-loss-dimension", cases) == "fails as stated"
    monkeypatch.setattr(plateaus, "valley_components", lambda n: (2, 6, 2))
    assert verdict("valley-reaches-all", plateaus.measure_valley([2, 3, 1], 0, 0)) != "holds"


def test_a_further_direction_is_found():
    """A zero-type pair in place of a replication pair: its incoming weights are free."""
    teacher = rounding.random_network((2, 2, 2), 0)
    plane = AffineSubspace(teacher, Configuration.from_word([0, 1, 2], 2))
    smaller = AffineSubspace(teacher, Configuration.from_word([0, 1, 1], 2))
    x = minima.inputs(60, 2, 0)
    rng = np.random.default_rng(0)
    assert plateaus.further_directions(plane, x, plane.random(rng), rng)[0] == 0
    more, _ = plateaus.further_directions(smaller, x, plane.random(rng), rng)
    assert more == 2
    points = (plane.random(rng) for _ in range(3))
    assert all(plateaus.further_directions(plane, x, p, rng)[1] > 1e3 for p in points)


@pytest.fixture(scope="module")
def minimum():
    """A trained network of 2-2-2."""
    return training.minima((2, 2, 2), range(5))[0]


def test_every_seed_has_its_own_task():
    found = training.minima((1, 1, 2), range(4))
    assert len({str(np.asarray(m.problem.targets)[0, 0]) for m in found}) == len(found) > 1
    counted = training.converged(found, range(4))
    assert str(counted) == f"{len(found)} of 4 trainings converged"


def test_a_perturbed_minimum_is_noticed(minimum, monkeypatch):
    """All rows that start from a minimum: the network moved a little, the rest as it was."""
    network = minimum.network
    moved = minimum._replace(network=Network([w * (1 + 1e-6) for w in network.weights]))
    for module in (critical, hessians):
        monkeypatch.setattr(module, "minima", lambda widths, seeds: [moved])
    arguments = ([2, 2, 2], [0])
    assert verdict("duplicate-critical", critical.measure_duplicate(*arguments)) != "holds"
    assert verdict("critical-subspace", critical.measure_subspace(*arguments)) != "holds"
    assert verdict("vanishing-count", hessians.measure_count(*arguments)) != "holds"
    assert verdict("vanishing-indefinite", hessians.measure_indefinite(*arguments)) != (
        "holds only if"
    )


def test_copies_out_of_proportion_are_noticed(minimum, monkeypatch):
    def unequal(network, words, shares):
        point = real(network, words, shares)
        weights = list(point.weights)
        step = np.zeros_like(weights[-1])
        block = [i for i, t in enumerate(words[-1]) if words[-1].count(t) > 1]
        step[:, block[0]], step[:, block[1]] = [0.1, -0.1], [-0.1, 0.1]
        return Network([*weights[:-1], weights[-1] + step])

    real = critical.replicate
    monkeypatch.setattr(critical, "replicate", unequal)
    monkeypatch.setattr(critical, "minima", lambda widths, seeds: [minimum])
    cases = critical.measure_duplicate([2, 2, 2], [0])
    assert verdict("duplicate-critical", cases) == "fails as stated"
    with pytest.raises(ArithmeticError, match="not on its critical subspace"):
        critical.measure_subspace([2, 2, 2], [0])


def test_a_proportional_split_is_noticed(minimum, monkeypatch):
    """Were the gradient zero where the outgoing weights are split, the row would say so."""
    monkeypatch.setattr(critical, "minima", lambda widths, seeds: [minimum])
    cases = of(critical.measure_unequal([2, 2, 2], [0]))
    assert verdict("unequal-split", cases) == "holds"
    vanishing = [
        dataclasses.replace(case, figure=case.facts["critical"] / 1e-14) for case in cases
    ]
    assert verdict("unequal-split", vanishing) == "fails as stated"


def test_a_split_off_the_kernel_is_noticed(monkeypatch):
    """1-1-3: the splits with uᵀM = 0 orthogonal to a are a line; any other is not critical."""
    [found] = training.minima((1, 1, 3), [0])
    basis, gap, error = critical.critical_splits(found, 0)
    assert basis.shape == (3, 1)
    assert gap > 1e3
    assert error < 1e-10
    assert abs(basis[:, 0] @ found.network.weights[-1][:, 0]) < 1e-12
    cases = of(critical.measure_unequal([1, 1, 3], [0]))
    assert [case.tolerance for case in cases] == [1e-3, 1.0]
    assert verdict("unequal-split", cases) == "holds"
    off = basis + 1e-6 * np.ones((3, 1))
    monkeypatch.setattr(critical, "critical_splits", lambda *a: (off, gap, error))
    assert verdict("unequal-split", critical.measure_unequal([1, 1, 3], [0])) != "holds"
    none = basis[:, :0]
    monkeypatch.setattr(critical, "critical_splits", lambda *a: (none, gap, error))
    assert verdict("unequal-split", critical.measure_unequal([1, 1, 3], [0])) != "holds"


def test_the_stated_number_of_eigenvalues_would_be_noticed(findings, monkeypatch):
    """The derived count replaced by the stated one; a semidefinite point one eigenvalue short."""
    cases = findings["vanishing-indefinite"].cases
    cured = [dataclasses.replace(case, figure=0.0) for case in cases]
    assert verdict("vanishing-indefinite", cured) == "holds"
    broken = [*cured, Case("1-2-1", 4, 1.0, 0.0, facts={"nullity": 0, "following": 1})]
    assert verdict("vanishing-indefinite", broken) == "fails as stated"
    monkeypatch.setattr(hessians, "added", lambda following, incoming: following)
    unit = {"widths": [1, 1, 2], "seeds": list(range(5))}
    assert verdict("vanishing-count", hessians.measure_count(**unit)) == "fails as stated"
    short = [
        dataclasses.replace(case, figure=case.facts["following"] - case.facts["nullity"] + 1.0)
        for case in findings["vanishing-semidefinite"].cases
        if case.decided and case.facts["following"] == case.facts["nullity"]
    ]
    assert verdict("vanishing-semidefinite", short) == "fails as stated"


def test_no_first_order_saddle_is_noticed(findings):
    cases = [dataclasses.replace(c, figure=1.0) for c in findings["first-order-saddles"].cases]
    assert verdict("first-order-saddles", cases) == "fails as stated"


def test_a_higher_loss_on_the_way_is_noticed(findings):
    cases = [
        dataclasses.replace(case, figure=1e-9) if case.decided else case
        for case in findings["path-highest-at-point"].cases
    ]
    assert verdict("path-highest-at-point", cases) == "fails as stated"
    smooth = [case for case in findings["path-highest-at-point"].cases if case.decided]
    assert verdict("path-highest-at-point", smooth) == "holds"


def test_students_of_another_teacher_are_noticed(monkeypatch):
    """The teacher of the classification has its outgoing weights exchanged."""
    real = students.lesson

    def shuffled(r, d_out, activation):
        problem, teacher, factor = real(r, d_out, activation)
        other = Network([teacher.weights[0], teacher.weights[1][:, ::-1]])
        return problem, other, factor

    monkeypatch.setattr(students, "lesson", shuffled)
    cases = students.measure(2, 3, 1, "generic", [0, 1])
    assert verdict("students-generic", cases) == "fails as stated"


def test_signs_decide_the_students_of_tanh(findings):
    cases = findings["students-tanh"].cases
    assert verdict("students-tanh", cases) == "holds only if"
    plain = [dataclasses.replace(case, figure=0.0, tolerance=1.0) for case in cases]
    assert verdict("students-tanh", plain) == "holds"
    lost = [dataclasses.replace(case, facts={**case.facts, "signed": math.inf}) for case in cases]
    assert verdict("students-tanh", lost) == "fails as stated"


# tools


def test_evaluation_error_bounds_what_rounding_does():
    """Against 60 digits."""
    import mpmath

    with mpmath.workdps(60):
        for seed, widths in enumerate([(2, 3, 1), (2, 5, 4, 2)]):
            network = rounding.random_network(widths, seed)
            x = minima.inputs(5, 2, seed)
            error = rounding.evaluation_error(network, x)
            for row, allowed, got in zip(x, error, network(x, "generic"), strict=True):
                exact = exactly(mpmath, network, row)
                off = [abs(mpmath.mpf(float(a)) - b) for a, b in zip(got, exact, strict=True)]
                assert all(o <= a for o, a in zip(off, allowed, strict=True))


def exactly(mpmath, network, row):
    h = [mpmath.mpf(float(value)) for value in row]
    for k, weight in enumerate(network.weights):
        if k:
            h = [1 / (1 + mpmath.exp(-4 * z)) + mpmath.log(1 + mpmath.exp(z)) for z in h]
        h = [
            sum(mpmath.mpf(float(w)) * v for w, v in zip(line, h, strict=True)) for line in weight
        ]
    return h


def test_gradient_of_copies_is_what_the_page_says(minimum):
    """Each derivative is that of the original times the share of the neuron that it goes to."""
    from critcount.landscape.vectors import to_network

    network = Network([w * 1.1 for w in minimum.network.weights])  # not critical
    word, shares = [0, 1, 0, 1], np.array([0.3, 2.0, 0.7, -1.0])
    wide = critical.replicate(network, [word], [shares])
    small, large = (
        to_network(minimum.problem.gradient(point), point) for point in (network, wide)
    )
    assert np.allclose(large.weights[0], shares[:, None] * small.weights[0][word], atol=1e-14)
    assert np.allclose(large.weights[1], small.weights[1][:, word], atol=1e-14)
    grown = np.linalg.norm(minimum.problem.gradient(wide))
    before = np.linalg.norm(minimum.problem.gradient(network))
    assert grown <= critical.amplification([word], [shares]) * before


def test_brute_force_of_collisions_by_hand():
    assert {k: counting.collisions(3, 1)[k] for k in (True, False)} == {True: 6, False: 0}
    assert counting.collisions(3, 2)[False] == 1
    assert [counting.brute_force((2, 2), k, "network") for k in (1, 2)] == [4, 1]
    assert [counting.brute_force((2, 2), k, "layer") for k in (1, 2)] == [4, 0]


def test_table_and_short_columns(tmp_path):
    found = [table.row(claim, claim.recorded) for claim in CLAIMS.values()]
    assert [row.verdict for row in found] == [str(claim.recorded) for claim in CLAIMS.values()]
    path = tmp_path / "claims.csv"
    export.write_rows(table.Row._fields, found, path, "csv")
    assert table.read(path) == found
    assert table.measured_columns(tmp_path / "none.csv") == {}
    path.write_text("a,b\n1,2\n")
    assert table.measured_columns(path) == {}


def test_publish_keeps_the_figures_and_checks_the_verdicts(tmp_path, findings, monkeypatch):
    monkeypatch.setattr(publish, "TABLES", {})
    everything = list(findings.values())
    publish.write(tmp_path, findings=everything)
    first = (tmp_path / "claims.csv").read_text()
    assert publish.check(tmp_path) == publish.check(tmp_path, findings=everything) == []
    publish.write(tmp_path)
    assert (tmp_path / "claims.csv").read_text() == first
    shown = table.read(tmp_path / "claims.csv")
    assert [row.sample for row in shown] == [finding.sample for finding in everything]
    # another figure passes, another verdict does not
    changed = shown[0]._replace(worst=1.25e-13)
    export.write_rows(table.Row._fields, [changed, *shown[1:]], tmp_path / "claims.csv", "csv")
    assert [line for line in publish.check(tmp_path) if "claims.csv" in line] == []
    changed = shown[0]._replace(verdict="not decided")
    export.write_rows(table.Row._fields, [changed, *shown[1:]], tmp_path / "claims.csv", "csv")
    assert any("claims.csv" in line for line in publish.check(tmp_path))
    none = dataclasses.replace(everything[0], cases=())
    assert publish.check(tmp_path, findings=[none, *everything[1:]]) != []


def test_the_pictures_of_the_docs_are_there():
    from critcount.plots.claims import FIGURES

    for name in FIGURES:
        assert (ROOT / "docs" / "pictures" / f"claims-{name}.svg").exists()


def test_all_permutations_are_walked_to():
    plane = plateaus.collided([2, 3, 1], 0, 0)
    point = plateaus.double(plane.network, 0, plane.configurations[0][0].word)
    images = {
        tuple(plateaus.take(point, 0, np.array(order)).weights[0].ravel())
        for order in itertools.permutations(range(3))
    }
    assert len(images) == 3  # the pair is the same either way round
