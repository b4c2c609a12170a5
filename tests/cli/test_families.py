"""enumerate, sample, rank and unrank as a user meets them."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from critcount import (
    Architecture,
    CriticalSubspaces,
    DomainExpansions,
    Expansions,
    NetworkExpansions,
    PermutationPoints,
    Plateaus,
    SignedCriticalSubspaces,
    SignedExpansions,
    SignedNetworkExpansions,
    digits,
)
from critcount.cli import families as commands
from critcount.families import shards, writing
from tests.conftest import one_line

FAMILIES = {
    ("expansions", "2", "5"): Expansions(2, 5),
    ("expansions", "3", "8", "--zero-blocks", "4"): Expansions(3, 8, zero_blocks=4),
    ("expansions", "1", "6", "--shape", "2/1,3"): Expansions(1, 6, shape=((2,), (1, 3))),
    ("expansions", "0", "12", "--zero-blocks", "12"): Expansions(0, 12, zero_blocks=12),
    ("expansions", "3", "2"): Expansions(3, 2),
    ("expansions", "0", "0"): Expansions(0, 0),
    ("critical-subspaces", "2", "5"): CriticalSubspaces(2, 5),
    ("critical-subspaces", "2", "5", "--shape", "2,3/"): CriticalSubspaces(
        2, 5, shape=((2, 3), ())
    ),
    ("permutation-points", "5", "2"): PermutationPoints(5, 2),
    ("plateaus", "2", "4"): Plateaus(2, 4),
    ("plateaus", "3", "5", "--single", "0,2"): Plateaus(3, 5, single=[0, 2]),
    ("signed-expansions", "1", "3", "--activation", "gelu"): SignedExpansions(1, 3, "gelu"),
    ("signed-critical-subspaces", "1", "2", "--activation", "gelu", "--skip"): (
        SignedCriticalSubspaces(1, 2, "gelu", skip=True)
    ),
    ("signed-expansions", "2", "4", "--activation", "gelu", "--outputs", "2", "--inputs", "3"): (
        SignedExpansions(2, 4, "gelu", 3, 2)
    ),
    ("signed-expansions", "3-4-2", "--minimal", "2", "--activation", "gelu"): (
        SignedExpansions(2, 4, "gelu", 3, 2)
    ),
    ("signed-expansions", "2", "3", "--activation", "sigmoid", "--biases", "none"): (
        SignedExpansions(2, 3, "sigmoid", biases="none")
    ),
    ("domain-expansions", "1", "3"): DomainExpansions(1, 3, "relu"),
    ("domain-expansions", "2-3-1", "--minimal", "1", "--activation", "elu"): (
        DomainExpansions(1, 3, "elu", 2)
    ),
    ("signed-expansions", "1", "3", "--activation", "gelu", "--no-flips"): (
        SignedExpansions(1, 3, "gelu", flips=False)
    ),
    ("signed-network-expansions", "2-2-2-1", "1-1", "--biases", "none"): (
        SignedNetworkExpansions("2-2-2-1", (1, 1), "tanh", "none")
    ),
    (
        "signed-network-expansions",
        "2-2-3-1",
        "--minimal",
        "1-1",
        "--activation",
        "relu",
        "--no-flips",
    ): SignedNetworkExpansions("2-2-3-1", (1, 1), "relu", flips=False),
    ("network-expansions", "2-3-2-1", "2-1"): NetworkExpansions(
        Architecture.parse("2-3-2-1"), (2, 1)
    ),
}


def text(word):
    return ",".join(map(str, word))


@pytest.mark.parametrize("arguments", FAMILIES, ids=" ".join)
def test_enumerate(run, tmp_path, arguments):
    family = FAMILIES[arguments]
    words = [c.word for c in family]
    code, out, err = run("enumerate", *arguments)
    assert (code, err) == (0, "")
    assert out == "".join(f"{c}\n" for c in family)

    names = ",".join(f"neuron_{i}" for i in range(family.m))
    code, out, err = run("enumerate", *arguments, "--format", "csv")
    assert (code, err) == (0, "")
    assert out == "".join(f"{line}\n" for line in [names, *map(text, words)])

    code, out, err = run("enumerate", *arguments, "--format", "jsonl")
    assert (code, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"rank": str(i), "word": list(word)} for i, word in enumerate(words)
    ]

    path = tmp_path / "words.parquet"
    code, out, err = run("enumerate", *arguments, "--format", "parquet", "-o", path)
    if family.m:
        assert (code, out, err) == (0, "", "")
        pd.testing.assert_frame_equal(pd.read_parquet(path), family.to_frame())
    else:
        assert (code, out) == (2, "")
        assert one_line(err)
        assert not path.exists()


@pytest.mark.parametrize("arguments", FAMILIES, ids=" ".join)
def test_rank_and_unrank(run, arguments):
    family = FAMILIES[arguments]
    if not family.m or not family:
        return
    elements = list(family)[:20]
    ranks = [str(i) for i in range(len(elements))]
    words = [str(c) for c in elements]
    assert [w.replace("/", ",") for w in words] == [text(c.word) for c in elements]
    assert run("unrank", *arguments, *ranks) == (0, "".join(f"{w}\n" for w in words), "")
    digits = ["".join(map(str, c.word)) for c in elements]
    for spelled in (words, [text(c.word) for c in elements], digits):
        if max(map(max, (c.word for c in elements))) < 10 or spelled is not digits:
            assert run("rank", *arguments, *spelled) == (0, "".join(f"{i}\n" for i in ranks), "")


@pytest.mark.parametrize("arguments", FAMILIES, ids=" ".join)
def test_sample(run, tmp_path, arguments):
    family = FAMILIES[arguments]
    code, out, err = run("sample", *arguments, "--size", "7", "--seed", "3", "--format", "csv")
    if not family:
        assert (code, out) == (2, "")
        assert one_line(err)
        return
    assert (code, err) == (0, "")
    expected = [text(c.word) for c in family.random(3, 7)]
    assert out.splitlines()[1:] == expected
    _, out, _ = run("sample", *arguments, "--size", "7", "--seed", "3")
    assert out.splitlines() == list(map(str, family.random(3, 7)))
    code, out, _ = run("sample", *arguments, "--size=7", "--seed=3", "--format=jsonl")
    assert [text(json.loads(line)["word"]) for line in out.splitlines()] == expected
    if family.m:
        path = tmp_path / "words.parquet"
        run("sample", *arguments, "--size=7", "--seed=3", "--format=parquet", "-o", path)
        assert [text(row) for row in pd.read_parquet(path).to_numpy()] == expected


def test_a_random_seed_is_said(run):
    assert run("sample", "expansions", 2, 30) == run("sample", "expansions", 2, 30, "--seed", 0)
    code, out, err = run("sample", "expansions", 2, 30, "--seed", "random")
    assert code == 0
    seed = err.removeprefix("critcount: seed ").strip()
    assert run("sample", "expansions", 2, 30, "--seed", seed) == (0, out, "")
    assert run("sample", "expansions", 2, 30, "--seed", "random")[1] != out


def test_many_samples(run):
    count = 2 * commands.SAMPLES_AT_ONCE + 5
    code, out, _ = run("sample", "expansions", 2, 4, "--size", count, "--seed", 1)
    assert code == 0
    assert out.count("\n") == count
    assert set(out.splitlines()) == {text(c.word) for c in Expansions(2, 4)}


def test_shards_are_the_parts_of_the_whole(run, tmp_path):
    _, whole, _ = run("enumerate", "expansions", 2, 6, "--format", "jsonl")
    parts = [
        run("enumerate", "expansions", 2, 6, "--format", "jsonl", "--shard", f"{i}/7")[1]
        for i in range(1, 8)
    ]
    assert "".join(parts) == whole
    assert len({part.count("\n") for part in parts}) <= 2
    folder = tmp_path / "set"
    for i in (2, 3, 1):
        assert run(
            *("enumerate", "expansions", 2, 6, "--format", "parquet"),
            *("--shard", f"{i}/3", "-o", folder),
        ) == (0, "", "")
    assert shards.check_partitions(folder) == []
    pd.testing.assert_frame_equal(pd.read_parquet(folder), Expansions(2, 6).to_frame())


def test_a_shard_is_opened_without_the_shards_before_it(run):
    family = Expansions(2, 13)
    shard = ["--shard", "99999/100000", "--max-words", 10**8]
    code, out, err = run("enumerate", "expansions", 2, 13, *shard)
    start, stop = shards.partition_range(family, 99_999, 100_000)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == stop - start
    assert (lines[0], lines[-1]) == (str(family.unrank(start)), str(family.unrank(stop - 1)))
    code, _, err = run("enumerate", "expansions", 2, 13, "--shard", "1/100001")
    assert code == 2
    assert "partitions must be at most 100000" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["enumerate", "expansions", 3, 8, "--max-words", 449],
            "this family would have 147,756 words (bytes: at most 2,364,096), past the "
            "limit of 449: raise --max-words, take a part with --shard, or draw some with "
            "critcount sample",
        ),
        (["enumerate", "expansions", 50, 1000], "some 10^2039 words (bytes: at most some 10^"),
        (
            ["enumerate", "expansions", 3, 8, "-o", "x.parquet", "--max-words", 449],
            "(bytes: at most 1,182,048)",
        ),
        (
            ["enumerate", "expansions", 3, 8, "--format", "jsonl", "--max-words", 449],
            "(bytes: at most 8,126,580)",
        ),
        (["enumerate", "expansions", 3, 8, "--shard", "1/2", "--max-words", 449], "73,878 words"),
        (["sample", "expansions", 3, 8, "--size", 10**8], "would have 100,000,000 words"),
    ],
)  # fmt: skip
def test_what_is_too_large_is_refused(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (3, "")
    assert one_line(err)
    assert message in err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["enumerate", "circles", 3, 8], "'circles' is not one of 'expansions'"),
        (["enumerate", "expansions"], "Missing argument"),
        (["enumerate", "expansions", 3, "x"], "M must be a whole number, not 'x'"),
        (["enumerate", "expansions", "3.0", 8], "R must be a whole number, not '3.0'"),
        (["enumerate", "expansions", 3, "4/2"], "M must be a whole number, not '4/2'"),
        (["enumerate", "expansions", 3, 8, "--zero-blocks", "-1"], "must be at least 0, not -1"),
        (["enumerate", "critical-subspaces", 3, 8, "--zero-blocks", 1], "--zero-blocks does not"),
        (["enumerate", "network-expansions", "2-3-1", 2, "--shape", "3/"], "--shape does not go"),
        (["enumerate", "network-expansions", "2-3-1", "4"], "wider than the hidden layer"),
        (["enumerate", "network-expansions", "2-3", "4"], "at least one hidden layer"),
        (["enumerate", "expansions", 1, 2, "--shape", "2"], "--shape must be the sizes of"),
        (["enumerate", "expansions", 1, 2, "--shape", "a/"], "a number of --shape must be a"),
        (["enumerate", "expansions", 1, 2, "--shape", "1/2"], "must have 2 neurons in all, not 3"),
        (["enumerate", "expansions", 1, 2, "--shard", "0/3"], "must be from 1/3 to 3/3"),
        (["enumerate", "expansions", 1, 2, "--shard", "4/3"], "must be from 1/3 to 3/3"),
        (["enumerate", "expansions", 1, 2, "--shard", "3"], "such as 3/16"),
        (["enumerate", "expansions", 1, 2, "--shard", "1/1" + "0" * 5000], "such as 3/16"),
        (["enumerate", "expansions", 1, 2, "--format", "parquet"], "--format parquet needs -o"),
        (
            ["enumerate", "expansions", 1, 2, "--format", "parquet", "--shard", "1/2"],
            "--format parquet needs -o",
        ),
        (["enumerate", "expansions", 1, 2, "-o", "no/such/file"], "its folder does not exist"),
        (["sample", "expansions", 3, 2], "there is no configuration to draw"),
        (["sample", "permutation-points", 3, 2], "there is no permutation point to draw"),
        (["rank", "expansions", 1, 2], "Missing argument"),
        (["rank", "expansions", 1, 2, "0,x"], "such as 0,1,10,2 or 012, not '0,x'"),
        (["rank", "expansions", 1, 2, "0,2"], "number 2 of WORD must be at most 1, not 2"),
        (["rank", "expansions", 1, 2, "0"], "the word 0 is not in this family"),
        (["rank", "expansions", 1, 2, "0,0", "1,1"], "every label below r = 1"),
        (["rank", "network-expansions", "2-3-1", 2, "0,1"], "WORD must have 3 letters, not 2"),
        (["unrank", "expansions", 1, 2, 3], "RANK must be from 0 to 2, not 3"),
        (
            ["unrank", "expansions", 1, 2, 0, "--zero-blocks", 9],
            "RANK must be that of a word, and this family is empty",
        ),
        (["unrank", "expansions", 1, 2, "one"], "RANK must be a whole number, not 'one'"),
        (["unrank", "expansions", 1, 2, "1" + "0" * 5000], "an integer of about 5,001 digits"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err)
    assert message in err
    assert os.listdir(tmp_path) == []


@pytest.mark.exhaustive
def test_ranks_of_more_digits_than_python_spells(run):
    family = CriticalSubspaces(100, 2200)
    rank = digits(family.cardinality() - 1)
    assert len(rank) > 4300
    code, word, _ = run("unrank", "critical-subspaces", 100, 2200, rank)
    assert code == 0
    assert run("rank", "critical-subspaces", 100, 2200, word.strip()) == (0, rank + "\n", "")
    line = writing.json_lines(np.array([[0, 1]], np.uint8), family.cardinality() - 1)
    assert json.loads(line) == {"rank": rank, "word": [0, 1]}


def test_the_suffix_says_the_format(run, tmp_path):
    for suffix, first in (
        (".parquet", b"PAR1"),
        (".jsonl", b'{"rank'),
        (".csv", b"neuron"),
        (".txt", b"0,0\n"),
        ("", b"0,0\n"),
    ):
        path = tmp_path / f"words{suffix}"
        assert run("enumerate", "expansions", 1, 2, "-o", path) == (0, "", "")
        assert path.read_bytes().startswith(first)
    code, _, err = run("enumerate", "expansions", 1, 2, "-o", tmp_path / "words.tex")
    assert code == 2
    assert "there is no latex output here" in err
    code, _, err = run("enumerate", "expansions", 1, 2, "-o", tmp_path / "words.words")
    assert code == 2
    assert "the suffix .words says no format: name a --format" in err


def test_letters_of_several_digits():
    block = np.array([[0, 10, 300], [299, 9, 99]], np.uint16)
    assert writing.csv_lines(block) == "0,10,300\n299,9,99\n"
    assert writing.csv_lines(block, [1]) == "0/10,300\n299/9,99\n"
    assert writing.csv_lines(block[:0]) == ""
    assert writing.csv_lines(block[:, :0]) == "\n\n"


@pytest.mark.parametrize("format_", ["text", "csv", "jsonl", "parquet"])
def test_an_interrupt_leaves_no_file(tmp_path, format_):
    script = """
