"""Students of a teacher: how well they learnt, which subspace they lie on, and the tally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from critcount._support import markup
from critcount._support.columns import frame
from critcount.architecture import widths_text
from critcount.landscape.experiments.tolerances import tolerances
from critcount.weights.classification import classify
from critcount.weights.findings import Classification
from critcount.weights.network import Network

if TYPE_CHECKING:
    import pandas as pd

    from critcount.landscape.training import Training

__all__ = ["Student", "Students", "judge", "loss_levels"]

#: A loss relative to the targets' mean square up to which it counts as zero; `Students.gap` says
#: how far the losses reached are from this bound.
ZERO_LOSS = 1e-13
#: Losses that differ by no more than this, relatively, are one level.
SAME_LEVEL = 1e-6

STUDENT_COLUMNS = (
    "width",
    "seed",
    "loss",
    "gradient_norm",
    "converged",
    "outcome",
    "tolerance",
    "copies",
    "zero_type",
    "flips",
    "word",
    "distance",
    "stable",
    "note",
)
STUDENT_TALLY_COLUMNS = (
    "width",
    "outcome",
    "loss",
    "tolerance",
    "copies",
    "zero_type",
    "students",
)

StudentOutcome: TypeAlias = Literal[
    "zero loss", "zero loss, no configuration", "positive loss", "not converged"
]
STUDENT_OUTCOMES: tuple[StudentOutcome, ...] = get_args(StudentOutcome)
CONFIGURATION, UNKNOWN, POSITIVE, UNFINISHED = STUDENT_OUTCOMES


class Measure(NamedTuple):
    """By what students are judged.

    Attributes
    ----------
    teacher : Network
        The reference of `classify`.
    activation : str or None
        Whose symmetries `classify` uses; None for none.
    scale : float
        The mean square of the targets.
    constant, largest : float
        Of the tolerances; see `critcount.landscape.experiments.tolerances`.
    """

    teacher: Network
    activation: str | None
    scale: float
    constant: float
    largest: float


@dataclass(frozen=True, eq=False)
class Student:
    """A trained network, and what `classify` makes of it.

    Attributes
    ----------
    width : int
        Of every hidden layer.
    seed : int
        Of its training.
    network : Network
    loss, gradient_norm : float
    outcome : str
        "zero loss", when it lies on the subspace of a configuration; "zero loss, no
        configuration", when `classify` finds something else at every tolerance; "positive loss";
        "not converged", when it is no minimum.
    tolerance : float or None
        The smallest at which `classify` finds the teacher, or the largest tried.
    found : Classification or None
    note : str
        What `classify` says when it finds something else; why a student is no minimum.
    """

    width: int
    seed: int
    network: Network
    loss: float
    gradient_norm: float
    outcome: StudentOutcome
    tolerance: float | None = None
    found: Classification | None = None
    note: str = ""

    @property
    def copies(self) -> str | None:
        """Sizes of the replication blocks, largest first, by layer: ``"{2,1,1,1}/{1,1,1,1}"``."""
        return _sizes(self.found, "replication_blocks")

    @property
    def zero_type(self) -> str | None:
        """Sizes of the zero-type blocks, largest first, by layer; ``"{}"`` for none."""
        return _sizes(self.found, "zero_blocks")

    def _repr_html_(self) -> str:
        return markup.record(self)


def _sizes(found: Classification | None, kind: str) -> str | None:
    if found is None:
        return None
    layers = [getattr(configuration, kind) for configuration in found.configurations]
    # in braces: CSV has no types, and a lone size would come back as a number
    return "/".join(
        f"{{{','.join(map(str, sorted(map(len, blocks), reverse=True)))}}}" for blocks in layers
    )


def judge(training: Training, measure: Measure) -> Student:
    """Return a trained network with its outcome, classified when its loss is zero.

    Parameters
    ----------
    training : Training
        Of a network with all hidden layers of one width.
    measure : Measure
        Teacher, scale and tolerances.

    Returns
    -------
    Student
    """
    network, loss = training.network, training.loss
    width = network.widths[1]
    student = Student(
        width,
        training.seed or 0,
        network,
        loss,
        training.gradient_norm,
        UNFINISHED,
        note=training.message,
    )
    if not training.converged:
        return student
    if loss > ZERO_LOSS * measure.scale:
        return replace(student, outcome=POSITIVE, note="")
    extra = width - measure.teacher.widths[1]
    tried = tolerances(loss / measure.scale, measure.constant, extra, measure.largest)
    note = "the loss is too large to tell the teacher's neurons apart"
    for tolerance in tried:
        try:
            found = classify(network, tolerance, measure.teacher, measure.activation)
        except ValueError as error:
            note = str(error)
        else:
            return replace(
                student, outcome=CONFIGURATION, tolerance=tolerance, found=found, note=""
            )
    return replace(student, outcome=UNKNOWN, tolerance=max(tried, default=None), note=note)


@dataclass(frozen=True, eq=False)
class Students:
    """The answer of `teacher_student` and `deep_teacher`.

    Attributes
    ----------
    experiment : str
    teacher : Network
    activation : str
        σ of teacher and students.
    measure : Measure
    students : tuple of Student
        By width, then by seed.
    """

    experiment: str
    teacher: Network
    activation: str
    measure: Measure
    students: tuple[Student, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for every student.

        Returns
        -------
        pandas.DataFrame
            Columns width, seed, loss, gradient_norm, converged, outcome, tolerance, copies and
            zero_type (sizes of the blocks, in braces, with a slash between layers), flips
            (neurons with the sign changed), word (a slash between layers), distance (from the
            subspace), stable (whether half and twice the tolerance give the same blocks), note.
        """
        return frame(STUDENT_COLUMNS, [_row(student) for student in self.students])

    def tally(self) -> pd.DataFrame:
        """Return how many students of each width came to which end.

        Returns
        -------
        pandas.DataFrame
            Columns width, outcome, loss, tolerance, copies, zero_type, students. The loss is
            the level, for students of positive loss, and the largest of the students counted,
            for the others; so is the tolerance.
        """
        rows: list[tuple[object, ...]] = []
        for width in dict.fromkeys(student.width for student in self.students):
            here = [student for student in self.students if student.width == width]
            for outcome in STUDENT_OUTCOMES:
                chosen = [student for student in here if student.outcome == outcome]
                rows += [(width, outcome, *row) for row in _counted(outcome, chosen)]
        return frame(STUDENT_TALLY_COLUMNS, rows)

    def gap(self) -> tuple[float, float | None]:
        """Return the largest relative loss that counts as zero, and the smallest that does not.

        The bound between them is 1e-13; no student near it means that the bound decides nothing.
        """
        relative = sorted(
            (student.loss / self.measure.scale, student.outcome)
            for student in self.students
            if student.outcome != UNFINISHED
        )
        zero = [loss for loss, outcome in relative if outcome != POSITIVE]
        positive = [loss for loss, outcome in relative if outcome == POSITIVE]
        return max(zero, default=0.0), min(positive, default=None)

    def __repr__(self) -> str:
        return (
            f"<Students of {widths_text(self.teacher.widths)}: {len(self.students)}, "
            f"{sum(s.outcome == CONFIGURATION for s in self.students)} at zero loss>"
        )

    def _repr_html_(self) -> str:
        return markup.frame_table(self.tally(), repr(self))


