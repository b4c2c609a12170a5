"""Words as they are received and kept."""

import numpy as np
import pytest

from critcount.configurations._words import key_of, letters_of


@pytest.mark.parametrize("m", [0, 1, 256, 257, 65536, 65537])
def test_keys_compare_like_words(m):
    rng = np.random.default_rng(m)
    words = [rng.integers(0, m, m).tolist() for _ in range(4)]
    words += [[*word[:-1], word[-1] // 2] for word in words if word]
    keys = [key_of(word) for word in words]
    for a, one in zip(words, keys, strict=True):
        for b, two in zip(words, keys, strict=True):
            assert (a < b) == (one < two)
    width = 1 if m <= 256 else 2 if m <= 65536 else 4
    assert all(len(key) == width * m for key in keys)


@pytest.mark.parametrize("word", ["0, 1 ,2", "012", (0, 1, 2), np.array([0, 1, 2], np.uint8)])
def test_every_spelling_is_one_word(word):
    assert letters_of(word) == [0, 1, 2]


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [
        ("0,,1", ValueError, "a word must have one letter a neuron"),
        ("0,-1", ValueError, "a word must have one letter a neuron"),
        ("0,\u0661", ValueError, "a word must have one letter a neuron"),
        ("0," + "1" * 19, ValueError, "a word must have one letter a neuron"),
        (np.array([0, 2, -3]), ValueError, r"word\[2\] must be at least 0, not -3"),
        (np.array([0.0]), TypeError, r"word\[0\] must be an integer"),
        ([0, True], TypeError, r"word\[1\] must be an integer"),
    ],
)
def test_what_is_no_word(word, error, message):
    with pytest.raises(error, match=message):
        letters_of(word)
