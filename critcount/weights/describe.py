"""A classification as rows of a table and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from critcount.architecture import widths_text
from critcount.weights.findings import Change, Classification
from critcount.weights.tolerance_ranges import ToleranceRange

__all__ = [
    "BLOCK_COLUMNS",
    "SUMMARY_COLUMNS",
    "block_rows",
    "classification_document",
    "classification_summary",
]

SUMMARY_COLUMNS = ("quantity", "of", "value")
BLOCK_COLUMNS = ("layer", "block", "size", "incoming", "outgoing", "total", "neurons")
MOST_NEURONS_SHOWN = 12


def classification_summary(found: Classification) -> list[tuple[str, str, int | float | str]]:
    """Return what a reader wants to know first, as rows of `SUMMARY_COLUMNS`.

    >>> from critcount.weights.classification import classify
    >>> from critcount.weights.network import Network
    >>> student = Network([[[1.0], [1.0], [2.0]], [[1.0, 2.0, 0.0]]])
    >>> for row in classification_summary(classify(student, 1e-9)):
    ...     print(*row)
    network  1-3-1
    minimal network  1-1-1
    activation  not named
    replication blocks layer 0 1
    zero-type blocks layer 0 1
    dimension of the subspace  2
    distance from the subspace  0.0
    constant neurons  0
    flipped neurons  0
    tolerance  1e-09
    not used  no activation is named: no sign, scale or linear relation of it is used
    """
    rows: list[tuple[str, str, int | float | str]] = [
        ("network", "", widths_text(found.network.widths)),
        ("minimal network", "", widths_text(found.minimal.widths)),
        ("activation", "", "not named" if found.activation is None else found.activation.name),
    ]
    if found.width_bounds is not None and found.width_bounds[0] < found.width_bounds[1]:
        rows.append(("least width", "", "{} to {}".format(*found.width_bounds)))
    if found.is_component is not None:
        rows.append(("a component", "", found.is_component))
    if found.is_alone is not None:
        rows.append(("a connected piece of its own", "", found.is_alone))
    for k, configuration in enumerate(found.configurations):
        rows.append(("replication blocks", f"layer {k}", configuration.r))
        rows.append(("zero-type blocks", f"layer {k}", len(configuration.zero_blocks)))
    rows += [
        ("dimension of the subspace", "", found.subspace.dimension),
        ("distance from the subspace", "", found.distance),
        ("constant neurons", "", len(found.constant_neurons)),
        ("flipped neurons", "", sum(map(len, found.flips))),
    ]
    for role in ("dead", "linear"):
        if number := sum(each.role == role for each in found.roles):
            rows.append((f"{role} neurons", "", number))
    rows.append(("tolerance", "chosen" if found.tolerance_ranges else "", found.tolerance))
    rows += [("tolerance range", _span(one), _answer(one)) for one in found.tolerance_ranges]
    rows += [("not used", "", note) for note in found.notes]
    rows += [("at another tolerance", f"{c.tolerance:g}", _change(c)) for c in found.changes]
    return rows


def block_rows(
    found: Classification, *, shortened: bool = False
) -> Iterator[tuple[int | float | str, ...]]:
    """Yield one row of `BLOCK_COLUMNS` for every block.

    Parameters
    ----------
    found : Classification
    shortened : bool
        Whether to leave out neurons of a block after the first twelve.
    """
    for block in found.residual:
        yield (
            block.layer,
            f"{'K' if block.kind == 'replication' else 'Z'}{block.label}",
            len(block.neurons),
            block.incoming,
            block.outgoing,
            block.total,
            _set(block.neurons, MOST_NEURONS_SHOWN if shortened else len(block.neurons)),
        )


def classification_document(found: Classification) -> dict[str, object]:
    """Return everything but the weights, for JSON; exact numbers that may be long are strings."""
    return {
        "schema_version": 1,
        "activation": None if found.activation is None else found.activation.name,
        "network": widths_text(found.network.widths),
        "minimal": widths_text(found.minimal.widths),
        "tolerance": found.tolerance,
        "tolerance_ranges": [
            {
                "lowest": one.lowest,
                "highest": one.highest,
                "minimal": widths_text(one.minimal) if one.minimal else None,
                "note": one.note,
            }
            for one in found.tolerance_ranges
        ],
        "words": [list(c.word) for c in found.configurations],
        "dimension": str(found.subspace.dimension),
        "distance": found.distance,
        "blocks": [block._asdict() for block in found.residual],
        "constant_neurons": [neuron._asdict() for neuron in found.constant_neurons],
        "width_bounds": None if found.width_bounds is None else list(found.width_bounds),
        "type": None if found.shape is None else found.shape._asdict(),
        "is_component": found.is_component,
        "is_alone": found.is_alone,
        "roles": [role._asdict() for role in found.roles],
        "notes": list(found.notes),
        "flips": [list(flips) for flips in found.flips],
        "changes": [
            {
                "layer": change.layer,
                "tolerance": change.tolerance,
                **{
                    name: [{"kind": kind, "neurons": list(n)} for kind, n in blocks]
                    for name, blocks in (("before", change.before), ("after", change.after))
                },
                "note": change.note,
            }
            for change in found.changes
        ],
    }


def _span(one: ToleranceRange) -> str:
    return f"{one.lowest:.0e} to {one.highest:.0e}"


def _answer(one: ToleranceRange) -> str:
    return widths_text(one.minimal) if one.minimal else one.note


def _change(change: Change) -> str:
    if change.note:
        return change.note
    before, after = (
        " ".join(f"{kind} {_set(n, MOST_NEURONS_SHOWN)}" for kind, n in blocks)
        for blocks in (change.before, change.after)
    )
    return f"layer {change.layer}: {before} would be {after}"


def _set(neurons: Sequence[int], shown: int) -> str:
    rest = f" and {len(neurons) - shown:,} more" if len(neurons) > shown else ""
    return f"{{{', '.join(map(str, neurons[:shown]))}{rest}}}"
