"""Words written as lines."""

import json
import sys

import numpy as np

from critcount.families import writing


def test_json_lines_under_the_lowest_limit_on_digits():
    """Python spells integers of at least 640 digits, whatever the user's limit."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        words = np.array([[0, 1], [1, 0]], np.uint8)
        lines = writing.json_lines(words, 10**700).splitlines()
    finally:
        sys.set_int_max_str_digits(before)
    assert [json.loads(line)["rank"] for line in lines] == ["1" + 700 * "0", "1" + 699 * "0" + "1"]
