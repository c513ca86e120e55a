"""For notebooks: open a mosaic, wherever it lies and whatever its format."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from products.errors import BadInput, SourceUnavailable

if TYPE_CHECKING:
    import xarray as xr

_CHUNK = 1024
_REMOTE = {"http": "/vsicurl/", "https": "/vsicurl/", "s3": "/vsis3/"}
_TIMEOUT_SECONDS = 60


def open_mosaic(path_or_uri: str | Path, *, place: str | None = None) -> "xr.Dataset":
    """Open a product lazily as an xarray dataset (time, y, x), masked and scaled.

    Parameters
    ----------
    path_or_uri
        The base folder of a product, as a path or as an ``http(s)://`` or ``s3://`` address.
    place
        The folder to open where a tiled product has several: an MGRS tile such as ``31UDS``.

    Returns
    -------
    xarray.Dataset
        One float32 variable per delivered layer, in physical units, NaN where there is no data;
        ``time`` is the middle of the period, the reference system is in ``spatial_ref``, the
        JSON metadata are in ``attrs``. Pixels are read when they are computed.

    Raises
    ------
    BadInput
        Where there is no product, or several pieces and none is named.
    SourceUnavailable
        Where an address cannot be reached.
    """
    base = str(path_or_uri).rstrip("/").removeprefix("file://")
    manifest = json.loads(_read(base, "manifest.json"))
    document = json.loads(_read(base, _metadata_path(manifest, base, place)))
    folder = _metadata_path(manifest, base, place).rsplit("/", 1)[0]
    layers = document["Band_interpretations"]
    if layers[0]["File_format"] == "NetCDF":
        opened = _open_netcdf(base, f"{folder}/{layers[0]['File_path']}")
    else:
        opened = _open_rasters(base, folder, layers)
    decoded = opened.assign({layer["Name"]: _decoded(opened, layer) for layer in layers})
    decoded.attrs = document
    return decoded.expand_dims(time=[_mid_period(document)])


def _metadata_path(manifest: dict[str, Any], base: str, place: str | None) -> str:
    found = {
        entry["path"].split("/")[0]: entry["path"]
        for entry in manifest["files"]
        if entry["path"].split("/")[-1].startswith("metadata_")
    }
    if place is None and len(found) == 1:
        return str(next(iter(found.values())))
    if place not in found:
        raise BadInput(
            f"{base} has the pieces {', '.join(sorted(found))}; name one of them as place."
        )
    return str(found[place])


def _read(base: str, name: str) -> bytes:
    scheme = base.split("://")[0]
    if "://" not in base:
        try:
            return (Path(base) / name).read_bytes()
        except OSError as error:
            raise BadInput(f"{base} has no {name}; give the base folder of a product.") from error
    if scheme not in _REMOTE:
        raise BadInput(f"{base} cannot be opened; give a folder, or an http(s) or s3 address.")
    return _read_s3(base, name) if scheme == "s3" else _read_http(base, name)


def _read_http(base: str, name: str) -> bytes:
    import httpx

    try:
        answer = httpx.get(f"{base}/{name}", timeout=_TIMEOUT_SECONDS, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"{base}/{name} cannot be read ({error}).") from error
    return answer.content


def _read_s3(base: str, name: str) -> bytes:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = base.removeprefix("s3://").partition("/")
    try:
        answer = boto3.client("s3").get_object(Bucket=bucket, Key=f"{key}/{name}")
        content: bytes = answer["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise SourceUnavailable(f"{base}/{name} cannot be read ({error}).") from error
    return content


def _open_netcdf(base: str, name: str) -> "xr.Dataset":
    import xarray as xr

    if "://" in base:
        raise BadInput(f"{base} is a NetCDF product; download it, or order GEO_TIFF to read it so.")
    raw = xr.open_dataset(
        Path(base) / name, mask_and_scale=False, chunks={"y": _CHUNK, "x": _CHUNK}
    )
    system = raw["crs"].attrs["crs_wkt"]
    kept = [variable for variable in raw.data_vars if raw[variable].dims == ("time", "y", "x")]
    flat: xr.Dataset = raw[kept].isel(time=0, drop=True).drop_vars(["lat", "lon"])
    placed: xr.Dataset = flat.rio.write_crs(system)
    return placed


def _open_rasters(base: str, folder: str, layers: list[dict[str, Any]]) -> "xr.Dataset":
    import rioxarray
    import xarray as xr

    scheme, _, rest = base.rpartition("://")
    root = base if not scheme else _REMOTE[scheme] + (rest if scheme == "s3" else base)
    opened = {}
    for layer in layers:
        raw = rioxarray.open_rasterio(
            f"{root}/{folder}/{layer['File_path']}", chunks={"x": _CHUNK, "y": _CHUNK}
        )
        opened[layer["Name"]] = raw.isel(band=0, drop=True)  # type: ignore[union-attr]
    return xr.Dataset(opened)


def _decoded(opened: "xr.Dataset", layer: dict[str, Any]) -> "xr.DataArray":
    import numpy as np

    raw = opened[layer["Name"]]
    scale = np.float32(layer.get("Scaling_factor", 1.0))
    values: xr.DataArray = raw.where(raw != layer["No_data_value"]).astype("float32") * scale
    values.attrs = {"long_name": layer["Description"]}
    if "Unit" in layer:
        values.attrs["units"] = layer["Unit"]
    return values


def _mid_period(document: dict[str, Any]) -> Any:
    import numpy as np

    first = np.datetime64(document["Mosaicking_period_start"], "ns")
    after = np.datetime64(document["Mosaicking_period_end"], "ns") + np.timedelta64(1, "D")
    return first + (after - first) // 2
