"""Where the reflectance bands lie in the spectrum (specification section 10.1)."""

SENSORS = ("S2_nominal", "S2A", "S2B")
"""Sensors of ``SPECTRAL``, in order.

Sentinel-2C is missing: no figures of it could be cited when this was written.
"""

SPECTRAL = {
    "B01": ((443, 20), (443.9, 27), (442.3, 45)),
    "B02": ((490, 65), (496.6, 98), (492.1, 98)),
    "B03": ((560, 35), (560.0, 45), (559.0, 46)),
    "B04": ((665, 30), (664.5, 38), (665.0, 39)),
    "B05": ((705, 15), (703.9, 19), (703.8, 20)),
    "B06": ((740, 15), (740.2, 18), (739.1, 18)),
    "B07": ((783, 20), (782.5, 28), (779.7, 28)),
    "B08": ((842, 115), (835.1, 145), (833.0, 133)),
    "B8A": ((865, 20), (864.8, 33), (864.0, 32)),
    "B11": ((1610, 90), (1613.7, 143), (1610.4, 141)),
    "B12": ((2190, 180), (2202.4, 242), (2185.7, 238)),
}
"""By band, then by sensor: centre and bandwidth in nm."""
