"""What a revision was composed of: its definition, and its inputs brought back as observations."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from catalog.recorded import Recorded
from products.errors import BadInput, GranuleRejected
from products.granule import Granule
from products.mosaic import Definition
from tasks.ingest import obtain
from tasks.stack import Stack
from tasks.workshop import Workshop


def stack_of(workshop: Workshop, inputs: Sequence[tuple[Granule, str]], resolution: int) -> Stack:
    """Return the observations of granules; those that are not in the working store are decoded.

    Raises GranuleRejected where one does not have the checksum that was recorded with it.
    """
    granules = tuple(granule for granule, _ in inputs)
    observations = tuple(obtain(workshop, granule) for granule in granules)
    for (granule, checksum), observation in zip(inputs, observations, strict=True):
        if observation.checksum != checksum:
            raise GranuleRejected(
                "changed",
                f"{granule.id} gives other pixels than when it was ingested; its source changed: "
                "restore it, or deliver it as a new granule.",
            )
    return Stack(granules, observations, resolution)


def definition_of(revision: Recorded) -> Definition:
    """Return the definition of a revision, or raise BadInput where this version has another one.

    The threshold is a setting; algorithm and layout are what this version of the program does.
    """
    stated = json.loads(revision.definition)
    ours = asdict(Definition(threshold=stated.get("threshold", 0)))
    apart = sorted(name for name in {*stated, *ours} if stated.get(name) != ours.get(name))
    if apart:
        told = ", ".join(f"{name} {stated.get(name)}, not {ours.get(name)}" for name in apart)
        raise BadInput(
            f"Revision {revision.ordinal} of {revision.key} was composed by another version "
            f"({told}); use the version of S2GM that composed it."
        )
    return Definition.from_json(revision.definition)
