"""The nouns of the service: bands, periods, grids, granules, mosaics, names, errors, rasters."""
