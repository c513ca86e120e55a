"""How a pixel was chosen, told from the layers of a product (specification section 9.2)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from algorithms.kernels import MEDOID, NONE, SINGLE, STC

LABELS = ("none", "single observation", "STC", "MEDOID")
"""By code 0 to 3, as in ``Selection.method``."""

_NO_SPREAD = 65535
Array = npt.NDArray[Any]


def method_of(source: Array, valid_obs: Array, medoid_mos: Array) -> npt.NDArray[np.uint8]:
    """Return uint8 codes from source_index (int16), valid_obs (uint8) and medoid_mos (uint16)."""
    chosen = np.where(valid_obs == 1, SINGLE, np.where(medoid_mos == _NO_SPREAD, STC, MEDOID))
    return np.where(source < 0, NONE, chosen).astype(np.uint8)
