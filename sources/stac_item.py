"""STAC items of Sentinel-2 L2A in their dialects, as granules.

Dialects: earth-search v1 (``blue``, ``scl``, ...), Planetary Computer (``B02``, ``SCL``), CDSE
(``B02_10m``, every resolution). Offsets: ``earthsearch:boa_offset_applied`` wins over the offset in
``raster:bands``, which such items carry although it has been applied. Planetary Computer and CDSE
items without an offset of their own hold what ESA delivers: -1000 from baseline 04.00 on.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from products.bands import REQUIRED_SOURCE_LAYERS, SOURCE_LAYERS
from products.errors import BadInput, GranuleRejected
from products.granule import Angles, Granule, Image

Json = dict[str, Any]

_EARTH_SEARCH = {
    "coastal": "B01", "blue": "B02", "green": "B03", "red": "B04", "rededge1": "B05",
    "rededge2": "B06", "rededge3": "B07", "nir": "B08", "nir08": "B8A", "swir16": "B11",
    "swir22": "B12", "scl": "SCL", "aot": "AOT", "cloud": "CLOUD", "snow": "SNOW",
}  # fmt: skip
_ASSET = re.compile(r"^(B\d[\dA]|SCL|AOT|CLD|SNW)(?:_(10|20|60)m)?$")
_PROBABILITIES = {"CLD": "CLOUD", "SNW": "SNOW"}
_PRODUCT = re.compile(r"_N(\d{2})(\d{2})_R(\d{3})_T(\d{2}[A-Z]{3})_")
_DATATAKE = re.compile(r"GS2[A-Z]_(\d{8}T\d{6})_")
_SENSING = re.compile(r"_MSIL2A_(\d{8}T\d{6})_")
_MULTIHASH = {"1220": "sha256", "1340": "sha512", "1620": "sha3-256", "d50110": "md5"}
_REMOTE = ("http://", "https://", "s3://")
_NATIVE = {"B02": 10, "B03": 10, "B04": 10, "B08": 10, "B01": 60}


def granule_from_item(item: Any, base: str) -> Granule:
    """Return the granule that an item describes; ``base`` is the item's own path or URL.

    Raises GranuleRejected where the item lacks what is needed, whatever it holds instead.
    """
    try:
        return _granule(item, base)
    except (KeyError, TypeError, ValueError, AttributeError, BadInput, OverflowError) as error:
        name = item.get("id") if isinstance(item, dict) else None
        raise GranuleRejected(
            "metadata",
            f"The STAC item {name or base} cannot be understood "
            f"({type(error).__name__}: {error}); mend it at its source.",
        ) from error


def _granule(item: Json, base: str) -> Granule:
    facts = item["properties"]
    uri = str(facts.get("s2:product_uri") or facts.get("s2:product_id") or item["id"])
    baseline = _baseline(facts, uri)
    images = _images(item, base, baseline)
    delivered = {image.layer for image in images}
    if absent := [name for name in REQUIRED_SOURCE_LAYERS if name not in delivered]:
        raise GranuleRejected(
            "missing-band",
            f"The STAC item {item['id']} has no asset for {', '.join(absent)}, without which no "
            "observation can be validated; choose a collection that has them.",
        )
    return Granule(
        id=str(item["id"]),
        tile=_tile(facts, uri),
        satellite=_satellite(facts, uri),
        datatake_start=_datatake_start(facts, uri),
        relative_orbit=_orbit(facts, uri),
        datastrip=str(facts.get("s2:datastrip_id") or facts.get("eopf:datastrip_id") or ""),
        baseline=baseline,
        generated=_moment(facts.get("s2:generation_time") or facts.get("created")),
        location=base,
        images=images,
        angles=_angles(facts),
        **_angle_grids(item, base),
        tile_id=str(facts.get("s2:granule_id") or ""),
        fingerprint=_fingerprint(item, images),
    )


def tile_of(item: Any) -> str | None:
    """Return the MGRS tile of an item, None where it names none that can be understood."""
    try:
        facts = item["properties"]
        return _tile(facts, str(facts.get("s2:product_uri") or item["id"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def resolve(href: str, base: str) -> str:
    """Return an address relative to ``base`` as an absolute path or URL."""
    if "://" in href:
        return href.removeprefix("file://") if href.startswith("file://") else href
    if "://" in base:
        return urljoin(base, href)
    return str((Path(base).parent / href).resolve())


def _images(item: Json, base: str, baseline: str) -> tuple[Image, ...]:
    found: dict[tuple[str, int], Image] = {}
    for name, asset in sorted(item["assets"].items()):
        layer, resolution = _layer_of(name)
        if layer in SOURCE_LAYERS:
            image = _image(layer, resolution, asset, item, base, baseline)
            found.setdefault((layer, image.resolution), image)
    return tuple(found[key] for key in sorted(found))


def _layer_of(name: str) -> tuple[str, int | None]:
    if name in _EARTH_SEARCH:
        return _EARTH_SEARCH[name], None
    matched = _ASSET.match(name)
    if not matched:
        return "", None
    layer = _PROBABILITIES.get(matched[1], matched[1])
    return layer, int(matched[2]) if matched[2] else None


def _image(
    layer: str, resolution: int | None, asset: Json, item: Json, base: str, baseline: str
) -> Image:
    band = _band(asset)
    default = {"AOT": 0.001}.get(layer, 0.0001 if layer.startswith("B") else 1.0)
    scale = float(band.get("scale") or default)
    return Image(
        layer=layer,
        resolution=resolution or _resolution(layer, asset, band),
        href=resolve(str(asset["href"]), base),
        offset=_offset(layer, band, scale, item["properties"], baseline),
        quantification=round(1.0 / scale, 6),
        size=_size(asset),
        checksum=_checksum(asset),
    )


def _band(asset: Json) -> Json:
    """Return scale, offset and resolution of an asset, STAC 1.0 or 1.1."""
    for key in ("raster:bands", "bands"):
        if asset.get(key):
            asset = asset | asset[key][0]
    names = ("scale", "offset", "spatial_resolution")
    return {name: asset.get(name, asset.get(f"raster:{name}")) for name in names}


def _offset(layer: str, band: Json, scale: float, facts: Json, baseline: str) -> int:
    if not layer.startswith("B") or facts.get("earthsearch:boa_offset_applied") is True:
        return 0
    if band["offset"] is not None:
        return round(float(band["offset"]) / scale)
    return -1000 if baseline >= "04.00" else 0


def _resolution(layer: str, asset: Json, band: Json) -> int:
    transform = asset.get("proj:transform") or [None]
    stated = band["spatial_resolution"] or transform[0] or asset.get("gsd")
    return round(float(stated)) if stated else _NATIVE.get(layer, 20)


def _size(asset: Json) -> int | None:
    return int(asset["file:size"]) if "file:size" in asset else None


def _checksum(asset: Json) -> str | None:
    """Return the digest of a multihash, None where it is of a kind that is not known.

    CDSE states 32 byte digests of metadata files as MD5, which has 16: such a one says nothing.
    """
    multihash = str(asset.get("file:checksum") or "").lower()
    for prefix, algorithm in _MULTIHASH.items():
        digest = multihash.removeprefix(prefix)
        if (
            digest != multihash
            and len(digest) == 2 * hashlib.new(algorithm.replace("-", "_")).digest_size
        ):
            return f"{algorithm}:{digest}"
    return None


def _baseline(facts: Json, uri: str) -> str:
    stated = facts.get("s2:processing_baseline") or facts.get("processing:version")
    found = _PRODUCT.search(uri)
    return str(stated) if stated else (f"{found[1]}.{found[2]}" if found else "")


def _tile(facts: Json, uri: str) -> str:
    for key in ("grid:code", "s2:mgrs_tile"):
        if facts.get(key):
            return str(facts[key]).removeprefix("MGRS-").removeprefix("T").zfill(5)
    if "mgrs:grid_square" in facts:
        zone, band = facts["mgrs:utm_zone"], facts["mgrs:latitude_band"]
        return f"{int(zone):02d}{band}{facts['mgrs:grid_square']}"
    found = _PRODUCT.search(uri)
    if not found:
        raise ValueError("it names no MGRS tile")
    return found[4]


def _satellite(facts: Json, uri: str) -> str:
    letters = str(facts.get("platform") or uri)[-2:] if facts.get("platform") else uri[1:3]
    satellite = f"S{letters.upper()}"
    if not re.fullmatch(r"S2[A-Z]", satellite):
        raise ValueError(f"{facts.get('platform')!r} is not a Sentinel-2 satellite")
    return satellite


def _datatake_start(facts: Json, uri: str) -> datetime:
    identifier = str(facts.get("s2:datatake_id") or facts.get("eopf:datatake_id") or "")
    found = _DATATAKE.search(identifier) or _SENSING.search(uri)
    if found:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    moment = _moment(facts["datetime"])
    if moment is None:
        raise ValueError("it has no datetime")
    return moment


def _orbit(facts: Json, uri: str) -> int:
    if "sat:relative_orbit" in facts:
        return int(facts["sat:relative_orbit"])
    found = _PRODUCT.search(uri)
    if not found:
        raise ValueError("it names no relative orbit")
    return int(found[3])


def _moment(text: object) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _angles(facts: Json) -> Angles:
    elevation = facts.get("view:sun_elevation")
    zenith = 90.0 - float(elevation) if elevation is not None else None
    return Angles(
        sun_zenith=zenith if zenith is not None else _number(facts.get("s2:mean_solar_zenith")),
        sun_azimuth=_number(facts.get("view:sun_azimuth", facts.get("s2:mean_solar_azimuth"))),
        view_zenith=_number(facts.get("view:incidence_angle")),
        view_azimuth=_number(facts.get("view:azimuth")),
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))


def _angle_grids(item: Json, base: str) -> Json:
    """Return address, size and checksum of MTD_TL.xml where there is one."""
    for name in ("granule_metadata", "granule-metadata"):
        if name in item["assets"]:
            asset = item["assets"][name]
            href = resolve(str(asset["href"]), base)
            if href.startswith(_REMOTE) or Path(href).is_file():
                return {
                    "angle_grids": href,
                    "angle_grids_size": _size(asset),
                    "angle_grids_checksum": _checksum(asset),
                }
    return {}


def _fingerprint(item: Json, images: tuple[Image, ...]) -> str:
    digest = hashlib.sha256(json.dumps(item, sort_keys=True).encode())
    for image in images:
        path = Path(image.href)
        if "://" not in image.href and path.is_file():
            stat = path.stat()
            digest.update(f"{image.href}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
