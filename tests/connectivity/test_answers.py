"""Answers say how they were found."""

from critcount.connectivity import (
    Answer,
)


def test_answers_say_how():
    answer = Answer(3, "bound", "a reason")
    assert (int(answer), bool(answer), str(answer)) == (3, True, "3 by bound: a reason")
    assert not Answer(False, "theorem", "")
