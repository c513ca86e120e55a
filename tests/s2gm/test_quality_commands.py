"""``s2gm qc`` and ``s2gm reproduce`` as a person uses them."""

import json
import re
import shutil
from pathlib import Path

import jsonschema
import pytest
import sqlalchemy as sa

from catalog.query import mosaics
from tasks.settings import Settings
from tasks.workshop import has_catalog
from tests.qc.foreign import make_foreign, rewrite_metadata
from tests.qc.pages import SCHEMA
from tests.qc.spoil import change
from tests.s2gm.conftest import ROOT, Said, s2gm
from tests.tasks.helpers import run, workshop, write_archive


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("quality")
    write_archive(root / "archive", days=12, corrupt=False)
    assert run(root / "home", root / "archive") == 1
    return root / "home"


@pytest.fixture(scope="module")
def published(home: Path) -> Path:
    opened = workshop(home)
    with opened.catalog.transaction() as session:
        (status,) = mosaics(session)
    opened.catalog.close()
    return home / (status.product or "")


@pytest.fixture
def product(published: Path, tmp_path: Path) -> Path:
    """A copy of the product that a test may spoil."""
    return Path(shutil.copytree(published, tmp_path / published.name))


def verdicts(said: Said) -> dict[str, str]:
    return {entry["rule"]: entry["verdict"] for entry in json.loads(said.stdout)["findings"]}


def test_a_product_passes_with_its_catalog(home: Path, product: Path) -> None:
    said = s2gm("--home", home, "qc", product)
    assert said.returncode == 0, said.stdout + said.stderr
    for words in (
        "L0 Integrity",
        "L1 Plausibility",
        "L3 Validation",
        "L3.4-refer",
    ):
        assert words in said.stdout
    assert re.match(f"{product.name}: (PASS|WARN) .0 FAIL, ", said.stdout.splitlines()[-1])
    skipped = re.search(r"(\d+) SKIPPED", said.stdout.splitlines()[-1])
    told = re.findall(r"^left out: (\d+) rules? \(", said.stdout, re.MULTILINE)
    assert skipped
    assert sum(map(int, told)) == int(skipped[1])
    first = "It is the first revision of its mosaic."
    rules = ", ".join(f"L2.{each}" for each in ("1-reflectance", "2-distribution", "3-scene"))
    assert f"left out: 6 rules ({rules}, L2.4-source, L2.5-unchanged, L2.7-others): {first}" in (
        said.stdout
    )


def test_json_tells_the_same(home: Path, product: Path) -> None:
    said = s2gm("--home", home, "qc", product, "--json")
    told = json.loads(said.stdout)
    jsonschema.validate(told, SCHEMA)
    assert (told["product"], told["not_compared"]) == (product.name, None)
    assert (told["revision"], told["decisions"]) == (1, [])
    assert told["verdict"] == ("WARN" if told["counts"]["WARN"] else "PASS")
    assert told["counts"]["FAIL"] == 0
    found = verdicts(said)
    assert found["L3.3-blocks"] == found["L3.4-reference"] == "PASS"
    assert sum(told["counts"].values()) == len(found)


def test_a_spoilt_product_fails(home: Path, product: Path) -> None:
    change(product, "source_index", (1, 1), 3000)
    said = s2gm("--home", home, "qc", product, "--json")
    assert said.returncode == 1
    failing = {rule for rule, verdict in verdicts(said).items() if verdict == "FAIL"}
    assert {"L0.1-manifest", "L1.1-index"} <= failing


def test_a_reference_is_compared_layer_by_layer(
    home: Path, product: Path, published: Path, tmp_path: Path
) -> None:
    said = s2gm("qc", product, "--reference", published, "--json")
    assert said.returncode == 0
    told = json.loads(said.stdout)
    jsonschema.validate(told, SCHEMA)
    (comparison,) = told["comparisons"]
    assert (comparison["reference"], comparison["same_period"]) == (published.name, True)
    assert {layer["likeness"] for layer in comparison["layers"]} == {"equal"}
    change(product, "sun_zenith", (1, 1), 1)
    said = s2gm("--home", home, "qc", product, "--reference", published, "--json")
    assert said.returncode == 1
    (comparison,) = json.loads(said.stdout)["comparisons"]
    changed = {layer["layer"]: layer["changed"] for layer in comparison["layers"]}
    assert changed.pop("SUN_ZENITH") == 1
    assert set(changed.values()) == {0}


