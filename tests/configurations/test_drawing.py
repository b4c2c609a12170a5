"""Words as rows of circles."""

from xml.etree import ElementTree

from critcount._support.markup import BLOCK_COLORS, MUTED
from critcount.configurations._drawing import drawing

SVG = "{http://www.w3.org/2000/svg}"


def circles(text):
    return list(ElementTree.fromstring(text).iter(f"{SVG}circle"))


def test_one_circle_a_neuron_in_the_colour_of_its_block():
    found = circles(drawing([[0, 1, 2, 0], [1, 0, 2]], r=2))
    fills = [circle.get("fill") for circle in found]
    zero, one = BLOCK_COLORS[:2]
    assert fills == [zero, one, MUTED, zero, one, zero, MUTED]
    rows = sorted({float(circle.get("cy")) for circle in found})
    assert len(rows) == 2
    assert [
        title.text for title in ElementTree.fromstring(drawing([[1, 2]], 2)).iter(f"{SVG}title")
    ] == [
        "neuron 0 in K1",
        "neuron 1 in Z0",
    ]


def test_a_width_for_each_word():
    text = drawing([[0, 1], [0, 1]], [1, 2], ["one", "two"])
    assert ">one<" in text
    assert "neuron 1 in Z0" in text
    assert "neuron 1 in K1" in text


def test_no_words_are_a_picture_too():
    assert circles(drawing([], 0)) == []