def _row(student: Student) -> tuple[object, ...]:
    found = student.found
    return (
        student.width,
        student.seed,
        student.loss,
        student.gradient_norm,
        student.outcome != UNFINISHED,
        student.outcome,
        student.tolerance,
        student.copies,
        student.zero_type,
        None if found is None else sum(map(len, found.flips)),
        None if found is None else "/".join(map(str, found.configurations)),
        None if found is None else found.distance,
        None if found is None else not found.changes,
        student.note or None,
    )


def _counted(outcome: str, students: Sequence[Student]) -> list[tuple[object, ...]]:
    """Return rows (loss, tolerance, copies, zero_type, students), the most frequent first."""
    if outcome == POSITIVE:
        return [
            (level[0], None, None, None, len(level))
            for level in loss_levels([student.loss for student in students])
        ]
    kinds: dict[tuple[str | None, str | None], list[Student]] = {}
    for student in students:
        kinds.setdefault((student.copies, student.zero_type), []).append(student)
    return [
        (
            max(student.loss for student in alike),
            max((s.tolerance for s in alike if s.tolerance is not None), default=None),
            *kind,
            len(alike),
        )
        for kind, alike in sorted(kinds.items(), key=lambda item: (-len(item[1]), str(item[0])))
    ]


def loss_levels(losses: Sequence[float]) -> list[list[float]]:
    """Return the losses sorted and cut where they step up by more than a millionth.

    >>> loss_levels([0.5, 0.25, 0.2500000001])
    [[0.25, 0.2500000001], [0.5]]
    """
    found: list[list[float]] = []
    for loss in sorted(losses):
        if found and loss <= found[-1][-1] * (1 + SAME_LEVEL):
            found[-1].append(loss)
        else:
            found.append([loss])
    return found
