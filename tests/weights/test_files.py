"""Weight files: the shapes come out whatever the names, and no bytes do more than be refused."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from critcount import Network, SizeLimitError
from critcount.weights import _bytes, _npz, files
from critcount.weights.files import is_weight_file, shapes

LENET = {
    "0.weight": (300, 784),
    "0.bias": (300,),
    "2.weight": (100, 300),
    "2.bias": (100,),
    "4.weight": (10, 100),
    "4.bias": (10,),
}
FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def arrays(shapes, dtype=np.float32):
    return {name: np.zeros(shape, dtype) for name, shape in shapes.items()}


def write_safetensors(path, header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def entry(shape, offsets, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def npy(header, data=b"", version=(1, 0)):
    text = header if isinstance(header, bytes) else header.encode()
    return (
        b"\x93NUMPY"
        + bytes(version)
        + struct.pack("<H" if version == (1, 0) else "<I", len(text))
        + text
        + data
    )


def write_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def refusal(path):
    """Return the message of the one ValueError, after the promises that hold for all of them."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        shapes(path)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    assert repr(str(path)) in message
    assert message.isprintable()
    assert len(message) < 500 + 2 * len(repr(str(path)))
    assert "set_int_max_str_digits" not in message
    return message


def peak_memory(function, *arguments):
    tracemalloc.start()
    try:
        result = function(*arguments)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# shapes of good files


@pytest.mark.parametrize("suffix", [".npz", ".NPZ"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_shapes_come_in_the_order_of_the_file(tmp_path, save, suffix):
    path = tmp_path / f"net{suffix}"
    with path.open("wb") as file:
        save(file, **arrays(LENET))
    assert list(shapes(path).items()) == list(LENET.items())
    assert shapes(str(path)) == shapes(path)
    assert all(type(n) is int for shape in shapes(path).values() for n in shape)


def test_safetensors_shapes(tmp_path):
    save_file(arrays(LENET), tmp_path / "net.safetensors", metadata={"format": "np"})
    found = shapes(tmp_path / "net.safetensors")
    assert found == LENET
    assert list(found) == sorted(LENET)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (0, 5), (2, 3, 4, 5), (1,) * 30])
def test_every_rank_is_read(tmp_path, shape):
    np.savez(tmp_path / "a.npz", x=np.zeros(shape))
    save_file({"x": np.zeros(shape)}, tmp_path / "a.safetensors")
    assert shapes(tmp_path / "a.npz") == shapes(tmp_path / "a.safetensors") == {"x": shape}


@pytest.mark.parametrize("dtype", ["bool", "i1", "u8", "f2", "<f4", ">f4", "f8", "c8"])
def test_every_dtype_is_read(tmp_path, dtype):
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3), dtype))
    assert shapes(tmp_path / "a.npz") == {"x": (2, 3)}


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("BOOL", [3], 3),
        ("BF16", [2, 3], 12),
        ("F8_E4M3", [5], 5),
        ("F6_E2M3", [4], 3),
        ("F4", [2, 3], 3),
        ("C64", [2], 16),
        ("I64", [], 8),
        ("F32", [0, 2**60], 0),
    ],
)
def test_safetensors_dtypes(tmp_path, dtype, shape, size):
    header = {"x": entry(shape, [0, size], dtype)}
    path = write_safetensors(tmp_path / "a.safetensors", header, bytes(size))
    assert shapes(path) == {"x": tuple(shape)}


def test_fortran_order_strings_and_other_members(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, w=np.asfortranarray(np.ones((2, 3))), names=np.array(["cat", "dog"]))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README.txt", "not an array")
    assert shapes(path) == {"w": (2, 3), "names": (2,)}


def test_a_header_that_python_2_wrote(tmp_path):
    path = write_zip(tmp_path / "a.npz", [("x.npy", npy(header_of("(2L, 1L)"), bytes(8)))])
    assert shapes(path) == {"x": (2, 1)}


def test_an_empty_safetensors_file_has_no_tensors(tmp_path):
    path = write_safetensors(tmp_path / "a.safetensors", {"__metadata__": {}})
    assert shapes(path) == {}


def test_odd_names_survive(tmp_path):
    header = {"a\n\x1b[31m": entry([1], [4, 8]), "": entry([1], [0, 4])}
    path = write_safetensors(tmp_path / "a.safetensors", header, bytes(8))
    assert shapes(path) == {"a\n\x1b[31m": (1,), "": (1,)}


# the data is not read


