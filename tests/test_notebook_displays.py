"""What notebooks show: well-formed HTML and SVG, exact numbers folded, figures as pictures."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from critcount import (
    AffineSubspace,
    Architecture,
    Configuration,
    CriticalSubspaces,
    Expansions,
    IntersectionGraph,
    Network,
    NetworkExpansions,
    PermutationPoints,
    RefinementGraph,
    align,
    classify,
    count_minima,
    digits,
    embed,
    symbolic,
    zero_loss_path,
)
from critcount._support import markup
from critcount.connectivity import distance_bounds, distance_with_reason, path
from critcount.output import report

VOID = {"br", "circle", "line"}


class Balanced(HTMLParser):
    """Fails on an element that is not closed in its place."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        if tag not in VOID or (self.open and self.open[-1] == tag):
            assert self.open.pop() == tag


def assert_well_formed(text):
    parser = Balanced()
    parser.feed(text.replace("</circle>", "").replace("<circle", "<circle "))
    parser.close()
    assert parser.open == []


A, B = (Configuration.from_word(word, 2) for word in ([0, 1, 1, 2, 2], [1, 0, 2, 3, 0]))
TEACHER = Network([np.array([[0.6, 0.5], [-0.5, 0.5]]), np.array([[1.0, 2.0]])])


@pytest.mark.parametrize(
    "shown",
    [
        TEACHER,
        Network([np.zeros((3, 2)), np.zeros((1, 3))]),
        AffineSubspace(TEACHER, (A,)),
        classify(embed(TEACHER, A, 0), 1e-9),
        zero_loss_path(embed(TEACHER, A, 0), embed(TEACHER, B, 1), tolerance=1e-9),
        report.count(Architecture.parse("2-6-1"), 4),
        report.count(Architecture.parse("784-300-100-10")),
        Expansions(2, 4),
        Expansions(0, 0),
        CriticalSubspaces(2, 3),
        PermutationPoints(4, 1),
        NetworkExpansions(Architecture.parse("2-3-3-1"), (2, 2)),
        IntersectionGraph(2, 3),
        IntersectionGraph(500, 1000),
        Architecture.parse("2-5-1"),
        path(A, B)[0],
        distance_with_reason(A, A),
        distance_bounds(A, B),
        next(iter(Expansions(2, 4).orbits())),
        align(TEACHER, TEACHER),
    ],
    ids=repr,
)
def test_html(shown):
    text = shown._repr_html_()
    assert "<table>" in text
    assert_well_formed(text)


@pytest.mark.parametrize(
    ("shown", "discs"),
    [
        (A, 5),
        (Configuration.from_word([], 0), 0),
        (path(A, B), 5 * (len(path(A, B)) + 1)),
        (IntersectionGraph(2, 3), 12),
        (RefinementGraph(3, 3), 6),
        (IntersectionGraph(0, 0), 1),
    ],
    ids=repr,
)
def test_svg(shown, discs):
    root = ElementTree.fromstring(shown._repr_svg_())
    assert root.tag.endswith("svg")
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == discs


def test_what_is_too_large_is_not_drawn():
    assert Configuration.from_word(range(61), 61)._repr_svg_() is None
    assert IntersectionGraph(3, 6)._repr_svg_() is None
    assert IntersectionGraph(500, 1000)._repr_svg_() is None


def test_a_long_number_has_all_its_digits_folded():
    architecture = Architecture.parse("784-300-100-10")
    text = report.count(architecture)._repr_html_()
    assert (
        f"<details><summary>2.856e772 (773 digits)</summary>{digits(count_minima(architecture))}"
    )
    assert digits(count_minima(architecture)) in text
    assert markup.cell(7 * 10**6000).count("0") > 6000


def test_texts_are_escaped():
    assert markup.html_table(["<"], [["&"]]) == (
        "<table><tr><th>&lt;</th></tr><tr><td>&amp;</td></tr></table>"
    )


def test_identities_are_formulas():
    assert symbolic.IDENTITIES["special value r"]._repr_latex_() == (
        r"$\displaystyle T(r, r) = r!$"
    )


def test_neurons_in_the_input_plane():
    text = TEACHER._repr_html_()
    assert text.count("<circle") == 2
    assert "incoming (0.6, 0.5), outgoing sum 1" in text


def test_a_figure_shows_itself():
    pytest.importorskip("matplotlib")
    from critcount.plots import graphs

    figure = graphs.draw(IntersectionGraph(2, 3))
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure._repr_png_() == figure._repr_png_()