def test_the_report_is_written_where_it_is_asked_for(
    product: Path, published: Path, tmp_path: Path
) -> None:
    asked = ("qc", product, "--reference", published, "--report", tmp_path / "out")
    said = s2gm(*asked)
    assert said.returncode == 0, said.stderr
    page = tmp_path / "out" / f"{product.name}.html"
    assert said.stdout.splitlines()[-2] == str(page)
    assert published.name in page.read_text()
    told = json.loads(page.with_suffix(".json").read_bytes())
    assert (told["product"], told["not_run"]) == (product.name, [])
    printed = json.loads(s2gm("qc", product, "--reference", published, "--json").stdout)
    assert printed | {"checked": ""} == told | {"checked": ""}
    (tmp_path / "file").touch()
    said = s2gm("--home", tmp_path, "qc", product, "--report", tmp_path / "file")
    assert said.returncode == 1
    assert said.stderr.startswith(f"s2gm: {tmp_path / 'file'} cannot be written")


def test_no_report_is_written_into_a_product(product: Path, published: Path) -> None:
    for out in (product, product / "31UDS", product / "new" / "er", published / "31UDS"):
        said = s2gm("qc", product, "--report", out)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr.startswith(f"s2gm: --report {out} lies in the product {product.name}")
    assert not (product / "new").exists()


def test_no_catalog_is_made(product: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for named in ((), ("--home", tmp_path / "there")):
        said = s2gm(*named, "qc", product)
        assert said.returncode == 0, said.stderr
        assert "There is no catalog in --home" in said.stdout
        assert said.stdout.endswith(" SKIPPED). Its inputs were not checked.\n")
    assert list((tmp_path / "there").iterdir()) == []
    assert not (ROOT / "s2gm-home").exists()


def test_a_data_root_that_is_not_there_is_not_made(product: Path, tmp_path: Path) -> None:
    none = tmp_path / "none"
    asked = (
        ("qc", product),
        ("mosaics",),
        ("granules",),
        ("reproduce", product),
        ("report", "--month", "2022-01", "--out", tmp_path / "x.html"),
        ("explain", "31UDS", "MONTH", "2022-01-01", "20", "--x", "501700", "--y", "5629400"),
    )
    for words in asked:
        said = s2gm("--home", none, *words)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr.startswith(f"s2gm: There is no data root {none}; ")
        assert said.stderr.count("\n") == 1
        assert not none.exists()
    said = s2gm("qc", product, S2GM_HOME=str(none))
    assert said.stderr.startswith(f"s2gm: There is no data root {none}; ")


def test_a_reference_of_another_kind_is_not_compared(
    product: Path, published: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(published, tmp_path / "other"))
    rewrite_metadata(other, lambda document: document.update(Tile_list=["31UDT"]))
    asked = ("qc", product, "--reference", other)
    said = s2gm(*asked)
    assert said.returncode == 3
    last = said.stdout.splitlines()[-1]
    assert last.startswith(f"{product.name}: NOT COMPARED (0 FAIL, ")
    why = f"It cannot be compared with {published.name}: their tiles differ (31UDS against 31UDT)."
    assert last.endswith(f" SKIPPED). {why} Its inputs were not checked.")
    said = s2gm(*asked, "--json")
    told = json.loads(said.stdout)
    assert (said.returncode, told["not_compared"], told["comparisons"]) == (3, why, [])
    change(product, "source_index", (1, 1), 3000)
    said = s2gm(*asked)
    assert said.returncode == 1
    assert said.stdout.splitlines()[-1].startswith(f"{product.name}: FAIL (")
    assert why in said.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("",), "DIR is empty; give a folder."),
        (("PRODUCT", "--reference", ""), "--reference is empty; give a folder."),
        (("PRODUCT", "--report", ""), "--report is empty; give a folder."),
        (("PRODUCT/manifest.json",), "is a file; give the base folder of a product."),
        (("PRODUCT", "--reference", "PRODUCT/manifest.json"), "is a file; give the base folder"),
    ],
)
def test_what_is_no_folder_is_one_sentence(
    product: Path, words: tuple[str, ...], sentence: str
) -> None:
    said = s2gm("qc", *(word.replace("PRODUCT", str(product)) for word in words))
    assert (said.returncode, said.stdout) == (1, "")
    assert sentence in said.stderr
    assert said.stderr.count("\n") == 1


