"""SAFE folders as ESA delivers them: a directory that is watched for new ones."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Any

from products.bands import REQUIRED_SOURCE_LAYERS, SOURCE_LAYERS
from products.errors import BadInput, GranuleRejected, SourceUnavailable
from products.granule import Granule, Image, Unreadable
from sources.source import Discovery
from sources.xml import parse_xml

_NAME = re.compile(r"^(S2[A-Z])_MSIL2A_\d{8}T\d{6}_N(\d{4})_R(\d{3})_T(\d{2}[A-Z]{3})_\w+$")
_IMAGE = re.compile(r"_(B\d[\dA]|AOT|SCL)_(10|20|60)m$")
_MASKS = {"CLOUD": "MSK_CLDPRB", "SNOW": "MSK_SNWPRB"}
_BAND_IDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip


@dataclass(frozen=True)
class SafeFolder:
    """A directory of ``*.SAFE`` products, or one such product."""

    root: Path

    @property
    def name(self) -> str:
        """Name of the source in the catalog."""
        return str(self.root.resolve())

    def discover(self, cursor: str | None) -> Discovery:
        """Read the metadata of every product; one that cannot be used becomes ``Unreadable``."""
        granules, unreadable = [], []
        for folder in self._folders():
            try:
                granules.append(read_product(folder))
            except GranuleRejected as rejection:
                unreadable.append(
                    Unreadable(
                        folder.stem,
                        str(folder),
                        rejection.rule,
                        str(rejection),
                        _fingerprint(folder),
                    )
                )
        return Discovery(tuple(granules), tuple(unreadable), cursor)

    def _folders(self) -> list[Path]:
        if self.root.suffix == ".SAFE":
            return [self.root]
        try:
            return sorted(path for path in self.root.iterdir() if path.suffix == ".SAFE")
        except OSError as error:
            raise SourceUnavailable(
                f"The folder {self.root} cannot be read ({error.strerror}); check path and rights."
            ) from error


def read_product(folder: Path) -> Granule:
    """Read a product and make sure that every image it needs is there, or raise GranuleRejected."""
    granule = read_metadata(folder)
    for image in granule.images:
        if not Path(image.href).is_file():
            raise GranuleRejected(
                "missing-file",
                f"{folder.name} lacks {Path(image.href).name}, which its metadata name; "
                "fetch the granule again.",
            )
    return granule


def read_metadata(folder: Path) -> Granule:
    """Read MTD_MSIL2A.xml and manifest.safe; images are not looked for."""
    try:
        return _granule(folder)
    except OSError as error:
        raise GranuleRejected(
            "missing-file",
            f"{folder.name} lacks {Path(error.filename or 'a file').name}; "
            "fetch the granule again.",
        ) from error
    except (ValueError, TypeError, KeyError, IndexError, BadInput) as error:
        raise GranuleRejected(
            "metadata",
            f"The metadata of {folder.name} cannot be understood ({error}); "
            "fetch the granule again.",
        ) from error


def _granule(folder: Path) -> Granule:
    named = _NAME.match(folder.stem)
    if not named:
        raise GranuleRejected(
            "name", f"{folder.name} is not the name of an L2A product; rename or remove it."
        )
    root = parse_xml((folder / "MTD_MSIL2A.xml").read_bytes(), f"{folder.name}/MTD_MSIL2A.xml")
    stated = _manifest(folder)
    images = _images(folder, root, stated)
    _require(folder, images)
    piece = next(iter([*root.iter("Granule"), *root.iter("Granules")]))
    tile_metadata = sorted(folder.glob("GRANULE/*/MTD_TL.xml"))
    size, checksum = stated.get("MTD_TL.xml", (None, None))
    return Granule(
        id=folder.stem,
        tile=named[4],
        satellite=named[1],
        datatake_start=_moment(_text(root, "DATATAKE_SENSING_START")),
        relative_orbit=int(_text(root, "SENSING_ORBIT_NUMBER")),
        datastrip=piece.get("datastripIdentifier") or "",
        baseline=_text(root, "PROCESSING_BASELINE"),
        generated=_moment(_text(root, "GENERATION_TIME")),
        location=str(folder.resolve()),
        images=images,
        angle_grids=str(tile_metadata[0].resolve()) if tile_metadata else None,
        angle_grids_size=size,
        angle_grids_checksum=checksum,
        tile_id=piece.get("granuleIdentifier") or "",
        fingerprint=_fingerprint(folder),
    )


@dataclass(frozen=True)
class _File:
    """An image of a product; to resolve a path is to ask for every folder on it, so once."""

    name: str
    """As the product has it, even if it is a link."""
    path: Path
    """Resolved."""


def _images(folder: Path, root: Any, stated: dict[str, tuple[int, str]]) -> tuple[Image, ...]:
    """Resolve the images through the XML's own file list, wherever they lie."""
    offsets = {
        _BAND_IDS[int(e.get("band_id"))]: int(float(e.text)) for e in root.iter("BOA_ADD_OFFSET")
    }
    found: dict[tuple[str, int], Image] = {}
    within = folder.resolve()
    for element in [*root.iter("IMAGE_FILE"), *root.iter("IMAGE_FILE_2A")]:
        relative = element.text.strip()
        match = _IMAGE.search(relative)
        if match and match[1] in SOURCE_LAYERS:
            file = _find(folder, within, relative)
            found[match[1], int(match[2])] = _image(
                match[1], int(match[2]), file, offsets, _divisor(root, match[1]), stated
            )
    for layer, mask in _MASKS.items():
        for resolution in (20, 60):
            for path in sorted(folder.glob(f"GRANULE/*/QI_DATA/*{mask}_{resolution}m.jp2")):
                file = _File(path.name, path.resolve())
                found[layer, resolution] = _image(layer, resolution, file, {}, 1.0, stated)
    return tuple(found[key] for key in sorted(found))


