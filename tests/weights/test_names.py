"""What names say, over the names that libraries give."""

import pytest

from critcount.weights._names import (
    bias_names,
    is_mask,
    is_recurrent,
    numbered,
    stored_as_in_out,
)


@pytest.mark.parametrize(
    ("matrix", "bias"),
    [
        ("layers.0.weight", "layers.0.bias"),
        ("params/Dense_0/kernel", "params/Dense_0/bias"),
        ("coefs_0", "intercepts_0"),
        ("dense/vars/0", "dense/vars/1"),
        ("h.0.W", "h.0.b"),
        ("mlp/~/linear_0/w", "mlp/~/linear_0/b"),
        ("0/0", "0/1"),
        ("weights1", "biases1"),
    ],
)
def test_the_bias_of_a_matrix(matrix, bias):
    assert bias in list(bias_names(matrix))


def test_a_name_without_a_bias():
    assert list(bias_names("alpha")) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dense/kernel/raw_value", True),
        ("dense/kernel.value", True),
        ("net/dense/vars/0", True),
        ("mlp/linear/w", True),
        ("kernel.weight", False),
        ("fc.weight", False),
        ("my_linear/w", False),
        ("w", False),
    ],
)
def test_layouts(name, expected):
    assert stored_as_in_out(name) is expected


def test_masks_and_recurrent_layers():
    assert is_mask("masks/a/kernel")
    assert not is_mask("unmasked.weight")
    assert is_recurrent("lstm/recurrent_kernel")
    assert not is_recurrent("lora_Beta.weight")


def test_long_numbers_are_compared_by_their_value():
    names = ["w" + "9" * 5000, "w" + "0" * 7 + "10", "w2", "w1" + "0" * 5000]
    order = sorted(numbered(names), key=lambda entry: entry.numbers)
    assert [entry.name for entry in order] == [names[2], names[1], names[0], names[3]]


def test_a_name_without_a_number_is_the_first_where_one_place_is_meant():
    found = numbered(["dense/w", "dense_1/w", "dense_2/w"])
    assert len({entry.template for entry in found}) == 1
    assert sorted(found, key=lambda entry: entry.numbers)[0].name == "dense/w"
    beside_zero = numbered(["dense/w", "dense_0/w"])
    assert len({entry.template for entry in beside_zero}) == 2


def test_a_name_that_may_be_the_first_of_two_stays_by_itself():
    found = numbered(["a/b", "a_1/b", "a/b_1"])
    assert [entry.template for entry in found] == ["a/b", "a_#/b", "a/b_#"]
