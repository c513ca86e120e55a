"""The files that pages load, all from here: read once, named with their digest, kept for good."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    "": "text/plain; charset=utf-8",
}
_FOR_GOOD = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    media_type: str
    digest: str


class StaticFiles:
    """All files below a folder; what is not among them when the hub starts is not served."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in _TYPES
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of all files below the folder."""
        return tuple(self._files)

    def address(self, name: str) -> str:
        """Return the address of a file, which changes with its content."""
        return f"/static/{name}?v={self._files[name].digest[:12]}"

    def answer(self, request: Request, name: str) -> Response:
        """Return a file, or that the browser has it already."""
        file = self._files.get(name)
        if file is None:
            raise HTTPException(404, f"There is no file {request.url.path}.")
        tag = f'"{file.digest[:32]}"'
        versioned = request.query_params.get("v") == file.digest[:12]
        headers = {"etag": tag, "cache-control": _FOR_GOOD if versioned else _ASK_AGAIN}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(file.content, media_type=file.media_type, headers=headers)


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, _TYPES[path.suffix], hashlib.sha256(content).hexdigest())
