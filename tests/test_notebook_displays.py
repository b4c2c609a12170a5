"""What notebooks show: well-formed HTML and SVG, exact numbers folded, figures as pictures."""

import importlib
import inspect
import pkgutil
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

import critcount
from critcount import (
    Activation,
    AffineSubspace,
    Architecture,
    Configuration,
    CriticalSubspaces,
    DomainExpansion,
    Expansions,
    IntersectionGraph,
    Network,
    NetworkExpansions,
    PermutationPoints,
    RefinementGraph,
    Setting,
    SignedExpansion,
    SignedNetworkExpansion,
    Symmetry,
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
from critcount.families import NetworkConfiguration
from critcount.landscape.experiments.saddles import Saddles
from critcount.landscape.experiments.students import Measure, Students
from critcount.output import report
from critcount.piecewise import RationalNetwork

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
        Activation("mine", np.tanh, "odd"),
        Setting("gelu", 3),
        A.shape,
        Symmetry.from_architecture("3-4-2-1"),
        Symmetry.from_architecture("3-4-2-1").random(np.random.default_rng(0)),
        RationalNetwork([[[1], [1]], [[1, -2]]], [[0, -1], [0]]),
        Students("tiny", TEACHER, "generic", Measure(TEACHER, "generic", 1.0, 1.0, 1.0), ()),
        Saddles(()),
    ],
    ids=lambda shown: type(shown).__name__,
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
        (NetworkConfiguration([A, B, A]), 15),
        (SignedExpansion((1, 2, 3, 0), 1), 4),
        (DomainExpansion((3, 4, 0, 1, 8), 1), 5),
        (SignedNetworkExpansion([SignedExpansion((1, 2, 3, 0), 1)] * 2), 8),
    ],
    ids=repr,
)
def test_svg(shown, discs):
    root = ElementTree.fromstring(shown._repr_svg_())
    assert root.tag.endswith("svg")
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == discs


def test_the_drawing_comes_before_the_formula():
    # JupyterLab takes HTML first, then LaTeX, then SVG
    assert A._repr_html_() == A._repr_svg_()
    assert A._repr_latex_() == f"${A.latex()}$"


def test_what_is_too_large_is_not_drawn():
    large = Configuration.from_word(range(61), 61)
    assert (large._repr_svg_(), large._repr_html_(), large._repr_latex_()) == (None, None, None)
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


#: What a user meets only as a part of an answer that shows itself, or as an argument.
INSIDE = {
    "landscape.experiments.runs.Run",
    "landscape.optimise.Function",
    "landscape.problem.Objective",
    "models.program.Operation",
    "models.program.Program",
    "models.proofs.Forward",
    "models.refine.Contracted",
    "models.space.Space",
    "models.states.State",
    "models.states.View",
    "models.tree.Follower",
    "models.tree.Part",
    "models.tree.Solver",
    "weights.constraints.Critical",
}


def listed(module):
    return [getattr(module, name) for name in getattr(module, "__all__", ())]


def modules():
    for found in pkgutil.walk_packages(critcount.__path__, "critcount."):
        parts = found.name.split(".")
        if not any(part.startswith("_") for part in parts) and parts[1] != "cli":
            yield importlib.import_module(found.name)


def names_given(item):
    """The names of types that calling a function or reading a member of a class may give."""
    if inspect.isclass(item):
        members = [m for name, m in vars(item).items() if not name.startswith("_")]
        found = [str(a) for a in inspect.get_annotations(item).values()]
        return set().union(
            *(re.findall(r"\w+", text) for text in found), *map(names_given, members)
        )
    function = getattr(item, "fget", None) or getattr(item, "func", None) or item
    function = getattr(function, "__func__", function)
    if not inspect.isfunction(function):
        return set()
    return set(re.findall(r"\w+", str(inspect.get_annotations(function).get("return"))))


def handed_to_users():
    """Every class that the rooms list, and all that their functions and classes give."""
    every = list(modules())
    known = {}
    for item in (item for module in every for item in listed(module) if inspect.isclass(item)):
        if item.__module__.startswith("critcount.") and not issubclass(item, BaseException):
            known.setdefault(item.__name__, []).append(item)
    rooms = [critcount, *(module for module in every if hasattr(module, "__path__"))]
    waiting = [item for room in rooms for item in listed(room)]
    waiting += [
        item
        for module in every
        if ".experiments." in module.__name__ or module.__name__ == "critcount.output.report"
        for item in listed(module)
    ]
    seen = set()
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if inspect.isclass(item) and item in known.get(item.__name__, ()):
            yield item
        waiting += [found for name in names_given(item) for found in known.get(name, ())]


def test_every_class_that_users_are_handed_shows_itself():
    handed = list(handed_to_users())
    assert len(handed) > 80
    without = {
        f"{found.__module__.removeprefix('critcount.')}.{found.__name__}"
        for found in handed
        if not any(hasattr(found, f"_repr_{kind}_") for kind in ("html", "svg", "latex"))
    }
    assert without == INSIDE


def test_parts_of_a_word_with_signs_are_named():
    text = DomainExpansion((3, 4, 0, 1), 1)._repr_svg_()
    assert "neuron 2 constant" in text
    assert "neuron 3 above" in text
    text = SignedExpansion((1, 2, 3, 0), 1)._repr_svg_()
    for title in ("neuron 0 in K0, sign +", "neuron 1 in K0, sign \u2212", "neuron 3 idle"):
        assert f"<title>{title}</title>" in text
