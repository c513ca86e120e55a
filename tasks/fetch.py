"""Bring a granule's files within reach and verify them before anything decodes them."""

from pathlib import Path

import httpx

from products.errors import GranuleRejected, SourceUnavailable
from products.granule import Image
from storage.local import file_digest

_TIMEOUT = httpx.Timeout(30.0, read=120.0)


def local_copy(href: str, scratch: Path) -> Path:
    """Return a local path of a file, downloaded into ``scratch`` where it is remote."""
    if href.startswith(("http://", "https://")):
        return _download(href, scratch / Path(href.split("?")[0]).name)
    if "://" in href:
        raise GranuleRejected(
            "unsupported-address",
            f"{href} is not a file or http(s) address; use a source that offers its files so.",
        )
    path = Path(href)
    if not path.is_file():
        raise GranuleRejected(
            "missing-file", f"{href} is named in the metadata but missing; fetch the granule again."
        )
    return path


def verify(path: Path, image: Image) -> None:
    """Compare size and checksum with what the provider states; no decoder would notice."""
    size = path.stat().st_size
    if image.size is not None and size != image.size:
        raise GranuleRejected(
            "size",
            f"{image.href} has {size} bytes, but its provider states {image.size}; "
            "fetch the granule again.",
        )
    if size == 0:
        raise GranuleRejected("size", f"{image.href} is empty; fetch the granule again.")
    if image.checksum:
        algorithm, _, stated = image.checksum.partition(":")
        if file_digest(path, algorithm) != stated.lower():
            raise GranuleRejected(
                "checksum",
                f"{image.href} does not have the {algorithm} checksum that its provider states; "
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
        if error.response.status_code in (404, 410):
            raise GranuleRejected(
                "missing-file", f"{href} is named in the metadata but not on the server."
            ) from error
        raise _unavailable(href, error) from error
    except httpx.HTTPError as error:
        raise _unavailable(href, error) from error
    return path


def _unavailable(href: str, error: Exception) -> SourceUnavailable:
    return SourceUnavailable(
        f"{href} cannot be fetched now ({error}); it is tried again with the next run."
    )
