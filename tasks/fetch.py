"""Bring a granule's files within reach and verify them before anything decodes them."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from products.errors import GranuleRejected, SourceUnavailable
from storage.local import file_digest
from storage.s3 import S3Access, download_object

_TIMEOUT = httpx.Timeout(30.0, read=120.0)


@dataclass(frozen=True)
class Reach:
    """How files are brought within reach: where to, and which S3 service is asked."""

    scratch: Path
    s3: S3Access

    def apart(self, name: str) -> "Reach":
        """Return the same with a folder of its own: files of one name may come at a time."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        return Reach(folder, self.s3)

    def verified(self, href: str, size: int | None, checksum: str | None) -> Path:
        """Return a local path of a file that is as its provider states."""
        path = local_copy(href, self.scratch, self.s3)
        verify(path, href, size, checksum)
        return path


def local_copy(href: str, scratch: Path, s3: S3Access) -> Path:
    """Return a local path of a file, downloaded into ``scratch`` where it is remote."""
    if href.startswith("s3://"):
        path = scratch / Path(href).name
        download_object(href, path, s3)
        return path
    if href.startswith(("http://", "https://")):
        return _download(href, scratch / Path(href.split("?")[0]).name)
    if "://" in href:
        raise GranuleRejected(
            "unsupported-address",
            f"{href} is no address of a file, http(s) or s3; use a source that has such ones.",
        )
    path = Path(href)
    if not path.is_file():
        raise GranuleRejected(
            "missing-file", f"{href} is named in the metadata but missing; fetch the granule again."
        )
    return path


def verify(path: Path, href: str, stated: int | None, checksum: str | None) -> None:
    """Compare size and checksum with what the provider states; no decoder would notice."""
    size = path.stat().st_size
    if stated is not None and size != stated:
        raise GranuleRejected(
            "size",
            f"{href} has {size} bytes, but its provider states {stated}; fetch the granule again.",
        )
    if size == 0:
        raise GranuleRejected("size", f"{href} is empty; fetch the granule again.")
    if checksum:
        algorithm, _, digest = checksum.partition(":")
        if file_digest(path, algorithm) != digest.lower():
            raise GranuleRejected(
                "checksum",
                f"{href} does not have the {algorithm} checksum that its provider states; "
                "fetch the granule again.",
            )


def _download(href: str, path: Path) -> Path:
    try:
        with (
            httpx.stream("GET", href, timeout=_TIMEOUT, follow_redirects=True) as answer,
            path.open("wb") as file,
        ):
            answer.raise_for_status()
            for piece in answer.iter_bytes(1 << 20):
                file.write(piece)
    except httpx.HTTPStatusError as error:
        raise _unavailable(href, f"HTTP {error.response.status_code}") from error
    except httpx.HTTPError as error:
        raise _unavailable(
            href, str(error).splitlines()[0] if str(error) else "no answer"
        ) from error
    return path


def _unavailable(href: str, reason: str) -> SourceUnavailable:
    """Say so of absent files, too: the upload of a granule may still go on."""
    return SourceUnavailable(
        f"{href} cannot be fetched now ({reason}); it is tried again with the next run."
    )
