"""Stack: the inputs of one mosaic, and which layers they allow."""

from dataclasses import dataclass

from products.bands import LAYERS, REFLECTANCE, Layer
from products.granule import Granule
from tasks.carry import Input
from tasks.observation import Observation

ANGLE_LAYERS = {
    "SUN_ZENITH": "sun_zenith",
    "SUN_AZIMUTH": "sun_azimuth",
    "VIEW_ZENITH_MEAN": "view_zenith",
    "VIEW_AZIMUTH_MEAN": "view_azimuth",
}
"""Layers that are interpolated from an angle of the winner."""
COPIED_LAYERS = {"AOT": "AOT", "CLOUD": "CLOUD", "SNOW": "SNOW", "SCENE": "SCL"}
"""Layers that are copied from a layer of the winner."""


@dataclass(frozen=True)
class Stack:
    """The inputs of one mosaic, in source_index order (oldest first)."""

    granules: tuple[Granule, ...]
    observations: tuple[Observation, ...]
    resolution: int

    @property
    def bands(self) -> tuple[str, ...]:
        """Reflectance bands that every input has."""
        return tuple(b.name for b in REFLECTANCE if all(o.has(b.name) for o in self.observations))

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Layers that the inputs allow, in the order of the specification."""
        return tuple(layer for layer in LAYERS if self._allows(layer))

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What the layers depend on, by input."""
        return tuple(
            Input(observation.folder.name, observation.checksum, granule.datatake)
            for granule, observation in zip(self.granules, self.observations, strict=True)
        )

    def _allows(self, layer: Layer) -> bool:
        if layer.is_reflectance:
            return layer.name in self.bands
        if angle := ANGLE_LAYERS.get(layer.api_id):
            return any(angle in o.angles for o in self.observations)
        if copied := COPIED_LAYERS.get(layer.api_id):
            return any(o.has(copied) for o in self.observations)
        return True
