"""A year of NDVI from twelve monthly mosaics in NetCDF.

Run the cells in an editor, or the file as a whole:

    python docs/examples/ndvi_series.py "orders/S2GM*/*/*.nc" build/ndvi.png
"""

# %% What to open: twelve orders of one area, one for each month
import glob
import sys

import xarray as xr
from matplotlib.figure import Figure

pattern, picture = sys.argv[1:3]
mosaics = xr.open_mfdataset(sorted(glob.glob(pattern)))
print(mosaics)

# %% NDVI per pixel and month; values are reflectance, no data is NaN
ndvi = (mosaics.B08 - mosaics.B04) / (mosaics.B08 + mosaics.B04)
fields = mosaics.quality_scene_classification.isin([4, 5])
middle = ndvi.where(fields).quantile([0.1, 0.5, 0.9], dim=("y", "x")).compute()
share = ndvi.notnull().mean(dim=("y", "x")).compute()

# %% The series above, the months below
figure = Figure(figsize=(12, 8), layout="constrained")
series, *maps = figure.subplot_mosaic([["series"] * 6, list("abcdef"), list("ghijkl")]).values()
times = mosaics.time.values
series.fill_between(times, middle[0], middle[2], alpha=0.25, label="10 to 90 % of the pixels")
series.plot(times, middle[1], marker="o", label="median")
series.set(ylabel="NDVI", title="NDVI over land, monthly mosaics")
series.legend(loc="lower right")
for axes, month, covered in zip(maps, ndvi, share, strict=False):
    axes.imshow(month, vmin=0, vmax=0.95, cmap="YlGn", interpolation="nearest")
    axes.set_title(f"{str(month.time.values)[:7]}  {covered.item():.0%}", fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
figure.savefig(picture, dpi=80)
