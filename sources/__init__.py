"""Where granules come from: SAFE folders, STAC catalogs and APIs, and the simulator."""