def test_an_empty_database_is_no_catalog(product: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file = tmp_path / "there" / "catalog.sqlite"
    file.touch()
    said = s2gm("--home", tmp_path / "there", "qc", product)
    assert said.returncode == 0, said.stderr
    assert "There is no catalog" in said.stdout
    assert file.read_bytes() == b""
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.sqlite'}"
    engine = sa.create_engine(elsewhere)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE other (id INTEGER)"))
    assert not has_catalog(Settings(home=tmp_path / "there", database=elsewhere))
    assert sa.inspect(engine).get_table_names() == ["other"]
    engine.dispose()


def test_a_database_that_does_not_answer_is_one_sentence(product: Path, tmp_path: Path) -> None:
    said = s2gm("--home", tmp_path, "qc", product, S2GM_DATABASE="mysql://nobody@nowhere/none")
    assert said.returncode == 1
    assert said.stderr.startswith("s2gm: The setting S2GM_DATABASE is not")
    assert said.stderr.count("\n") == 1


def test_a_product_made_elsewhere(home: Path, product: Path) -> None:
    make_foreign(product)
    shutil.move(product, product.with_name(product.name[:-1] + "77"))
    moved = product.with_name(product.name[:-1] + "77")
    for path in (*moved.rglob("metadata_*.json"), moved / "inspire.xml"):
        path.write_text(path.read_text().replace(product.name, moved.name))
    said = s2gm("--home", home, "qc", moved)
    assert said.returncode == 0, said.stdout
    assert "does not know this product" in said.stdout
    assert "It was made elsewhere" in said.stdout


@pytest.mark.parametrize("options", [(), ("--reference", "nowhere")])
def test_what_is_no_product_is_one_sentence(
    home: Path, product: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    said = s2gm("--home", home, "qc", product if options else tmp_path / "nowhere", *options)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("s2gm: There is no folder ")
    assert said.stderr.count("\n") == 1


def test_a_published_product_is_reproduced(home: Path, published: Path) -> None:
    for asked in (published.name, published):
        said = s2gm("--home", home, "reproduce", asked)
        assert said.returncode == 0, said.stderr
        *files, verdict = said.stdout.splitlines()
        assert {line.split()[0] for line in files} == {"equal"}
        assert verdict == f"{published.name}: all {len(files)} files are equal, bit by bit."


def test_a_tampered_product_is_not(home: Path, product: Path) -> None:
    change(product, "B08", (1, 1), 1)
    said = s2gm("--home", home, "reproduce", product)
    assert said.returncode == 1
    lines = said.stdout.splitlines()
    different = [line.split()[1] for line in lines if line.startswith("different")]
    assert [Path(name).name.split("_")[0] for name in different] == ["B08", "manifest.json", "stac"]
    assert "1 pixel differs" in lines[-2]
    assert lines[-1].startswith(f"{product.name}: 3 of ")


def test_only_a_catalog_can_reproduce(published: Path, tmp_path: Path) -> None:
    said = s2gm("--home", tmp_path / "none", "reproduce", published)
    assert said.returncode == 1
    assert said.stderr.startswith("s2gm: There is no data root")
    assert not (tmp_path / "none").exists()
