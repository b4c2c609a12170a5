import os
import signal
import subprocess
import sys

import pytest

from critcount._support import files
from critcount._support.errors import SizeLimitError


def test_a_file_appears_only_when_the_block_ends(tmp_path):
    path = tmp_path / "a.txt"
    with files.whole_file(path) as stream:
        stream.write("one\ntwo\n")
        assert not path.exists()
    assert path.read_bytes() == b"one\ntwo\n"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with files.whole_file(path) as stream:
            stream.write("new")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").touch()
    with files.whole_file(tmp_path / "whole"):
        pass
    assert (tmp_path / "plain").stat().st_mode == (tmp_path / "whole").stat().st_mode


def test_an_existing_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a.txt"
    path.touch(mode=0o640)
    path.chmod(0o640)
    files.put("new", path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_may_not_be_written_is_left_alone(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everything
    with pytest.raises(PermissionError) as caught:
        files.put("new", path)
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_the_longest_name_and_none(tmp_path):
    name = "字" * 80 + ".csv"
    files.put("text", tmp_path / name)
    assert os.listdir(tmp_path) == [name]
    with pytest.raises(ValueError, match="the output path is empty"):
        files.put("text", "")


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    files.put("text", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "text"


def test_errors_name_the_path_that_was_given(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder") as caught:
        files.put("text", tmp_path)
    assert caught.value.filename == str(tmp_path)
    missing = tmp_path / "no" / "a.txt"
    with pytest.raises(FileNotFoundError, match="its folder does not exist") as caught:
        files.put("text", missing)
    assert caught.value.filename == str(missing)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="folder does not exist"):
        files.put("text", tmp_path / "file" / "a.txt")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught:
        files.put("text", "/dev/full")
    assert caught.value.filename == "/dev/full"


def test_a_terminated_run_leaves_nothing(tmp_path):
    script = (
        "import sys, time, critcount.cli as cli, critcount._support.files as files\n"
        "def wait(*_, **__):\n"
        "    with files.whole_file(sys.argv[1]) as stream:\n"
        "        stream.write('half'); stream.flush(); print('ready', flush=True)\n"
        "        time.sleep(60)\n"
        "cli.cli.invoke = wait\n"
        "cli.main(['cite'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "a.txt"], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"ready\n"
    assert len(os.listdir(tmp_path)) == 1
    process.send_signal(signal.SIGTERM)
    process.stdout.close()
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert os.listdir(tmp_path) == []


def test_binary(tmp_path):
    files.put(b"\x00\xff", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"


def test_texts_are_utf_8_and_of_a_size_that_is_known(tmp_path):
    (tmp_path / "a").write_bytes("θ\n".encode())
    assert files.read_text(tmp_path / "a") == "θ\n"
    (tmp_path / "b").write_bytes(b"\xff")
    with pytest.raises(ValueError, match="b: is not UTF-8 text"):
        files.read_text(tmp_path / "b")
    if os.path.exists("/dev/zero"):
        with pytest.raises(SizeLimitError, match="holds more than 67,108,864 bytes"):
            files.read_text("/dev/zero")
