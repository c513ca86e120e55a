"""Copy what the hub's pages use of others to ``hub/static/vendor``, with versions and checksums.

``make vendor`` runs it after npm has installed what ``package-lock.json`` names, every package
checked against the hash that stands there.
"""

import hashlib
import json
import shutil
from pathlib import Path

HERE = Path(__file__).parent
HUB = HERE.parents[1] / "hub"
WANTED = {
    "htmx.org": ("dist/htmx.min.js", "LICENSE"),
    "htmx-ext-sse": ("dist/sse.min.js", "LICENSE"),
    "idiomorph": ("dist/idiomorph-ext.min.js", "LICENSE"),
    "leaflet": (
        "dist/leaflet.js",
        "dist/leaflet.css",
        "dist/images/layers.png",
        "dist/images/layers-2x.png",
        "dist/images/marker-icon.png",
        "dist/images/marker-icon-2x.png",
        "dist/images/marker-shadow.png",
        "LICENSE",
    ),
    "uplot": ("dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"),
    "topojson-client": ("dist/topojson-client.min.js", "LICENSE"),
    "world-atlas": ("countries-110m.json", "countries-50m.json", "LICENSE"),
}


def gather(packages: Path, hub: Path) -> None:
    """Copy the wanted files, and write ``vendor.json`` and ``SHA256SUMS``."""
    target = hub / "static" / "vendor"
    shutil.rmtree(target, ignore_errors=True)
    versions = {}
    sums = []
    for name, files in WANTED.items():
        about = json.loads((packages / name / "package.json").read_text())
        versions[name] = {
            "version": about["version"],
            "license": about.get("license", "see its LICENSE"),
        }
        for file in files:
            place = Path(name) / file.removeprefix("dist/")
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(packages / name / file, target / place)
            digest = hashlib.sha256((target / place).read_bytes()).hexdigest()
            sums.append(f"{digest}  {place.as_posix()}\n")
    (target / "SHA256SUMS").write_text("".join(sorted(sums, key=lambda line: line[66:])))
    (hub / "vendor.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    gather(HERE / "node_modules", HUB)
