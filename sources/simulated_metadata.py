"""The metadata files of a simulated product, in the structure that ESA delivers."""

import hashlib
from datetime import datetime
from pathlib import Path

import numpy as np
from lxml import etree
from lxml.builder import ElementMaker

from products.grid import epsg_of

_PSD = "https://psd-14.sentinel2.eo.esa.int/PSD"
_NODES = 23
_E = ElementMaker()


def product_metadata(
    name: str,
    sensed: datetime,
    generated: datetime,
    orbit: int,
    baseline: int,
    granule: str,
    images: list[str],
    *,
    with_offset: bool,
) -> bytes:
    """Return MTD_MSIL2A.xml."""
    satellite, tile = name[:3], name.split("_T")[1][:5]
    stamp, number = f"{sensed:%Y%m%dT%H%M%S}", f"N{baseline // 100:02d}.{baseline % 100:02d}"
    absolute = granule.split("_")[2]
    made = f"{generated:%Y%m%dT%H%M%S}"
    info = _E.Product_Info(
        _E.PRODUCT_START_TIME(_time(sensed)),
        _E.PRODUCT_URI(f"{name}.SAFE"),
        _E.PROCESSING_LEVEL("Level-2A"),
        _E.PROCESSING_BASELINE(number[1:]),
        _E.GENERATION_TIME(_time(generated)),
        _E.Datatake(
            _E.SPACECRAFT_NAME(f"Sentinel-{satellite[1:]}"),
            _E.DATATAKE_SENSING_START(_time(sensed)),
            _E.SENSING_ORBIT_NUMBER(str(orbit)),
            datatakeIdentifier=f"G{satellite}_{stamp}_{absolute[1:]}_{number}",
        ),
        _E.Product_Organisation(
            _E.Granule_List(
                _E.Granule(
                    *(_E.IMAGE_FILE(path) for path in images),
                    datastripIdentifier=f"{satellite}_OPER_MSI_L2A_DS_SIMU_{made}_S{stamp}_{number}",
                    granuleIdentifier=f"{satellite}_OPER_MSI_L2A_TL_SIMU_{made}_{absolute}_T{tile}_{number}",
                    imageFormat="JPEG2000",
                )
            )
        ),
    )
    root = etree.Element(
        f"{{{_PSD}/User_Product_Level-2A.xsd}}Level-2A_User_Product",
        nsmap={"n1": f"{_PSD}/User_Product_Level-2A.xsd"},
    )
    root.append(_E.General_Info(info, _characteristics(with_offset=with_offset)))
    return _bytes(root)


def _characteristics(*, with_offset: bool) -> etree._Element:
    parts = [
        _E.QUANTIFICATION_VALUES_LIST(
            _E.BOA_QUANTIFICATION_VALUE("10000", unit="none"),
            _E.AOT_QUANTIFICATION_VALUE("1000.0", unit="none"),
        )
    ]
    if with_offset:
        parts.append(
            _E.BOA_ADD_OFFSET_VALUES_LIST(
                *(_E.BOA_ADD_OFFSET("-1000", band_id=str(band)) for band in range(13))
            )
        )
    return _E.Product_Image_Characteristics(*parts)


def tile_metadata(tile: str, west: int, north: int, size: int, orbit: int) -> bytes:
    """Return MTD_TL.xml; orbit 94 looks from the edge of its swath."""
    geocoding = _E.Tile_Geocoding(_E.HORIZONTAL_CS_CODE(f"EPSG:{epsg_of(tile)}"))
    for resolution in (10, 20, 60):
        count = str(size // resolution)
        geocoding.append(_E.Size(_E.NROWS(count), _E.NCOLS(count), resolution=str(resolution)))
        geocoding.append(
            _E.Geoposition(_E.ULX(str(west)), _E.ULY(str(north)), resolution=str(resolution))
        )
    column, row = np.meshgrid(np.arange(_NODES), np.arange(_NODES))
    angles = _E.Tile_Angles(_E.Sun_Angles_Grid(*_grids(60 + 0.05 * row, 160 + 0.05 * column)))
    nearest, slope = (10.6, 3.0) if orbit == 94 else (6.0, 0.1)
    for band in range(13):
        for detector in (5, 6):
            zenith = nearest + slope * column + 0.01 * band
            seen = (column < 12) if detector == 5 else (column >= 11)
            azimuth = np.where(seen, 104.0 + 0.1 * row, np.nan)
            angles.append(
                _E.Viewing_Incidence_Angles_Grids(
                    *_grids(np.where(seen, zenith, np.nan), azimuth),
                    bandId=str(band),
                    detectorId=str(detector),
                )
            )
    root = etree.Element(
        f"{{{_PSD}/S2_PDI_Level-2A_Tile_Metadata.xsd}}Level-2A_Tile_ID",
        nsmap={"n1": f"{_PSD}/S2_PDI_Level-2A_Tile_Metadata.xsd"},
    )
    root.append(_E.Geometric_Info(geocoding, angles))
    return _bytes(root)


def manifest(folder: Path) -> bytes:
    """Return manifest.safe for the files that lie in a folder, with their SHA3-256."""
    xfdu = "urn:ccsds:schema:xfdu:1"
    root = etree.Element(f"{{{xfdu}}}XFDU", nsmap={"xfdu": xfdu})
    section = etree.SubElement(root, "dataObjectSection")
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        data = path.read_bytes()
        checksum = hashlib.sha3_256(data).hexdigest().upper()
        href = f"./{path.relative_to(folder).as_posix()}"
        section.append(
            _E.dataObject(
                _E.byteStream(
                    _E.fileLocation(href=href, locatorType="URL"),
                    _E.checksum(checksum, checksumName="SHA3-256"),
                    size=str(len(data)),
                )
            )
        )
    return _bytes(root)


def _grids(zenith: np.ndarray, azimuth: np.ndarray) -> list[etree._Element]:
    return [_grid("Zenith", zenith), _grid("Azimuth", azimuth)]


def _grid(name: str, nodes: np.ndarray) -> etree._Element:
    rows = (_E.VALUES(" ".join("NaN" if np.isnan(v) else f"{v:.4f}" for v in r)) for r in nodes)
    return _E(name, _E.COL_STEP("5000"), _E.ROW_STEP("5000"), _E.Values_List(*rows))


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.024Z"


def _bytes(root: etree._Element) -> bytes:
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return text
