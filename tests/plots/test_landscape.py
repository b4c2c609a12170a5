"""Figures of real networks: what is drawn is what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from critcount import Configuration, Network, embed
from critcount.landscape.experiments import datasets
from critcount.landscape.experiments.approximation import ridges
from critcount.landscape.experiments.collisions import Collision, Collisions
from critcount.landscape.experiments.students import Measure, Students, judge
from critcount.landscape.problem import Problem
from critcount.landscape.training import Training
from critcount.plots import landscape, style


@pytest.fixture(scope="module")
def collisions():
    """Made-up measurements: two pairs of layer 0, one of layer 1, one that has no path."""
    network = Network([np.ones((3, 3)), np.ones((1, 3))])
    minimum = Training(network, 0.1, 1e-15, True, "", "minimum", 4)

    def collision(layer, i, j, eigenvalues, index):
        losses = (0.1, 0.1 + 0.01 * (i + j), 0.3 + 0.01 * j)
        return Collision(
            4, layer, i, j, distances=(2.0, 1.0, 0.0), losses=losses, gradient_norm=1e-14,
            converged=True, eigenvalues=eigenvalues, noise=1e-12, gap=1e6, index=index, nullity=2,
            derived_nullity=1, equal_loss_dimension=1,
        )  # fmt: skip

    points = (
        collision(0, 0, 1, (-1e-2, -1e-15, 0.0, 1e-3, 5.0), 1),
        collision(0, 0, 2, (1e-13, 2e-13, 1e-5, 2e-3, 4.0), 0),
        Collision(4, 0, 1, 2, note="no path"),
        collision(1, 1, 2, (-1.0, 0.0, 0.0, 1.0, 2.0), None),
    )
    return Collisions("toy", Problem(*ridges()), (minimum,), points)


@pytest.fixture(scope="module")
def students():
    """Students on known subspaces, one that lies nowhere, one that did not converge."""
    teacher = datasets.teacher()
    measure = Measure(teacher, "generic", 1.0, 10.0, 0.09)
    words = {(5, 0): [1, 0, 2, 3, 4], (5, 1): [0, 0, 1, 2, 3], (6, 0): [0, 1, 2, 3, 4, 4]}
    made = [
        judge(
            Training(
                embed(teacher, Configuration.from_word(word, 4), rng=seed),
                1e-30,
                1e-15,
                True,
                "",
                "minimum",
                seed,
            ),
            measure,
        )
        for (width, seed), word in words.items()
    ]
    other = Network([np.full((6, 2), 0.1), np.ones((1, 6))])
    made.append(judge(Training(other, 0.5, 1e-3, False, "a reason", "not done", 1), measure))
    return Students("teacher-student", teacher, "generic", measure, tuple(made))


def test_the_lines_are_the_losses_and_their_mirror_images(collisions):
    (axes,) = landscape.loss_along_paths(collisions).axes
    lines = axes.get_lines()[1:]
    assert len(lines) == 6  # there, back and the point, of two pairs
    for there, back, point, found in zip(
        lines[::3], lines[1::3], lines[2::3], collisions.points[:2], strict=True
    ):
        assert there.get_xdata().tolist() == [-1, -0.5, 0]
        assert back.get_xdata().tolist() == [0, 0.5, 1]
        assert tuple(there.get_ydata()) == found.losses
        assert tuple(back.get_ydata()) == found.losses[::-1]
        assert (point.get_xdata(), point.get_ydata()) == (0, found.losses[-1])
    labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert labels == ["0 and 1: index 1", "0 and 2: index 0"]
    colors = {to_hex(line.get_color()) for line in lines}
    assert colors <= {color.lower() for color in style.COLORS}
    assert len(colors) == 2


def test_another_layer_and_an_undecided_index(collisions):
    (axes,) = landscape.loss_along_paths(collisions, layer=1).axes
    labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert labels == ["1 and 2: index undecided"]


def test_every_eigenvalue_is_drawn_as_what_it_is(collisions):
    (axes,) = landscape.spectra(collisions).axes
    positive, negative, vanishing = axes.collections[-3:]
    assert positive.get_offsets().tolist() == [
        [0, 1e-3], [0, 5.0], [1, 1e-5], [1, 2e-3], [1, 4.0]
    ]  # fmt: skip
    assert negative.get_offsets().tolist() == [[0, 1e-2]]
    assert vanishing.get_offsets()[:, 0].tolist() == [0, 0, 1, 1]
    assert (vanishing.get_offsets()[:, 1] <= 1e-12).all()
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] < vanishing.get_offsets()[:, 1].min()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0, 1", "0, 2"]
    labels = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert labels == ["rounding errors", "positive (5)", "negative (1)", "vanishing (4)"]


def test_a_layer_without_a_path_is_refused(collisions):
    for draw in (landscape.loss_along_paths, landscape.spectra):
        with pytest.raises(ValueError, match="no path to draw in hidden layer 2"):
            draw(collisions, layer=2)
        with pytest.raises(ValueError, match="seed 9"):
            draw(collisions, seed=9)


def test_more_widths_have_fewer_students_each(students):
    """Students of six widths: two of each, and twelve in all."""
    one = students.students[0]
    made = [replace(one, width=width, seed=seed) for width in range(5, 11) for seed in range(3)]
    assert len(landscape.students(replace(students, students=tuple(made))).axes) == 12


def drawn_neurons(axes):
    """Markers that are no teacher's: (x, y, marker, colour)."""
    return [
        (*line.get_xydata()[0], line.get_marker(), to_hex(line.get_color()))
        for line in axes.get_lines()
        if len(line.get_xdata()) == 1 and line.get_markersize() < 10
    ]