class CountingFile(files.HeaderFile):
    bytes_read = 0

    def read(self, size=-1):
        data = super().read(size)
        CountingFile.bytes_read += len(data)
        return data


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(files, "HeaderFile", CountingFile)
    CountingFile.bytes_read = 0
    return CountingFile


def test_eight_gigabytes_of_safetensors_data_are_not_read(tmp_path, counting):
    path = tmp_path / "large.safetensors"
    write_safetensors(path, {"x": entry([2**15, 2**16], [0, 2**33])})
    os.truncate(path, path.stat().st_size + 2**33)
    found, memory = peak_memory(shapes, path)
    assert found == {"x": (2**15, 2**16)}
    assert memory < 2**19
    assert counting.bytes_read < 1000
    os.truncate(path, path.stat().st_size - 1)
    assert "8,589,934,591 bytes of data" in refusal(path)


def test_three_gigabytes_of_npz_data_are_not_read(tmp_path, counting):
    path, name, size = tmp_path / "large.npz", b"x.npy", 3 * 2**30
    start = npy(f"{{'descr': '|i1', 'fortran_order': False, 'shape': (3, {2**30})}}")
    size += len(start)
    common = struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, 0, size, size, len(name), 0)
    local = b"PK\3\4" + common + name
    central = b"PK\1\2\x14\0" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    offset = len(local) + size
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), offset, 0)
    with path.open("wb") as file:
        file.write(local + start)
        file.seek(offset)
        file.write(central + end)
    shapes(path)  # imports what it needs
    counting.bytes_read = 0
    found, memory = peak_memory(shapes, path)
    assert found == {"x": (3, 2**30)}
    assert memory < 2**20
    assert counting.bytes_read < 2**18


def test_numpy_is_not_loaded_for_what_needs_none():
    code = "import sys, critcount.weights.files; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# what cannot be opened


def test_missing_file_and_folder(tmp_path):
    for suffix in (".npz", ".safetensors"):
        with pytest.raises(FileNotFoundError, match=f"no{suffix}"):
            shapes(tmp_path / f"no{suffix}")
        folder = tmp_path / f"folder{suffix}"
        folder.mkdir()
        with pytest.raises(IsADirectoryError, match="folder"):
            shapes(folder)
    with pytest.raises(IsADirectoryError):
        shapes(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        shapes(tmp_path / "file" / "a.npz")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read anything")
def test_unreadable_file(tmp_path):
    path = tmp_path / "a.npz"
    path.touch(0o000)
    with pytest.raises(PermissionError, match=r"a\.npz"):
        shapes(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.npz")
    assert "not a regular file" in refusal(tmp_path / "a.npz")


@pytest.mark.parametrize("path", [None, 0, 1.5, b"a.npz", ["a.npz"]])
def test_what_is_no_path(path):
    with pytest.raises(TypeError, match="path must be a string or a path"):
        shapes(path)


@pytest.mark.parametrize("name", ["a\0.npz", "\0.safetensors", "a\ud800.npz"])
def test_what_no_file_is_called(name):
    refusal(name)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".ckpt", ".PT"])
@pytest.mark.parametrize("there", [False, True])
def test_a_pickle_is_answered_with_how_to_convert_it(tmp_path, suffix, there):
    path = tmp_path / f"net{suffix}"
    if there:
        path.write_bytes(b"\x80\x04cos\nsystem\n")
    message = refusal(path)
    converted = str(tmp_path / "net.safetensors")
    assert f"safetensors.torch.save_file(model.state_dict(), {converted!r})" in message


@pytest.mark.parametrize("name", ["net", "net.txt", "net.h5", "net.npy", "net.npz.gz", ".npz", ""])
def test_other_suffixes(name):
    assert "must be .safetensors or .npz" in refusal(name)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("784-300-100-10", False),
        ("784-300.5-10", False),
        ("", False),
        ("net", False),
        ("net.npy", False),
        (".npz", False),
        ("a.npz/b", False),
        ("net.npz", True),
        ("NET.NPZ", True),
        ("784-300-10.safetensors", True),
        ("folder/net.pt", True),
        ("net.pth", True),
        ("pytorch_model.bin", True),
        ("epoch=3.ckpt", True),
    ],
)
def test_is_weight_file(text, answer):
    assert is_weight_file(text) is answer
    assert is_weight_file(Path(text)) is answer


# bad .safetensors files

ONE = entry([1], [0, 4])


