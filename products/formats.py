"""The formats in which products are delivered (specification section 9)."""

from enum import StrEnum


class ProductFormat(StrEnum):
    """A delivery format, by its API value."""

    GEO_TIFF = "GEO_TIFF"
    JP2 = "JP2"
    NETCDF = "NETCDF"

    @property
    def suffix(self) -> str:
        """File suffix of the layers."""
        return _SUFFIXES[self]

    @property
    def label(self) -> str:
        """Wording of the JSON metadata."""
        return _LABELS[self]

    @property
    def driver(self) -> str:
        """GDAL driver that reads it."""
        return _DRIVERS[self]

    @property
    def media_type(self) -> str:
        """Media type of a file in this format."""
        return _MEDIA[self]

    def holds(self, dtype: str) -> bool:
        """Tell whether pixels of a numpy dtype can be stored without loss."""
        return self is not ProductFormat.JP2 or dtype in _WHOLE


_WHOLE = ("uint8", "uint16", "int16")
"""What JPEG 2000 stores and every reader of it understands."""

_SUFFIXES = {
    ProductFormat.GEO_TIFF: ".tiff",
    ProductFormat.JP2: ".jp2",
    ProductFormat.NETCDF: ".nc",
}
_LABELS = {
    ProductFormat.GEO_TIFF: "GeoTiff",
    ProductFormat.JP2: "JPEG2000",
    ProductFormat.NETCDF: "NetCDF",
}
_DRIVERS = {
    ProductFormat.GEO_TIFF: "GTiff",
    ProductFormat.JP2: "JP2OpenJPEG",
    ProductFormat.NETCDF: "netCDF",
}
_MEDIA = {
    ProductFormat.GEO_TIFF: "image/tiff; application=geotiff; profile=cloud-optimized",
    ProductFormat.JP2: "image/jp2",
    ProductFormat.NETCDF: "application/x-netcdf",
}
