"""The check of trained students can fail."""

from critcount.claims import (
    students,
)
from critcount.weights.network import Network
from tests.claims.verdicts import verdict


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
