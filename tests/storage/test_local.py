"""Files on a local disk."""

import os
from pathlib import Path

import pytest

from storage.local import replace_file


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "below" / "file"
    for content in (b"one", b"two", b"two"):
        replace_file(path, content)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    """A pipe that nobody writes into would be read without end."""
    pipe, folder = tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for path, told in (
        (pipe, "a device, a pipe or a socket"),
        (Path("/dev/zero"), "a device, a pipe or a socket"),
        (folder, "a folder"),
    ):
        with pytest.raises(FileExistsError) as raised:
            replace_file(path, b"content")
        assert raised.value.strerror == f"it is {told}, no file"
    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == [folder, pipe]