def test_students_in_the_input_plane(students):
    figure = landscape.students(students, seeds=[0, 1])
    assert len(figure.axes) == 4
    titles = [axes.get_title().splitlines() for axes in figure.axes]
    assert [first for first, _ in titles] == [
        "width 5, seed 0", "width 5, seed 1", "width 6, seed 0", "width 6, seed 1"
    ]  # fmt: skip
    assert [second for _, second in titles] == [
        "1+1+1+1, zero 1", "2+1+1+1", "1+1+1+1, zero 2", "not converged"
    ]  # fmt: skip
    teacher = datasets.teacher().weights[0]
    for axes in figure.axes:
        ends = [line.get_xydata()[1] for line in axes.get_lines() if len(line.get_xdata()) == 2]
        assert np.array_equal(ends, teacher)
    by_name = {(s.width, s.seed): s for s in students.students}
    reach = 1.25 * np.abs(teacher).max()
    for axes, name in zip(figure.axes, [(5, 0), (5, 1), (6, 0), (6, 1)], strict=True):
        student = by_name[name]
        neurons = drawn_neurons(axes)
        rows = np.array(student.network.weights[0])
        beyond = np.maximum(np.abs(rows).max(axis=1) / reach, 1)
        assert np.allclose([n[:2] for n in neurons], rows / beyond[:, None], rtol=1e-15)
        assert sum(not text.get_text() for text in axes.texts) == (beyond > 1).sum()
        for neuron, (*_, marker, color) in enumerate(neurons):
            if student.found is None:
                assert (marker, color) == ("x", "#000000")
                continue
            letter = student.found.configurations[0].word[neuron]
            copy = letter < 4
            assert color == (style.COLORS[letter].lower() if copy else "#000000")
    counts = [text.get_text() for text in figure.axes[1].texts]
    assert [count for count in counts if count] == ["2×"]


def test_students_that_do_not_fit_are_refused(students):
    with pytest.raises(ValueError, match="not 7"):
        landscape.students(students, seeds=[7])
    with pytest.raises(ValueError, match="room for 1 to 12"):
        landscape.students(students, seeds=[0] * 7)


def test_the_same_figure_gives_the_same_bytes(collisions, students, tmp_path):
    for draw in (lambda: landscape.spectra(collisions), lambda: landscape.students(students)):
        for name in ("a.svg", "b.svg"):
            style.save_figure(draw(), tmp_path / name)
        assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_endings_are_shares_of_the_trainings():
    import pandas as pd

    tally = pd.DataFrame(
        {"width": [1, 2], "trainings": [4, 10], "minimum": [4, 2], "plateau": [0, 3],
         "channel": [0, 4], "diverging": [0, 1], "not_done": [0, 0]}
    )  # fmt: skip
    drawn = landscape.endings([tally, tally], ["one", "two"])
    for axes in drawn.axes:
        bars = [[bar.get_height() for bar in container] for container in axes.containers]
        np.testing.assert_allclose(bars, [[1, 0.2], [0, 0.3], [0, 0.4], [0, 0.1]], atol=1e-12)
        assert [text.get_text() for text in axes.texts] == ["4", "10"]
    with pytest.raises(ValueError, match="must have the column 'channel'"):
        landscape.endings([tally.drop(columns="channel")], ["one"])
    with pytest.raises(ValueError, match="tallies must be 1 to 4"):
        landscape.endings([], [])
    with pytest.raises(ValueError, match="must have a row for each width, not none"):
        landscape.endings([tally[:0]], ["one"])
    for column, cell, part in (
        ("minimum", "x", "whole numbers from 0 on in the column 'minimum', not 'x'"),
        ("trainings", None, "whole numbers from 1 on in the column 'trainings', not None"),
        ("trainings", 0, "whole numbers from 1 on in the column 'trainings', not 0"),
        ("plateau", 0.5, "whole numbers from 0 on in the column 'plateau', not 0.5"),
        ("channel", 3, "more endings than trainings of width 1, 7 of 4"),
    ):
        wrong = tally.astype(object)
        wrong.loc[0, column] = cell
        with pytest.raises(ValueError, match=part):
            landscape.endings([wrong], ["one"])
