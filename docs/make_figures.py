"""The pictures of the introduction: ``python docs/make_figures.py [FOLDER]``.

Every function draws one picture and returns the figure; what it shows is computed. Without a
folder the pictures are written to ``docs/pictures``.
"""

import sys
from pathlib import Path

import numpy as np

from critcount import Expansions, IntersectionGraph
from critcount.plots.graphs import draw
from critcount.plots.style import BLUE, COLORS, GREY, ORANGE, figure, look, save_figure
from critcount.weights.network import activation_function

GREEN = COLORS[2]
FOLDER = Path(__file__).parent / "pictures"

#: Incoming weights of the two neurons that the student of `collision` has to find.
TEACHER = (-1.2, 1.0)


def collision_loss(one, two):
    """Return the loss of a student of two neurons, of its two incoming weights.

    One input, output weights 1; broadcasts.
    """
    sigma = activation_function("function", "generic")
    x = np.linspace(-2, 2, 41)
    target = sum(sigma(w * x) for w in TEACHER)
    one, two = np.asarray(one)[..., None], np.asarray(two)[..., None]
    return ((sigma(one * x) + sigma(two * x) - target) ** 2).mean(axis=-1)


@look()
def collision():
    """Draw a loss of two neurons: two minima, and the permutation point between them."""
    w = np.linspace(-2.4, 2.4, 97)
    loss = collision_loss(w, w[:, None])
    fine = np.linspace(-2.4, 2.4, 2401)
    alike = fine[np.argmin(collision_loss(fine, fine))]
    drawn = figure(5.2, 4.6)
    axes = drawn.add_subplot(
        xlabel="incoming weight of neuron 0", ylabel="incoming weight of neuron 1"
    )
    axes.set_aspect("equal")
    axes.grid(False)
    levels = np.linspace(0, loss.max() ** 0.25, 17) ** 4  # closer together near zero
    axes.contourf(w, w, loss**0.25, levels=levels**0.25, cmap="Greys", alpha=0.8)
    axes.plot(w, w, "--", color=GREY, linewidth=1)
    for x, y, name in (
        (*TEACHER, "global minimum"),
        (*TEACHER[::-1], "its copy: neurons swapped"),
    ):
        axes.plot(x, y, "o", color=BLUE, markersize=9)
        label(axes, name, (x, y), (0, 9), BLUE, ha="center", va="bottom")
    axes.plot(alike, alike, "D", color=ORANGE, markersize=9)
    label(axes, "permutation point", (alike, alike), (9, 0), ORANGE)
    label(axes, "equal neurons", (2.1, 2.1), (-9, 0), "black", ha="right")
    return drawn


def label(axes, text, place, offset, color, ha="left", va="center"):
    """Write beside a place, legible on any ground."""
    axes.annotate(
        text,
        place,
        offset,
        textcoords="offset points",
        color=color,
        ha=ha,
        va=va,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5},
    )


@look()
def partition():
    """Draw a minimal network, a wider one that computes the same, and the word of it."""
    word = (0, 1, 2, 1, 2)
    shades = [(BLUE, ORANGE, GREY)[letter] for letter in word]
    incoming = ("$w_0$", "$w_1$", "$w'$", "$w_1$", "$w'$")
    outgoing = ("$a_0$", "$0.3\\,a_1$", "$+b$", "$0.7\\,a_1$", "$-b$")
    kinds = ("copy of 0", "copy of 1", "cancelled by 4", "copy of 1", "cancelled by 2")
    drawn = figure(7.2, 3.4)
    axes = drawn.add_subplot()
    axes.set_axis_off()
    axes.set_aspect("equal")
    network(axes, 0.0, (3.0, 1.0), (BLUE, ORANGE))
    for height, t, side in ((3.0, 0, 0.35), (1.0, 1, -0.35)):
        for x, text in ((0.45, f"$w_{t}$"), (2.55, f"$a_{t}$")):
            axes.text(x, 2 + (height - 2) * 0.5 + side, text, ha="center", va="center")
    network(axes, 4.6, tuple(4.0 - i for i in range(len(word))), shades)
    columns = (8.5, 9.9, 11.3, 12.1)
    heads = ("in", "out", "word", "")
    for x, head in zip(columns, heads, strict=True):
        axes.text(x, 5.0, head, ha="left" if not head else "center", weight="bold")
    for i, row in enumerate(zip(incoming, outgoing, map(str, word), kinds, strict=True)):
        for x, text in zip(columns, row, strict=True):
            axes.text(
                x, 4.0 - i, text, color=shades[i], va="center", ha="left" if x > 12 else "center"
            )
    axes.text(1.5, -1.2, "minimal network, r = 2", ha="center")
    axes.text(6.1, -1.2, "student, m = 5", ha="center")
    axes.set(xlim=(-0.4, 15.0), ylim=(-1.5, 5.4))
    return drawn


def network(axes, left, heights, shades):
    """Draw one input, hidden neurons at these heights, and one output."""
    for i, (y, shade) in enumerate(zip(heights, shades, strict=True)):
        axes.plot([left, left + 1.5, left + 3], [2, y, 2], color=shade, linewidth=1.6, zorder=1)
        axes.plot(left + 1.5, y, "o", color=shade, markersize=16, zorder=2)
        axes.text(left + 1.5, y, i, color="white", ha="center", va="center", zorder=3)
    for x in (left, left + 3):
        axes.plot(x, 2, "o", color="white", markeredgecolor="black", markeredgewidth=1, ms=11)


@look()
def subspaces():
    """Draw all global minima of two neurons where one would do: three lines that meet.

    The outgoing weights of the two add up to a everywhere, so that three coordinates show all.
    """
    drawn = figure(6.0, 4.4)
    axes = drawn.add_subplot(projection="3d")
    far = np.array([-1.5, 1.5])
    lines = {
        (0, 0): ("both are copies", np.zeros(2), np.zeros(2), np.array([-0.6, 1.6])),
        (0, 1): ("neuron 1 contributes nothing", np.zeros(2), far, np.ones(2)),
        (1, 0): ("neuron 0 contributes nothing", far, np.zeros(2), np.zeros(2)),
    }
    assert set(lines) == {c.word for c in Expansions(1, 2)}
    for (word, (name, *line)), shade in zip(lines.items(), (GREEN, BLUE, ORANGE), strict=True):
        letters = ", ".join(map(str, word))
        axes.plot(*line, color=shade, linewidth=3.5, label=f"word {letters}: {name}")
    axes.plot([0, 0], [0, 0], [0, 1], "o", color="black", markersize=6)
    axes.set(
        xlabel="incoming weight\nof neuron 0",
        ylabel="incoming weight\nof neuron 1",
        zlabel="outgoing weight\nof neuron 0",
        xticks=[0],
        yticks=[0],
        zticks=[0, 1],
        xticklabels=["$w$"],
        yticklabels=["$w$"],
        zticklabels=["$0$", "$a$"],
    )
    axes.view_init(elev=20, azim=-55)
    axes.set_box_aspect(None, zoom=0.92)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.labelpad = 6
    drawn.legend(loc="outside upper center")
    return drawn


def cycle():
    """Draw the intersection graph I(2, 3), a cycle of twelve subspaces."""
    return draw(IntersectionGraph(2, 3))


PICTURES = {f.__name__: f for f in (collision, partition, subspaces, cycle)}


def main(folder=FOLDER):
    """Write every picture to a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        save_figure(picture(), Path(folder) / f"{name}.svg")


if __name__ == "__main__":
    main(*sys.argv[1:2])