import os, signal, sys
from critcount import cli
from critcount.families import _kernel
real = _kernel.blocks
def blocks(*arguments, **options):
    for number, block in enumerate(real(*arguments, **options)):
        if number == 2:
            os.kill(os.getpid(), signal.SIGINT)
        yield block
_kernel.blocks = blocks
cli.main(sys.argv[1:])
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "enumerate", "expansions", "3", "9",
         "--format", format_, "-o", str(tmp_path / "words")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "critcount: interrupted\n")
    assert os.listdir(tmp_path) == []


def test_progress_knows_the_total(run, monkeypatch, tmp_path):
    seen = []

    class Bar:
        def __init__(self, label, total):
            seen.append((label, total))

        def __enter__(self):
            return seen.append

        def __exit__(self, *error):
            return False

    monkeypatch.setattr(commands, "progress", Bar)
    monkeypatch.setattr(shards, "GROUP_ROWS", 1 << 16)
    total = Expansions(3, 8).cardinality()
    for extra in (
        [],
        ["--format", "csv"],
        ["--format", "jsonl"],
        ["--format", "parquet"],
        ["--format", "parquet", "--shard", "1/1"],
    ):
        seen.clear()
        output = tmp_path / str(len(extra))
        assert run("enumerate", "expansions", 3, 8, *extra, "-o", output)[0] == 0
        (label, known), *steps = seen
        assert (label, known) == ("words", total)
        assert sum(steps) == total
        assert len(steps) > 1


def test_help_names_the_families(run):
    for command in ("enumerate", "sample", "rank", "unrank"):
        code, out, _ = run(command, "--help")
        assert code == 0
        assert "\n    expansions ARCHITECTURE --minimal R " in out
        assert "\\b" not in out


def test_help_imports_nothing_heavy():
    script = (
        "import sys, critcount.cli\n"
        "try: critcount.cli.main(['enumerate', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'numpy pandas sympy networkx scipy rich flint dask pyarrow'.split()\n"
        "print([m for m in heavy if m in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"
