"""``s2gm tailor`` and ``s2gm verify``: what they print, and how they refuse."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qc.manifest import MANIFEST, check_manifest
from s2gm.cli import app, main
from tasks.tailor import tailor
from tests.tasks.conftest import Shop
from tests.tasks.tailor_world import order_of, square

Run = Callable[..., tuple[int, str, str]]
AREA = square().wkt


@pytest.fixture
def s2gm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line as the shell does; gives exit code, output and errors."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["s2gm", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def words(shop: Shop, out: Path, **changes: str) -> list[str]:
    options = {
        "area": AREA,
        "period": "MONTH",
        "start": "2022-01-01",
        "name": "Test",
        "resolution": "20",
        "out": str(out),
    } | changes
    flat = [word for key, value in options.items() for word in (f"--{key}", value)]
    return ["--home", str(shop.home), "tailor", *flat]


def test_the_last_line_is_the_base_folder(shop: Shop, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, words(shop, tmp_path / "out", bands="B04,B08,SCENE"))
    assert result.exit_code == 0, result.output
    folder = Path(result.output.splitlines()[-1])
    assert folder.is_absolute()
    assert folder.parent == (tmp_path / "out").resolve()
    assert len(list((folder / "Test").iterdir())) == 4
    again = CliRunner().invoke(app, words(shop, tmp_path / "out", bands="b04, b08,SCENE"))
    assert again.output.splitlines()[-1] == str(folder)


@pytest.mark.parametrize("suffix", [".geojson", ".wkt", ""])
def test_an_area_may_be_a_file(shop: Shop, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"area{suffix}"
    ring = [list(point) for point in square().exterior.coords]
    geojson = json.dumps({"type": "Polygon", "coordinates": [ring]})
    path.write_text("\ufeff" + (geojson if suffix == ".geojson" else AREA))
    result = CliRunner().invoke(app, words(shop, tmp_path / "out", area=str(path), bands="B04"))
    assert result.exit_code == 0, result.output
    expected = order_of(square()).area.geometry
    assert expected.equals(order_of(path.read_text()).area.geometry)


def test_a_long_polygon_is_not_taken_for_the_name_of_a_file(shop: Shop, tmp_path: Path) -> None:
    fine = square().segmentize(0.0005).wkt
    assert 300 < len(fine) < 4096
    result = CliRunner().invoke(app, words(shop, tmp_path / "out", area=fine, bands="B04"))
    assert result.exit_code == 0, result.output


BAD = [
    ({"area": "POLYGON ((6 50, 7 51, 7 50, 6 51, 6 50))"}, "not a valid polygon"),
    ({"area": "POINT (6 50)"}, "give a Polygon or MultiPolygon"),
    ({"area": "somewhere"}, "neither WKT nor GeoJSON"),
    ({"area": "POLYGON ((50.46 186.29, 50.47 186.29, 50.47 186.3, 50.46 186.29))"}, "in degrees"),
    ({"area": "missing.geojson"}, "There is no file missing.geojson"),
    ({"area": "x" * 3000}, "neither WKT nor GeoJSON"),
    ({"area": "31UZZ"}, "is not an MGRS tile"),
    ({"area": "32UKA"}, "has no tile 32UKA"),
    ({"area": "31UDQ"}, "lies outside the data"),
    ({"area": "POLYGON ((0 85, 1 85, 1 86, 0 85))"}, "beyond"),
    ({"period": "WEEK"}, "choose one of DAY"),
    ({"start": "2022-01-02"}, "starts on 2022-01-01"),
    ({"start": "yesterday"}, "not a date"),
    ({"start": "2022-03-01"}, "no observation"),
    ({"resolution": "30"}, "choose 10, 20 or 60"),
    ({"bands": "B04,B99"}, "There is no band B99"),
    ({"bands": "B04,B04"}, "asked for twice"),
    ({"bands": "B01"}, "choose other bands"),
    ({"format": "BMP"}, "choose from GEO_TIFF, JP2, NETCDF"),
    ({"crs": "MOON"}, "choose from UTM, WGS84"),
    ({"name": "../../etc"}, "cannot name an order"),
    ({"name": ""}, "cannot name an order"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    shop: Shop, tmp_path: Path, s2gm: Run, change: dict[str, str], sentence: str
) -> None:
    out = tmp_path / "out"
    code, printed, errors = s2gm(*words(shop, out, **change))
    assert (code, printed) == (1, "")
    assert errors.startswith("s2gm: ")
    assert errors.count("\n") == 1
    assert sentence in errors
    assert not out.exists() or not list(out.iterdir())


def test_a_file_of_bytes_or_a_folder_is_no_area(shop: Shop, tmp_path: Path, s2gm: Run) -> None:
    (tmp_path / "bytes.geojson").write_bytes(b"\xff\xfe\x00{")
    code, _, errors = s2gm(*words(shop, tmp_path / "out", area=str(tmp_path / "bytes.geojson")))
    assert (code, errors.count("\n")) == (1, 1)
    assert "is not text" in errors
    code, _, errors = s2gm(*words(shop, tmp_path / "out", area=str(tmp_path)))
    assert (code, errors.count("\n")) == (1, 1)


def test_a_folder_that_cannot_be_written_is_refused_before_work(
    shop: Shop, tmp_path: Path, s2gm: Run
) -> None:
    (tmp_path / "file").write_text("")
    code, _, errors = s2gm(*words(shop, tmp_path / "file" / "out", period="QUARTER"))
    assert (code, errors.count("\n")) == (1, 1)
    assert "is no folder that can be written; give another --out" in errors
    assert "QUARTER" not in CliRunner().invoke(app, ["--home", str(shop.home), "mosaics"]).output


def test_a_folder_without_permission_is_refused(
    shop: Shop, tmp_path: Path, s2gm: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath("closed").mkdir(mode=0o500)
    real = os.access  # which never refuses root

    def access(path: Path, mode: int) -> bool:
        return not (mode & os.W_OK and "closed" in str(path)) and real(path, mode)

    monkeypatch.setattr(os, "access", access)
    code, _, errors = s2gm(*words(shop, tmp_path / "closed"))
    assert code == 1
    assert "is no folder that can be written" in errors


def test_an_order_larger_than_the_disk_is_refused(shop: Shop, tmp_path: Path, s2gm: Run) -> None:
    world = "POLYGON ((-180 -70, 180 -70, 180 70, -180 70, -180 -70))"
    code, _, errors = s2gm(*words(shop, tmp_path / "out", area=world, crs="WGS84", resolution="10"))
    assert (code, errors.count("\n")) == (1, 1)
    assert "needs up to" in errors


# ------------------------------------------------------------------ verify


@pytest.fixture
def product(shop: Shop, tmp_path: Path) -> Path:
    return tailor(shop.workshop, order_of(square()), tmp_path / "product")


def test_a_whole_product_verifies(product: Path, s2gm: Run) -> None:
    code, printed, _ = s2gm("verify", product)
    assert code == 0
    assert printed == f"{product.name}: every file is as it was published.\n"


def test_broken_missing_and_extra_files_are_named(product: Path, s2gm: Run) -> None:
    broken, shorter, missing = (
        next(product.rglob(pattern)) for pattern in ("B02_*", "B03_*", "B04_*")
    )
    pixels = bytearray(broken.read_bytes())
    pixels[len(pixels) // 2] ^= 1
    broken.write_bytes(pixels)
    shorter.write_bytes(shorter.read_bytes()[:-1])
    missing.unlink()
    (product / "Test" / "extra.txt").write_text("hello")
    (product / "dangling").symlink_to("/nowhere")
    code, printed, _ = s2gm("verify", product)
    assert code == 1
    *problems, last = printed.splitlines()
    assert sorted(problems) == sorted(
        [
            f"Test/{missing.name} is missing",
            "Test/extra.txt does not belong here",
            "dangling does not belong here",
            f"Test/{broken.name} is broken: its SHA-256 is not the one in the manifest",
            f"Test/{shorter.name} is broken: {shorter.stat().st_size} bytes instead of "
            f"{shorter.stat().st_size + 1}",
        ]
    )
    assert last == f"{product.name}: 5 of its files are not as they were published."


def test_a_link_is_not_the_file_that_was_published(product: Path, tmp_path: Path) -> None:
    layer = next(product.rglob("B02_*"))
    shutil.move(layer, tmp_path / "elsewhere")
    layer.symlink_to(tmp_path / "elsewhere")
    assert check_manifest(product) == [
        f"Test/{layer.name} is broken: it is not a file but a link or device"
    ]


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\xff\xfe", b"null", b"[]", b"{",
        b'{"files": null}', b'{"files": "abc"}', b'{"files": [1]}',
        b'{"files": [{"path": "x"}]}', b"[" * 100_000, b'{"files": {"path": 1}}',
    ],
)  # fmt: skip
def test_a_garbage_manifest_is_said_to_be_one(product: Path, s2gm: Run, garbage: bytes) -> None:
    (product / MANIFEST).write_bytes(garbage)
    code, printed, errors = s2gm("verify", product)
    assert (code, errors) == (1, "")
    assert printed.startswith("manifest.json cannot be read (")


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "Test/../../x", "a\nb", "\x1b[2J", "\ud800", "x" * 999],
)
def test_hostile_paths_are_only_missing_files(product: Path, s2gm: Run, path: str) -> None:
    document = json.loads((product / MANIFEST).read_text())
    size = Path("/etc/passwd").stat().st_size
    document["files"].append({"path": path, "size": size, "sha256": "0" * 64})
    (product / MANIFEST).write_text(json.dumps(document))
    code, printed, _ = s2gm("verify", product)
    assert code == 1
    problem, _ = printed.splitlines()
    assert problem.endswith(" is missing")
    assert problem.isprintable()
    assert len(problem) < 300


def test_what_is_no_product_is_refused(tmp_path: Path, s2gm: Run) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        code, _, errors = s2gm("verify", folder)
        assert code == 1
        assert "give the base folder of a product" in errors
