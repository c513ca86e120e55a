"""Ways in which a product can be wrong, each with the rule that is meant to catch it.

A mutation spoils one property of a good product and leaves the rest as it was: layers are encoded
again as a cloud-optimised GeoTIFF, and the manifest is made to agree, so that no rule speaks for
another. Where it must hit what a rule samples, it takes the places from the rule's own function:
what is sampled is all the same, the sample depends on the name of the product alone.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from products.product import ProductFacts
from qc.finding import Verdict
from qc.pixels import random_places
from qc.recomposed import random_pixels
from tests.qc.spoil import Pixels, change, layer, read, rewrite, seal, seal_manifest

INDEX, SCENE, VALID, SPREAD = (
    "source_index", "quality_scene_classification", "valid_obs", "medoid_mos",
)  # fmt: skip
BANDS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
NOTHING = 65535


@dataclass(frozen=True)
class Spoilt:
    """A copy of the product, to be spoilt."""

    folder: Path
    facts: ProductFacts
    decided: int
    """Pixels that the literal reference decides."""

    def metadata(self) -> Path:
        return self.folder / self.facts.place / self.facts.metadata_file

    def edit(self, alter: Callable[[dict[str, Any]], None]) -> None:
        """Change the JSON metadata."""
        document = json.loads(self.metadata().read_text())
        alter(document)
        self.metadata().write_text(json.dumps(document, indent=2))
        seal(self.folder)

    def sampled(self, wanted: Callable[[tuple[int, int]], bool]) -> tuple[int, int]:
        """Return a pixel whose spectrum is compared, of those wanted."""
        return next(place for place in random_places(self.facts) if wanted(place))

    def chosen(self, place: tuple[int, int]) -> bool:
        return bool(read(self.folder, INDEX)[place] >= 0)


@dataclass(frozen=True)
class Mutation:
    """One way to be wrong."""

    name: str
    rule: str
    """Id of the rule that is meant to catch it."""
    apply: Callable[[Spoilt], None]
    verdict: Verdict = Verdict.FAIL


def flip_a_byte(spoilt: Spoilt) -> None:
    path = layer(spoilt.folder, "B04")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def edit_manifest(key: str, value: object) -> Callable[[Spoilt], None]:
    def apply(spoilt: Spoilt) -> None:
        path = spoilt.folder / "manifest.json"
        document = json.loads(path.read_text())
        document["files"][3][key] = value
        path.write_text(json.dumps(document))

    return apply


def remove_layer(spoilt: Spoilt) -> None:
    layer(spoilt.folder, "quality_aot").unlink()
    seal(spoilt.folder)


def add_a_file(spoilt: Spoilt) -> None:
    (spoilt.folder / "notes.txt").write_text("hello")
    seal(spoilt.folder)


def edit_inspire(old: str, new: str) -> Callable[[Spoilt], None]:
    def apply(spoilt: Spoilt) -> None:
        path = spoilt.folder / "inspire.xml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        seal(spoilt.folder)

    return apply


def cut_inspire(spoilt: Spoilt) -> None:
    path = spoilt.folder / "inspire.xml"
    path.write_bytes(path.read_bytes()[:900])
    seal(spoilt.folder)


def cut_layer(spoilt: Spoilt) -> None:
    path = layer(spoilt.folder, "B11")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    seal(spoilt.folder)


def shift_georeference(spoilt: Spoilt) -> None:
    rewrite(spoilt.folder, "B03", transform=spoilt.facts.grid.transform.translation(20, 0) @
            spoilt.facts.grid.transform)  # fmt: skip


def property_of(name: str, **properties: Any) -> Callable[[Spoilt], None]:
    return lambda spoilt: rewrite(spoilt.folder, name, **properties)


def cut_a_row(spoilt: Spoilt) -> None:
    rewrite(spoilt.folder, "B12", lambda pixels: pixels[:-1])


def plain_tiff(spoilt: Spoilt) -> None:
    rewrite(spoilt.folder, "B08", driver="GTiff")


def drop_key(spoilt: Spoilt) -> None:
    spoilt.edit(lambda document: document.pop("Sensor_list"))


def edit_json(**changed: object) -> Callable[[Spoilt], None]:
    """Change the JSON metadata, and seal all."""
    return lambda spoilt: spoilt.edit(lambda document: document.update(changed))


def edit_band(**changed: object) -> Callable[[Spoilt], None]:
    def alter(document: dict[str, Any]) -> None:
        (band,) = (each for each in document["Band_interpretations"] if each["Name"] == "B04")
        band.update(changed)

    return lambda spoilt: spoilt.edit(alter)


def list_twice(spoilt: Spoilt) -> None:
    def alter(document: dict[str, Any]) -> None:
        document["Band_interpretations"].append(document["Band_interpretations"][0])

    spoilt.edit(alter)


def edit_item(alter: Callable[[dict[str, Any]], None]) -> Callable[[Spoilt], None]:
    """Change the STAC item, and only the manifest with it."""

    def apply(spoilt: Spoilt) -> None:
        path = spoilt.folder / spoilt.facts.stac_file
        item = json.loads(path.read_text())
        alter(item)
        path.write_text(json.dumps(item, indent=2))
        seal_manifest(spoilt.folder)

    return apply


def in_asset(name: str, key: str, value: object) -> Callable[[Spoilt], None]:
    return edit_item(lambda item: item["assets"][name].update({key: value}))


def one_pixel(name: str, value: int, where: Callable[[Spoilt], Pixels]) -> Callable[[Spoilt], None]:
    """Give the first pixel of a mask a value, away from the pixels that are sampled."""

    def apply(spoilt: Spoilt) -> None:
        mask = where(spoilt)
        for place in (*random_places(spoilt.facts), *random_pixels(spoilt.facts, spoilt.decided)):
            mask[place] = False
        rows, columns = np.nonzero(mask & (read(spoilt.folder, name) != value))
        change(spoilt.folder, name, (int(rows[0]), int(columns[0])), value)

    return apply


def is_chosen(spoilt: Spoilt) -> Pixels:
    mask: Pixels = read(spoilt.folder, INDEX) >= 0
    return mask


def is_short_term(spoilt: Spoilt) -> Pixels:
    valid = read(spoilt.folder, VALID)
    return is_chosen(spoilt) & (valid > 0) & (valid < spoilt.facts.threshold)


def is_vegetation(spoilt: Spoilt) -> Pixels:
    mask: Pixels = read(spoilt.folder, SCENE) == 4
    return mask


def every_band(alter: Callable[[Pixels], Pixels]) -> Callable[[Spoilt], None]:
    def apply(spoilt: Spoilt) -> None:
        for name in BANDS:
            rewrite(
                spoilt.folder, name,
                lambda pixels: np.where(pixels == NOTHING, NOTHING, alter(pixels.astype(np.int64))),
            )  # fmt: skip

    return apply


def forget_offset(pixels: Pixels) -> Pixels:
    return np.minimum(pixels + 1000, NOTHING - 1)


def swap(one: str, other: str) -> Callable[[Spoilt], None]:
    def apply(spoilt: Spoilt) -> None:
        first, second = read(spoilt.folder, one), read(spoilt.folder, other)
        rewrite(spoilt.folder, one, lambda _: second)
        rewrite(spoilt.folder, other, lambda _: first)

    return apply


def patch(
    names: tuple[str, ...], rows: slice, columns: slice, alter: Callable[[Pixels], Pixels]
) -> Callable[[Spoilt], None]:
    """Alter the pixels with data of a rectangle, in several layers."""

    def apply(spoilt: Spoilt) -> None:
        for name in names:

            def inside(pixels: Pixels) -> Pixels:
                part = pixels[rows, columns]
                pixels[rows, columns] = np.where(part == NOTHING, NOTHING, alter(part))
                return pixels

            rewrite(spoilt.folder, name, inside)

    return apply


def shift(name: str, axis: int) -> Callable[[Spoilt], None]:
    return lambda spoilt: rewrite(spoilt.folder, name, lambda pixels: np.roll(pixels, 1, axis))


def average_a_pixel(spoilt: Spoilt) -> None:
    """Give a pixel the mean of itself and its neighbour, in every band."""
    row, column = spoilt.sampled(
        lambda place: place[1] > 0 and spoilt.chosen(place)
        and read(spoilt.folder, "B04")[place] != NOTHING
        and abs(int(read(spoilt.folder, "B04")[place])
                - int(read(spoilt.folder, "B04")[place[0], place[1] - 1])) > 1
        and spoilt.chosen((place[0], place[1] - 1))
    )  # fmt: skip
    for name in BANDS:
        pixels = read(spoilt.folder, name).astype(np.int64)
        mean = int(pixels[row, column - 1 : column + 1].mean())
        if mean != pixels[row, column]:
            change(spoilt.folder, name, (row, column), mean)


def other_source(spoilt: Spoilt) -> None:
    """Say of a pixel that it comes from another granule."""
    place = spoilt.sampled(spoilt.chosen)
    index = int(read(spoilt.folder, INDEX)[place])
    change(spoilt.folder, INDEX, place, (index + 1) % len(spoilt.facts.sources))


def count_one_more(spoilt: Spoilt) -> None:
    places = random_pixels(spoilt.facts, spoilt.decided)
    place = next(place for place in places if spoilt.chosen(place))
    counted = int(read(spoilt.folder, VALID)[place])
    change(spoilt.folder, VALID, place, counted + 1)


def spread_off(spoilt: Spoilt) -> None:
    spread = read(spoilt.folder, SPREAD)
    places = random_pixels(spoilt.facts, spoilt.decided)
    place = next(place for place in places if spread[place] != NOTHING)
    change(spoilt.folder, SPREAD, place, int(spread[place]) + 2)


def smooth_aerosol(spoilt: Spoilt) -> None:
    rewrite(
        spoilt.folder, "quality_aot",
        lambda pixels: np.where(pixels == NOTHING, NOTHING, pixels + 1),
    )  # fmt: skip


def drop_last_input(document: dict[str, Any]) -> None:
    listed = document["Source_product_list"]
    listed.pop(max(listed, key=int))


def exchange_inputs(document: dict[str, Any]) -> None:
    listed = document["Source_product_list"]
    first, second, *_ = listed
    listed[first], listed[second] = listed[second], listed[first]


def other_threshold(spoilt: Spoilt) -> None:
    """Count every pixel of the STC as one with a spread: as if the medoid had begun earlier."""
    short = is_short_term(spoilt)
    rewrite(spoilt.folder, SPREAD, lambda pixels: np.where(short, 100, pixels))


def blank(spoilt: Spoilt) -> None:
    """Make the picture grey: red, green and blue the same everywhere."""
    for name in ("B02", "B03", "B04"):
        rewrite(spoilt.folder, name, lambda pixels: np.where(pixels == NOTHING, NOTHING, 900))


CLOUD = patch(("B02", "B03", "B04"), slice(200, 260), slice(200, 260), lambda part: part * 0 + 7000)
WHITE_FIELD = patch(BANDS, slice(200, 260), slice(200, 260), lambda part: part * 0 + 6500)
SEAM = patch(BANDS, slice(0, 512), slice(128, 256), lambda part: part + 600)

MUTATIONS = (
    Mutation("a bit of B04 is flipped", "L0.1-manifest", flip_a_byte),
    Mutation("the manifest states another size", "L0.1-manifest", edit_manifest("size", 1)),
    Mutation("the manifest states another digest", "L0.1-manifest",
             edit_manifest("sha256", "0" * 64)),
    Mutation("the manifest lists a file that is nowhere", "L0.1-manifest",
             edit_manifest("path", "nowhere")),
    Mutation("a layer is missing", "L0.1-complete", remove_layer),
    Mutation("a file too many", "L0.1-complete", add_a_file),
    Mutation("INSPIRE: another identifier", "L0.2-inspire",
             edit_inspire("S2GM_", "S2GX_")),
    Mutation("INSPIRE: cut off", "L0.2-inspire", cut_inspire),
    Mutation("INSPIRE: no lineage", "L0.2-inspire", edit_inspire("gmd:lineage", "gmd:linage")),
    Mutation("B11 is cut short", "L0.3-readable", cut_layer),
    Mutation("no data is 0 in B03", "L0.3-rasters", property_of("B03", nodata=0)),
    Mutation("B03 is in the zone beside", "L0.3-rasters", property_of("B03", crs="EPSG:32632")),
    Mutation("the georeference is off by a pixel", "L0.3-rasters", shift_georeference),
    Mutation("B05 is of floating point", "L0.3-rasters",
             property_of("B05", dtype="float32")),
    Mutation("the scale tag of B04 is ten times larger", "L0.3-rasters",
             property_of("B04", scales=(0.001,))),
    Mutation("B04 has an offset tag of -0.1", "L0.3-rasters",
             property_of("B04", offsets=(-0.1,))),
    Mutation("the angle of the sun is in radians by its unit tag", "L0.3-rasters",
             property_of("sun_zenith", units=("rad",))),
    Mutation("a row is missing", "L0.3-rasters", cut_a_row),
    Mutation("B08 is no cloud-optimised file", "L0.3-rasters", plain_tiff),
    Mutation("a key of the metadata is missing", "L0.4-json", drop_key),
    Mutation("JSON: another period", "L0.4-json", edit_json(
        Mosaicking_period_start="2022-04-01", Mosaicking_period_end="2022-04-30")),
    Mutation("JSON: another kind of period", "L0.4-json",
             edit_json(Compositing_period="Yearly")),
    Mutation("JSON: another resolution", "L0.4-json", edit_json(Resolution_distance=60)),
    Mutation("JSON: another tile", "L0.4-json", edit_json(Tile_list=["29RKH"])),
    Mutation("JSON: another scale of B04", "L0.4-json", edit_band(Scaling_factor=0.001)),
    Mutation("JSON: the file of another band", "L0.4-json", edit_band(File_path="B05.tiff")),
    Mutation("JSON: a layer is listed twice", "L0.4-json", list_twice),
    Mutation("STAC: the dates of another month", "L0.4-stac", edit_item(
        lambda item: item["properties"].update(
            start_datetime="2022-04-01T00:00:00Z", end_datetime="2022-04-30T23:59:59Z"))),
    Mutation("STAC: the zone beside", "L0.4-stac",
             edit_item(lambda item: item["properties"].update({"proj:code": "EPSG:32632"}))),
    Mutation("STAC: the box of another place", "L0.4-stac",
             edit_item(lambda item: item.update(bbox=[10.0, 50.0, 11.0, 51.0]))),
    Mutation("STAC: another scale of B04", "L0.4-stac", in_asset("B04", "raster:scale", 0.01)),
    Mutation("STAC: no time", "L0.4-stac",
             edit_item(lambda item: item["properties"].pop("datetime"))),
    Mutation("STAC: an asset leads to nothing", "L0.4-stac",
             in_asset("B04", "href", "./31UDS/B04.tiff")),
    Mutation("STAC: another checksum", "L0.4-stac",
             in_asset("B04", "file:checksum", "1220" + "0" * 64)),
    Mutation("STAC: another size", "L0.4-stac", in_asset("metadata", "file:size", 1)),
    Mutation("STAC: a layer without an asset", "L0.4-stac",
             edit_item(lambda item: item["assets"].pop("B8A"))),
    Mutation("a pixel is of cloud by its class", "L1.1-scl", one_pixel(SCENE, 9, is_chosen)),
    Mutation("a source that is not listed", "L1.1-index", one_pixel(INDEX, 90, is_chosen)),
    Mutation("a spread where the STC chose", "L1.1-spread",
             one_pixel(SPREAD, 100, is_short_term)),
    Mutation("a hole in B06", "L1.1-nodata", one_pixel("B06", NOTHING, is_chosen)),
    Mutation("a view from 12 degrees", "L1.1-zenith",
             one_pixel("view_zenith_mean", 1200, is_chosen)),
    Mutation("more valid observations than inputs", "L1.1-valid",
             one_pixel(VALID, 90, is_chosen)),
    Mutation("snow on a green field", "L1.1-snow", one_pixel(SCENE, 11, is_vegetation)),
    Mutation("an azimuth of 400 degrees", "L1.1-angles",
             one_pixel("sun_azimuth", 40000, is_chosen)),
    Mutation("a cloud confidence of 150 percent", "L1.1-layers",
             one_pixel("quality_cloud_confidence", 150, is_chosen)),
    Mutation("a scale factor of ten too much", "L1.2-scale",
             every_band(lambda pixels: np.minimum(pixels * 10, NOTHING - 1))),
    Mutation("a scale factor of ten too little", "L1.2-scale",
             every_band(lambda pixels: pixels // 10)),
    Mutation("the offset of -1000 is forgotten", "L1.2-offset", every_band(forget_offset)),
    Mutation("B04 and B08 are exchanged", "L1.2-bands", swap("B04", "B08")),
    Mutation("B02 and B11 are exchanged", "L1.2-bands", swap("B02", "B11")),
    Mutation("a cloud is pasted in, in red, green and blue", "L1.3-class", CLOUD),
    Mutation("a white field is pasted in, in every band", "L1.3-class", WHITE_FIELD),
    Mutation("a column of blocks is brighter", "L1.4-blocks", SEAM),
    Mutation("B03 is shifted by a row", "L1.4-shift", shift("B03", 0)),
    Mutation("B8A is shifted by a column", "L1.4-shift", shift("B8A", 1)),
    Mutation("the picture is grey", "L1.5-quicklook", blank),
    Mutation("a pixel is the mean of two", "L3.2-spectra", average_a_pixel),
    Mutation("a pixel is said to be from another granule", "L3.2-spectra", other_source),
    Mutation("aerosol is off by one step", "L3.3-blocks", smooth_aerosol),
    Mutation("a valid observation too many", "L3.4-reference", count_one_more),
    Mutation("a spread is off by two steps", "L3.4-reference", spread_off),
    Mutation("the last input is not in the metadata", "L3.1-inputs",
        lambda spoilt: spoilt.edit(drop_last_input)),
    Mutation("the inputs are in another order", "L3.1-inputs",
        lambda spoilt: spoilt.edit(exchange_inputs)),
    Mutation("pixels of the STC pass for medoids", "L3.5-method", other_threshold),
    Mutation("a block that no news touches is another", "L2.5-unchanged",
             patch(("B07",), slice(420, 500), slice(420, 500), lambda part: part + 1)),
)  # fmt: skip