def _image(
    layer: str,
    resolution: int,
    file: _File,
    offsets: dict[str, int],
    divisor: float,
    stated: dict[str, tuple[int, str]],
) -> Image:
    size, checksum = stated.get(file.name, (None, None))
    return Image(layer, resolution, str(file.path), offsets.get(layer, 0), divisor, size, checksum)


def _divisor(root: Any, layer: str) -> float:
    if layer == "SCL":
        return 1.0
    element = "AOT_QUANTIFICATION_VALUE" if layer == "AOT" else "BOA_QUANTIFICATION_VALUE"
    return float(_text(root, element))


def _find(folder: Path, within: Path, relative: str) -> _File:
    """Return the file that the XML names without suffix; older layouts place it elsewhere.

    ``within`` is the folder, resolved.
    """
    direct = folder / f"{relative}.jp2"
    resolved = direct.resolve()
    if not resolved.is_relative_to(within):
        raise ValueError(f"it names {relative}, which lies outside the product")
    if not resolved.is_file():
        for elsewhere in sorted(folder.glob(f"GRANULE/*/IMG_DATA/**/{direct.name}"))[:1]:
            return _File(elsewhere.name, elsewhere.resolve())
    return _File(direct.name, resolved)


def _manifest(folder: Path) -> dict[str, tuple[int, str]]:
    """Return size and checksum by file name; hrefs of older manifests are foreign paths."""
    where = f"{folder.name}/manifest.safe"
    root = parse_xml((folder / "manifest.safe").read_bytes(), where)
    stated = {}
    for stream in root.iter("byteStream"):
        location, checksum = stream.find("fileLocation"), stream.find("checksum")
        if location is not None and checksum is not None:
            algorithm = checksum.get("checksumName").lower()
            stated[Path(location.get("href")).name] = (
                int(stream.get("size")),
                f"{algorithm}:{checksum.text.strip().lower()}",
            )
    return stated


def _require(folder: Path, images: tuple[Image, ...]) -> None:
    delivered = {image.layer for image in images}
    if absent := [name for name in REQUIRED_SOURCE_LAYERS if name not in delivered]:
        raise GranuleRejected(
            "missing-band",
            f"{folder.name} lacks {', '.join(absent)}, without which no observation can be "
            "validated; fetch the granule again.",
        )


def _text(root: Any, element: str) -> str:
    found = next(root.iter(element), None)
    if found is None or not (found.text or "").strip():
        raise ValueError(f"{element} is missing")
    return str(found.text).strip()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        stat = path.stat()
        if S_ISREG(stat.st_mode):
            relative = path.relative_to(folder).as_posix()
            digest.update(f"{relative} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
