"""The global attributes of a NetCDF product: ACDD-1.3, and what the JSON says (section 10.3)."""

from metadata.document import SUMMARY, identity, source_names
from products.product import Contact, ProductFacts

_KEYWORDS = (
    "LAND SURFACE",
    "SURFACE RADIATIVE PROPERTIES",
    "REFLECTANCE",
    "Orthoimagery",
    "Sentinel-2",
    "mosaic",
    "composite",
    "medoid",
)


def render_attributes(
    facts: ProductFacts, contact: Contact, bbox: tuple[float, float, float, float]
) -> dict[str, str]:
    """Return the attributes; ``bbox`` is west, south, east, north in degrees. No clock is read."""
    return (
        _discovery(facts, contact)
        | _coverage(facts, bbox)
        | {key: str(value) for key, value in identity(facts, contact).items()}
        | {
            "Mosaicking_period_start": facts.period.start.isoformat(),
            "Mosaicking_period_end": facts.period.end.isoformat(),
            "Missing_layers": ",".join(layer.name for layer in facts.missing),
            "comment": " ".join(facts.notes) or "None.",
            "input_components": ",".join(
                f"{index}={name}" for index, name in source_names(facts).items()
            ),
        }
    )


def _discovery(facts: ProductFacts, contact: Contact) -> dict[str, str]:
    moment = facts.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": str(facts.name),
        "naming_authority": contact.url.split("//")[-1].strip("/"),
        "title": "Copernicus Sentinel-2 Mosaic",
        "summary": SUMMARY,
        "keywords": ", ".join(_KEYWORDS),
        "keywords_vocabulary": "GCMD Science Keywords",
        "project": "Copernicus Sentinel-2 Global Mosaic",
        "institution": contact.organisation,
        "references": contact.url,
        "contact": contact.email,
        "license": contact.license_url,
        "creator_name": contact.organisation,
        "creator_type": "institution",
        "creator_email": contact.email,
        "creator_url": contact.url,
        "publisher_name": contact.organisation,
        "publisher_email": contact.email,
        "publisher_url": contact.url,
        "source": "Copernicus Sentinel-2 MSI Level-2A",
        "platform": ", ".join(sorted({source.satellite for source in facts.sources})),
        "instrument": "MSI",
        "processing_level": "Level-3",
        "product_version": facts.name.version,
        "history": f"{moment} composed by {facts.algorithm}",
        "date_created": moment,
        "date_issued": moment,
        "date_modified": moment,
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "acknowledgement": (
            "Contains modified Copernicus Sentinel data "
            f"{facts.period.start.year}, processed by {contact.organisation}."
        ),
    }


def _coverage(facts: ProductFacts, bbox: tuple[float, float, float, float]) -> dict[str, str]:
    west, south, east, north = (f"{value:.6f}" for value in bbox)
    corners = ((south, west), (north, west), (north, east), (south, east), (south, west))
    ring = ", ".join(f"{latitude} {longitude}" for latitude, longitude in corners)
    days = (facts.period.end - facts.period.start).days + 1
    return {
        "spatial_resolution": f"{facts.grid.resolution}m",
        "geospatial_lat_min": south,
        "geospatial_lat_max": north,
        "geospatial_lat_units": "degrees_north",
        "geospatial_lon_min": west,
        "geospatial_lon_max": east,
        "geospatial_lon_units": "degrees_east",
        "geospatial_bounds": f"POLYGON (({ring}))",
        "geospatial_bounds_crs": "EPSG:4326",
        "time_coverage_start": f"{facts.period.start.isoformat()}T00:00:00Z",
        "time_coverage_end": f"{facts.period.end.isoformat()}T23:59:59Z",
        "time_coverage_duration": f"P{days}D",
        "time_coverage_resolution": f"P{days}D",
    }
