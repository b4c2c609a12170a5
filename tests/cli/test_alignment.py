"""align on the command line."""

import json

import numpy as np
import pytest

from critcount import Network
from tests.conftest import one_line

RNG = np.random.default_rng(0)
W1, W2 = RNG.normal(size=(4, 2)), RNG.normal(size=(1, 4))
ORDER, SIGNS = [2, 0, 3, 1], np.array([1.0, -1.0, -1.0, 1.0])


@pytest.fixture
def pair(tmp_path):
    Network([W1, W2]).save(tmp_path / "a.npz")
    Network([SIGNS[:, None] * W1[ORDER], SIGNS * W2[:, ORDER]]).save(tmp_path / "b.npz")
    return tmp_path / "a.npz", tmp_path / "b.npz"


def test_a_hidden_copy(run, pair, tmp_path):
    code, out, err = run("align", *pair, "--activation", "tanh", "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["places"] == [[ORDER.index(i) for i in range(4)]]
    assert found["distance"] < 1e-14 < found["before"]
    assert found["barrier"] < 1e-14 < found["barrier_before"]
    aligned = tmp_path / "c.safetensors"
    code, out, err = run("align", *pair, "--activation", "tanh", "--write-aligned", aligned)
    assert code == 0
    assert "flipped neurons" in out
    np.testing.assert_array_equal(Network.load(aligned).weights[0], W1)


def test_without_signs_it_is_no_copy(run, pair):
    code, out, _ = run("align", *pair, "--format", "json")
    assert code == 0
    assert json.loads(out)["relative"] > 0.1
    for format_ in ("csv", "markdown", "latex"):
        assert run("align", *pair, "--format", format_)[0] == 0


def test_what_cannot_be_aligned(run, pair, tmp_path):
    Network([W1[:3], W2[:, :3]]).save(tmp_path / "c.npz")
    for arguments, part in (
        ((pair[0], tmp_path / "c.npz"), "A is 2-4-1 and B is 2-3-1"),
        ((*pair, "--activation", "relu6"), "not worked out"),
        ((*pair, "--activation", "nothing"), "must be one of"),
        ((pair[0], tmp_path / "none.npz"), "none.npz"),
    ):
        code, out, err = run("align", *arguments)
        assert (code, out) == (2, "")
        assert one_line(err)
        assert part in err
    assert run("align", *pair, "--max-numbers", "11")[0] == 3