@pytest.mark.parametrize(
    ("header", "data", "part"),
    [
        (b"", b"", "Expecting value"),
        (b"[]", b"", "not a JSON object"),
        (b"12", b"", "not a JSON object"),
        (b"null", b"", "not a JSON object"),
        (b"{abc", b"", "Expecting"),
        (b'{"\xff": 1}', b"", "utf-8"),
        ('{"a": 1}'.encode("utf-16"), b"", "utf-8"),
        (b"[" * 10**6, b"", "recursion"),
        (b'{"a":' * 10**6, b"", "recursion"),
        (b'{"a":{"dtype":"F32","shape":' + b"[" * 10**5, b"", "recursion"),
        ({"__metadata__": []}, b"", "metadata"),
        ({"a": 3}, b"1234", "tensor 'a'"),
        ({"a": [ONE]}, b"1234", "tensor 'a'"),
        ({"a": {}}, b"1234", "tensor 'a'"),
        ({"a": entry("x", [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([1.0], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([True], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([-1], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([-1, -1], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([float("nan")], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([[1]], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([1] * 65, [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([2**62] * 10**5, [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([2**40, 2**40], [0, 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([2**64, 0], [0, 0])}, b"", "tensor 'a'"),
        ({"a": entry([1], [0])}, b"1234", "tensor 'a'"),
        ({"a": entry([1], [0, 4, 8])}, b"1234", "tensor 'a'"),
        ({"a": entry([1], [4, 0])}, b"1234", "tensor 'a'"),
        ({"a": entry([1], [-4, 0])}, b"1234", "tensor 'a'"),
        ({"a": entry([1], [2**64, 2**64 + 4])}, b"1234", "tensor 'a'"),
        ({"a": entry([1], [0, 4], "ZZ")}, b"1234", "tensor 'a'"),
        ({"a": entry([9], [0, 0], "F0")}, b"", "tensor 'a'"),
        ({"a": entry([1], [0, 4], 32)}, b"1234", "tensor 'a'"),
        ({"a": entry([3], [0, 1], "F4")}, b"1", "tensor 'a'"),
        ({"a": entry([3], [0, 12])}, b"1234", "4 bytes of data instead of 12"),
        ({"a": ONE}, b"12345678", "8 bytes of data instead of 4"),
        ({"a": entry([1], [2**62, 2**62 + 4])}, b"1234", "gap"),
        ({"a": ONE, "b": ONE}, b"1234", "tensor 'b' overlaps"),
        ({"a": entry([2], [0, 8]), "b": entry([2], [4, 12])}, bytes(12), "overlaps"),
        ({"a": ONE, "b": entry([1], [8, 12])}, bytes(12), "gap"),
        ({"a\n\x1b[31m\u2028": 3}, b"", r"'a\n\x1b[31m\u2028'"),
        ({"a" * 10**6: 3}, b"", "aaa..."),
        ({"\ud800": 3}, b"", r"\ud800"),
        (
            b'{"a":{"dtype":"F32","shape":[' + b"9" * 10**5 + b'],"data_offsets":[0,4]}}',
            b"",
            "'a'",
        ),
        (
            b'{"a":{"dtype":"F32","shape":[-' + b"9" * 10**5 + b'],"data_offsets":[0,4]}}',
            b"",
            "'a'",
        ),
        (b'{"a":%s,"a":%s}' % ((json.dumps(ONE).encode(),) * 2), b"1234", "twice"),
        (b'{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', b"1234", "twice"),
    ],
)
def test_bad_safetensors(tmp_path, header, data, part):
    path = write_safetensors(tmp_path / "a.safetensors", header, data)
    assert part in refusal(path)


@pytest.mark.parametrize("content", [b"", b"\1", b"\1" * 7, bytes(8), b"\0" * 100, b"\xff" * 100])
def test_short_and_senseless_files(tmp_path, content):
    for name in ("a.safetensors", "a.npz"):
        (tmp_path / name).write_bytes(content)
        message = refusal(tmp_path / name)
        assert ("is empty" in message) == (content == b"")


@pytest.mark.parametrize("length", [3, 2**20, 2**31, 2**60, 2**63, 2**64 - 1])
def test_a_header_longer_than_the_file(tmp_path, length):
    path = write_safetensors(tmp_path / "a.safetensors", b"{}", length=length)
    message, memory = peak_memory(refusal, path)
    assert f"{length:,} bytes" in message
    assert memory < 2**20


def test_a_header_past_the_limit_is_not_read(tmp_path):
    path = write_safetensors(tmp_path / "a.safetensors", b"{}", length=2**40)
    os.truncate(path, 2**41)
    message, memory = peak_memory(refusal, path)
    assert "past the limit of 8,388,608" in message
    assert memory < 2**20


def test_every_truncation_of_a_safetensors_file(tmp_path):
    save_file(arrays({"1.weight": (2, 3), "2.weight": (1, 2)}), tmp_path / "a.safetensors")
    content = (tmp_path / "a.safetensors").read_bytes()
    for length in range(len(content)):
        (tmp_path / "b.safetensors").write_bytes(content[:length])
        refusal(tmp_path / "b.safetensors")


# bad .npz files


def header_of(shape="(2,)", descr="'<f4'", order="False"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", ""),
        (b"\x93NUMPY", ""),
        (b"not an array at all", "magic"),
        (npy(header_of(), bytes(8), (3, 0)), "version (3, 0)"),
        (npy(header_of(), bytes(8), (9, 9)), "version (9, 9)"),
        (npy(header_of(), bytes(7)), "does not fit its data"),
        (npy(header_of(), bytes(9)), "does not fit its data"),
        (npy(header_of("(2**60,)"), bytes(8)), ""),
        (npy(header_of(f"({2**60}, {2**60})"), bytes(8)), "does not fit its data"),
        (npy(header_of(f"({2**64}, 0)")), "does not fit its data"),
        (npy(header_of(f"({'9' * 4000}, 0)")), "does not fit its data"),
        (npy(header_of(f"({'9' * 9000},)")), ""),
        (npy(header_of("(-2,)"), bytes(8)), "does not fit its data"),
        (npy(header_of("(-2, -1)"), bytes(8)), "does not fit its data"),
        (npy(header_of("(2.0,)"), bytes(8)), "shape is not valid"),
        (npy(header_of("2"), bytes(8)), "shape is not valid"),
        (npy(header_of("None"), bytes(8)), "shape is not valid"),
        (npy(header_of(order="3"), bytes(8)), "fortran_order"),
        (npy(header_of(descr="'zz'"), bytes(8)), "descr"),
        (npy(header_of(descr="'|O'"), bytes(16)), "holds Python objects"),
        (npy(header_of(descr="[('a', '|O')]"), bytes(16)), "holds Python objects"),
        (npy(header_of(descr="[('a', '<f4', (2, 2**40))]"), bytes(16)), ""),
        (npy("[]"), ""),
        (npy("{}"), ""),
        (npy("__import__('os').abort()"), ""),
        (npy("(" * 9000), ""),
        (npy("-" * 9000 + "1"), ""),
        (npy("{'descr': '\\d'}"), ""),
        (npy(b"\xff\0" * 50), ""),
        (npy(" " * 60000 + header_of(), bytes(8)), ""),
        (npy(header_of(), bytes(8))[:20], "EOF"),
    ],
)
def test_bad_arrays(tmp_path, content, part):
    path = write_zip(tmp_path / "a.npz", [("x.npy", content)])
    assert part in refusal(path)


def test_a_pickled_object_is_not_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / "a.npz", w=np.ones((2, 3)), x=np.array([Trap()], dtype=object))
    assert "'x' holds Python objects" in refusal(tmp_path / "a.npz")
    assert not (tmp_path / "sprung").exists()


def test_zip_files_that_hold_no_arrays(tmp_path):
    for members in ([], [("archive/data.pkl", b"\x80\x02.")], [("x.npy/", b"")]):
        assert "0 arrays" in refusal(write_zip(tmp_path / "a.npz", members))


def test_no_zip_file(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 3)))
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    assert "not a zip file" in refusal(tmp_path / "a.npz")


def test_an_array_that_is_there_twice(tmp_path):
    one = npy(header_of(), bytes(8))
    path = write_zip(tmp_path / "a.npz", [("x.npy", one), ("y.npy", one)])
    path.write_bytes(path.read_bytes().replace(b"y.npy", b"x.npy"))
    assert "array 'x' twice" in refusal(path)


def test_control_characters_in_a_member_name(tmp_path):
    path = write_zip(tmp_path / "a.npz", [("x\n\x1b[31m.npy", b"")])
    refusal(path)
    path = write_zip(path, [("x\n\x1b[31m.npy", npy(header_of(), b"1"))])
    assert r"'x\n\x1b[31m'" in refusal(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_numpy_never_uses(tmp_path, method):
    path = write_zip(tmp_path / "a.npz", [("x.npy", npy(header_of(), bytes(8)))], method)
    assert "numpy never uses" in refusal(path)


def test_an_encrypted_member(tmp_path):
    path = write_zip(tmp_path / "a.npz", [("x.npy", npy(header_of(), bytes(8)))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)
    assert "numpy never uses" in refusal(path)


def test_zip_bombs(tmp_path):
    size = 2**26
    honest = npy(header_of(f"({size // 4},)")) + bytes(size)
    path = write_zip(tmp_path / "a.npz", [("x.npy", honest)])
    shapes(path)  # imports what it needs
    found, memory = peak_memory(shapes, path)
    assert found == {"x": (size // 4,)}
    assert memory < 2**20
    path = write_zip(path, [("x.npy", npy(b" " * size, version=(2, 0)))])
    _, memory = peak_memory(refusal, path)
    assert memory < 2**20


def test_too_many_arrays(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez(path, *[np.ones(1)] * 4)
    monkeypatch.setattr(_npz, "MAX_TENSORS", 4)
    assert len(shapes(path)) == 4
    monkeypatch.setattr(_npz, "MAX_TENSORS", 3)
    assert "4 arrays, not 1 to 3" in refusal(path)


def test_a_zip_directory_past_the_limit(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez(path, *[np.ones(1)] * 40)
    monkeypatch.setattr(_bytes, "MAX_HEADER", 1000)
    assert "past the limit of 1,000" in refusal(path)


def test_every_truncation_of_an_npz_file(tmp_path):
    np.savez(tmp_path / "a.npz", np.ones((2, 3)), np.ones((1, 2)))
    content = (tmp_path / "a.npz").read_bytes()
    for length in range(len(content)):
        (tmp_path / "b.npz").write_bytes(content[:length])
        refusal(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("failure", "part"),
    [
        (KeyError("a\nb"), r"a\nb"),
        (OSError(22, "two\nlines\x1b"), "two lines "),
        (NotImplementedError(), "NotImplementedError"),
        (RuntimeError("x" * 10**6), "xxx"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_whatever_a_library_raises_becomes_one_line(tmp_path, monkeypatch, failure, part):
    def fail(file):
        raise failure

    monkeypatch.setitem(files._READERS, ".npz", fail)
    (tmp_path / "a.npz").write_bytes(b"x")
    assert part in refusal(tmp_path / "a.npz")


# fuzzing: an answer or the one ValueError, and no answer that the reference refuses


def outcome(path):
    try:
        found = shapes(path)
    except ValueError:
        refusal(path)
        return None
    assert all(type(n) is int and n >= 0 for shape in found.values() for n in shape)
    return found


def reference(path):
    try:
        with safe_open(path, "numpy") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except SafetensorError:
        return None


@FUZZ
@given(content=st.binary(max_size=200))
def test_random_bytes(tmp_path, content):
    for name in ("a.npz", "a.safetensors"):
        (tmp_path / name).write_bytes(content)
        outcome(tmp_path / name)


SIZES = st.integers(-1, 5) | st.integers(2**62, 2**65)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "U8", "BOOL", "BF16", "F8_E4M3", "I", ""]),
        "shape": st.lists(SIZES, max_size=3),
        "data_offsets": st.lists(SIZES, min_size=2, max_size=2),
    }
)


@FUZZ
@given(
    header=st.dictionaries(st.text(max_size=3), ENTRIES | VALUES, max_size=3),
    size=st.integers(0, 9),
)
def test_random_headers(tmp_path, header, size):
    path = write_safetensors(tmp_path / "a.safetensors", header, bytes(size))
    assert outcome(path) in (None, reference(path))


@st.composite
def packed_tensors(draw):
    """Return a header in any order whose tensors fill the data, and the size of the data."""
    header, position = {}, 0
    for name in draw(st.lists(st.text("ab.1é\n", max_size=4), unique=True, max_size=4)):
        dtype, width = draw(st.sampled_from([("F32", 4), ("U8", 1), ("F16", 2), ("BOOL", 1)]))
        shape = draw(st.lists(st.integers(0, 4), max_size=3))
        end = position + width * int(np.prod(shape, dtype=int))
        header[name] = entry(shape, [position, end], dtype)
        position = end
    return dict(draw(st.permutations(list(header.items())))), position


@FUZZ
@given(packed=packed_tensors())
def test_the_reference_reads_the_same_shapes(tmp_path, packed):
    header, size = packed
    path = write_safetensors(tmp_path / "a.safetensors", header, bytes(size))
    assert outcome(path) == reference(path) == {n: tuple(e["shape"]) for n, e in header.items()}
    assert list(shapes(path)) == list(header)


CHANGES = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), min_size=1, max_size=6)


@FUZZ
@given(changes=CHANGES, cut=st.integers(0, 20), compressed=st.booleans())
def test_damaged_files(tmp_path, changes, cut, compressed):
    tensors = arrays({"1.weight": (2, 3), "2.weight": (1, 2), "é": ()})
    npz = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(npz, **tensors)
    save_file(tensors, tmp_path / "a.safetensors")
    for name, good in (
        ("b.npz", npz.getvalue()),
        ("b.safetensors", (tmp_path / "a.safetensors").read_bytes()),
    ):
        content = bytearray(good)
        for place, value in changes:
            content[place % len(content)] = value
        (tmp_path / name).write_bytes(content[: len(content) - cut])
        found = outcome(tmp_path / name)
        if name == "b.safetensors" and found is not None:
            assert found == reference(tmp_path / name)


@FUZZ
@given(text=st.text(max_size=80) | st.text("(){}[]'\",:-0123456789 <f4descr\\", max_size=80))
def test_random_array_headers(tmp_path, text):
    path = write_zip(tmp_path / "a.npz", [("x.npy", npy(text.encode("latin1", "replace")))])
    outcome(path)


def test_damaged_deflate_stream(tmp_path):
    path = write_zip(tmp_path / "a.npz", [("x.npy", npy(header_of("(256,)"), bytes(1024)))])
    content = path.read_bytes()
    start = content.index(b"x.npy") + 5
    packed = zlib.compress(b"x")[2:-4]
    path.write_bytes(content[:start] + b"\xff" * len(packed) + content[start + len(packed) :])
    refusal(path)


# a model in several files


@pytest.fixture
def shards(tmp_path):
    one = {"0.weight": np.arange(10.0).reshape(5, 2), "0.bias": np.arange(5.0)}
    two = {"1.weight": np.ones((1, 5), np.float16), "unused": np.ones(3)}
    save_file(one, tmp_path / "model-1.safetensors")
    save_file(two, tmp_path / "model-2.safetensors")
    places = dict.fromkeys(one, "model-1.safetensors") | {"1.weight": "model-2.safetensors"}
    return write_index(tmp_path, {"metadata": {"total_size": 1}, "weight_map": places})


def write_index(folder, index):
    path = folder / "model.safetensors.index.json"
    path.write_text(index if isinstance(index, str) else json.dumps(index))
    return path


def test_an_index_is_read_like_one_file(shards):
    assert is_weight_file(shards)
    assert shapes(shards) == {"0.weight": (5, 2), "0.bias": (5,), "1.weight": (1, 5)}
    network = Network.load(shards)
    assert network.precision == 2.0**-10
    np.testing.assert_array_equal(network.weights[0], np.arange(10.0).reshape(5, 2))
    np.testing.assert_array_equal(network.biases[0], np.arange(5.0))
    with pytest.raises(SizeLimitError):
        Network.load(shards, limit=19)


@pytest.mark.parametrize(
    ("index", "part"),
    [
        ("", "is empty"),
        ("[]", "no weight_map"),
        ("{}", "no weight_map"),
        ('{"weight_map": {"a": 3}}', "no weight_map"),
        ('{"weight_map": {"a": "x", "a": "y"}}', "twice"),
        ('{"weight_map": {"a": "../x.safetensors"}}', "no name of a .safetensors file beside"),
        ('{"weight_map": {"a": "/etc/passwd"}}', "no name of a .safetensors file beside"),
        ('{"weight_map": {"a": "x.bin"}}', "no name of a .safetensors file beside"),
        ('{"weight_map": {"a": "x.safetensors"}}', "no file 'x.safetensors' beside it"),
        ('{"weight_map": {"a": "model-1.safetensors"}}', "has no tensor 'a'"),
        ('{"weight_map": {"a": "short.safetensors"}}', "'short.safetensors': its header"),
        ("[" * 10**5, "recursion"),
    ],
)
def test_bad_indices(shards, tmp_path, index, part):
    (tmp_path / "short.safetensors").write_bytes(b"\xff" * 9)
    assert part in refusal(write_index(tmp_path, index))


def test_an_index_of_pickles(tmp_path):
    path = tmp_path / "pytorch_model.bin.index.json"
    path.write_text("{}")
    assert "must be .safetensors or .npz" in refusal(path)
