"""What notebooks show: well-formed HTML and SVG, exact numbers folded, figures as pictures."""

import importlib
import inspect
import pkgutil
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
    Expansions,
    IntersectionGraph,
    Network,
    NetworkExpansions,
    PermutationPoints,
    RefinementGraph,
    Setting,
    SignedExpansion,
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


INSIDE = {
    "connectivity.distances.Effort",
    "connectivity.written.Written",
    "families.labelled.FixedZeros",
    "families.labelled.FreeZeros",
    "families.registry.Entry",
    "families.shaped.FixedShape",
    "landscape.experiments.runs.Run",
    "landscape.optimise.Function",
    "landscape.optimise.Options",
    "landscape.optimise.Outcome",
    "landscape.problem.Objective",
    "models.elements.Relabelling",
    "models.families.Found",
    "models.labels.LabelGraph",
    "models.onnx_node.Node",
    "models.parameters.Parameters",
    "models.program.Operation",
    "models.program.Program",
    "models.proofs.Forward",
    "models.refine.Contracted",
    "models.slots.Slots",
    "models.space.Space",
    "models.states.State",
    "models.states.View",
    "models.torch_call.Call",
    "models.tree.Follower",
    "models.tree.Part",
    "models.tree.Solver",
    "piecewise.certificates.Type",
    "piecewise.rational.IntegerLayer",
    "piecewise.sweeps.Gadget",
    "piecewise.sweeps.Plan",
    "publish.Table",
    "weights.canonical.Prepared",
    "weights.constraints.Critical",
    "weights.constraints.Expanded",
    "weights.files.Opened",
}


def public_classes():
    """Every class that a public module lists, but for errors."""
    for module in pkgutil.walk_packages(critcount.__path__, "critcount."):
        parts = module.name.split(".")
        if any(part.startswith("_") for part in parts) or parts[1] == "cli":
            continue
        listing = importlib.import_module(module.name)
        for name in getattr(listing, "__all__", ()):
            found = getattr(listing, name)
            if inspect.isclass(found) and not issubclass(found, BaseException):
                yield found


def test_every_public_class_shows_itself():
    without = {
        f"{found.__module__.removeprefix('critcount.')}.{found.__name__}"
        for found in public_classes()
        if found.__module__.startswith("critcount.")
        and not any(hasattr(found, f"_repr_{kind}_") for kind in ("html", "svg", "latex"))
    }
    assert without == INSIDE


def test_parts_of_a_word_with_signs_are_named():
    text = SignedExpansion((1, 2, 3, 0), 1)._repr_svg_()
    for title in ("neuron 0 in K0, sign +", "neuron 1 in K0, sign \u2212", "neuron 3 idle"):
        assert f"<title>{title}</title>" in text
