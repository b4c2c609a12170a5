"""What keeps two irreducible networks apart is said."""

import numpy as np
import pytest

from critcount import Network
from critcount.weights.matching import match

W1, W2 = np.diag([1.0, 2.0, 3.0]), np.array([[1.0, 2.0, 3.0]])


def test_a_bias_of_one_alone():
    bare = Network([W1, W2])
    for with_bias, where in (
        (Network([W1, W2], [np.zeros(3), None]), "in layer 0"),
        (Network([W1, W2], [None, np.zeros(1)]), "at the output"),
    ):
        for one, two in ((bare, with_bias), (with_bias, bare)):
            with pytest.raises(ValueError, match=f"one has a bias {where}, the other has none"):
                match(one, two, 1e-9)


@pytest.mark.parametrize("number", [8, 9])
def test_neurons_without_a_counterpart_are_listed(number):
    weights = np.arange(1.0, number + 1)
    one = Network([weights[:, None], weights[None]])
    two = Network([weights[:, None] + 0.5, weights[None]])
    with pytest.raises(ValueError, match="no counterpart for neurons 0, 1") as caught:
        match(one, two, 1e-9)
    listed = ", ".join(map(str, range(8))) + (", …" if number > 8 else "")
    assert f"neurons {listed} of the reference" in str(caught.value)
