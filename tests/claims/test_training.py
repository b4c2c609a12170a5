"""The trained minima that the checks start from."""

import numpy as np

from critcount.claims import (
    training,
)


def test_every_seed_has_its_own_task():
    found = training.minima((1, 1, 2), range(4))
    assert len({str(np.asarray(m.problem.targets)[0, 0]) for m in found}) == len(found) > 1
    counted = training.converged(found, range(4))
    assert str(counted) == f"{len(found)} of 4 trainings converged"
