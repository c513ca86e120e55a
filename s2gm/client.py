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
_ABSENT_IN_S3 = ("NoSuchKey", "NoSuchBucket")


def open_mosaic(path_or_uri: str | Path, *, place: str | None = None) -> "xr.Dataset":
    """Open a product lazily as an xarray dataset (time, y, x), masked and scaled.

    Parameters
    ----------
    path_or_uri
        The base folder of a product (the one with ``manifest.json``), as a path or as an
        ``http(s)://`` or ``s3://`` address.
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
        Where there is no product, a broken one, or several pieces and none is named.
    SourceUnavailable
        Where an address cannot be reached.
    """
    base = str(path_or_uri).rstrip("/").removeprefix("file://")
    path = _metadata_path(_json(base, "manifest.json"), base, place)
    document = _json(base, path)
    folder = path.rsplit("/", 1)[0]
    layers = document["Band_interpretations"]
    netcdf = layers[0]["File_format"] == "NetCDF"
    try:
        opened = (_open_netcdf if netcdf else _open_rasters)(base, folder, layers)
    except OSError as error:
        raise _unreadable(base, folder, error) from error
    decoded = opened.assign({layer["Name"]: _decoded(opened, layer) for layer in layers})
    placed: xr.Dataset = decoded.rio.write_crs(document["Geometry"]["CRS"], "spatial_ref")
    placed.attrs = document
    return placed.expand_dims(time=[_mid_period(document)])


def _metadata_path(manifest: dict[str, Any], base: str, place: str | None) -> str:
    paths = [str(entry["path"]) for entry in manifest.get("files", ())]
    found = {
        path.split("/")[0]: path for path in paths if path.split("/")[-1].startswith("metadata_")
    }
    if place is None and len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise BadInput(f"{base}/manifest.json lists no metadata; download the product again.")
    if place not in found:
        raise BadInput(
            f"{base} has the pieces {', '.join(sorted(found))}; name one of them as place."
        )
    return found[place]


def _json(base: str, name: str) -> dict[str, Any]:
    try:
        content = json.loads(_read(base, name))
    except ValueError as error:
        raise BadInput(f"{base}/{name} is not JSON ({error}); download it again.") from error
    if not isinstance(content, dict):
        raise BadInput(f"{base}/{name} holds no JSON object; download it again.")
    return content


def _unreadable(base: str, folder: str, error: OSError) -> BadInput | SourceUnavailable:
    reason = f"A layer of {base}/{folder} cannot be opened ({error})"
    if "://" in base:
        return SourceUnavailable(f"{reason}.")
    return BadInput(f"{reason}; download the product again.")


def _read(base: str, name: str) -> bytes:
    scheme = base.split("://")[0]
    if "://" not in base:
        try:
            return (Path(base) / name).read_bytes()
        except OSError as error:
            raise _absent(base, name) from error
    if scheme not in _REMOTE:
        raise BadInput(f"{base} cannot be opened; give a folder, or an http(s) or s3 address.")
    return _read_s3(base, name) if scheme == "s3" else _read_http(base, name)


def _absent(base: str, name: str) -> BadInput:
    return BadInput(f"{base} has no {name}; give the base folder of a product.")


def _read_http(base: str, name: str) -> bytes:
    import httpx

    try:
        answer = httpx.get(f"{base}/{name}", timeout=_TIMEOUT_SECONDS, follow_redirects=True)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise _absent(base, name)
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
        if getattr(error, "response", {}).get("Error", {}).get("Code") in _ABSENT_IN_S3:
            raise _absent(base, name) from error
        raise SourceUnavailable(f"{base}/{name} cannot be read ({error}).") from error
    return content


def _open_netcdf(base: str, folder: str, layers: list[dict[str, Any]]) -> "xr.Dataset":
    import xarray as xr
    from affine import Affine

    if "://" in base:
        raise BadInput(f"{base} is a NetCDF product; download it, or order GEO_TIFF to read it so.")
    raw = xr.open_dataset(
        Path(base) / folder / layers[0]["File_path"],
        mask_and_scale=False,
        chunks={"y": _CHUNK, "x": _CHUNK},
    )
    transform = Affine.from_gdal(*map(float, raw["crs"].attrs["GeoTransform"].split()))
    names = [layer["Name"] for layer in layers]
    flat = raw[names].isel(time=0, drop=True).drop_vars(["lat", "lon", "crs"])
    return _placed(flat, transform)


def _open_rasters(base: str, folder: str, layers: list[dict[str, Any]]) -> "xr.Dataset":
    import rasterio
    import rioxarray
    import xarray as xr

    scheme, _, rest = base.rpartition("://")
    root = base if not scheme else _REMOTE[scheme] + (rest if scheme == "s3" else base)
    opened = {}
    # All that a listing of the folder could add is in the JSON; over HTTP there is none.
    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        for layer in layers:
            raw = rioxarray.open_rasterio(
                f"{root}/{folder}/{layer['File_path']}", chunks={"x": _CHUNK, "y": _CHUNK}
            )
            opened[layer["Name"]] = raw.isel(band=0, drop=True)  # type: ignore[union-attr]
    transform = opened[layers[0]["Name"]].rio.transform()
    return _placed(xr.Dataset(opened).drop_vars("spatial_ref"), transform)


def _placed(opened: "xr.Dataset", transform: Any) -> "xr.Dataset":
    """Give pixel centres and transform that are the same in every format, to the last bit."""
    import numpy as np
    import rioxarray  # noqa: F401 - brings the accessor

    x = transform.c + (np.arange(opened.sizes["x"]) + 0.5) * transform.a
    y = transform.f + (np.arange(opened.sizes["y"]) + 0.5) * transform.e
    placed = opened.assign_coords(x=x, y=y)
    written: xr.Dataset = placed.rio.write_transform(transform, "spatial_ref")
    return written


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
