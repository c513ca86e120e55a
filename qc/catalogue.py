"""All rules of quality control: what each measures, why, and what to do where it speaks.

``input`` rules look at a granule before it is used; L0 to L3 at a product before it is published
(specification section 12).
"""

from qc.described import LEVELS, Rule
from qc.input_rules import INPUT
from qc.quantity import PIXELS, Quantity, Side, share

__all__ = ["LEVELS", "RULES", "Rule"]

_AGAIN = "Compose it again with `s2gm recompose`; if it comes back, report it as a bug."
_BUG = "This is a bug: keep the product and report it."
_PROBLEMS = Quantity("problems", "problems")
_DIFFERENT = Quantity("pixels that are others", "pixels")

_L0 = (
    Rule(
        "L0.1-complete",
        "All files, and only those",
        "The names of the files in the product's folder against those that belong to it.",
        "A product with a missing file is useless to somebody; a file too many is from elsewhere.",
        _AGAIN,
        _PROBLEMS,
    ),
    Rule(
        "L0.1-manifest",
        "Files are as the manifest says",
        "Size and SHA-256 of every file against the manifest.",
        "Users check their downloads with it; a difference means that a file was changed or broke.",
        _AGAIN,
        _PROBLEMS,
    ),
    Rule(
        "L0.2-inspire",
        "INSPIRE record",
        "inspire.xml against the schema of ISO 19139 and the requirements of INSPIRE.",
        "Catalogues of public authorities take only valid records.",
        "Correct the settings of contact and links, then compose it again with `s2gm recompose`.",
        _PROBLEMS,
    ),
    Rule(
        "L0.3-readable",
        "Every layer can be read",
        "Whether the whole of every layer can be decoded. Rules that need a layer which cannot are "
        "left out, so that it is told once.",
        "A file that was cut short, on a disk or on its way, may open and still lack pixels.",
        "Fetch the product again from where it came; `s2gm repair` puts back files of a published "
        "product, composed again from its inputs.",
    ),
    Rule(
        "L0.3-rasters",
        "Raster properties",
        "Driver, type, no-data value, scale, offset, unit, reference system, size, place and "
        "layout of every layer.",
        "Programs place, mask and scale pixels by these properties.",
        _AGAIN,
        _PROBLEMS,
    ),
    Rule(
        "L0.4-json",
        "JSON metadata",
        "The JSON metadata against their schema, the number of sources against the inputs, and "
        "period, resolution, tile and layers against the product's name and files.",
        "Programs that read products rely on these keys.",
        _AGAIN,
        _PROBLEMS,
    ),
    Rule(
        "L0.4-stac",
        "STAC item",
        "The STAC item against its schema; its dates, place and scales against name and grid; and "
        "its assets against the files: each leads to one, with the size and checksum of the "
        "manifest, and each file that users read has one.",
        "Catalogs and readers of cloud-optimised files find the layers by it.",
        _AGAIN,
        _PROBLEMS,
    ),
)

_L1 = (
    Rule(
        "L1.1-scl",
        "SCL only in the valid set",
        "Pixels whose scene class is none of 2, 4, 5, 6 and 11 although an observation was chosen.",
        "Only clear land, water, dark areas and snow may be shown; clouds and shadows may not.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-index",
        "source_index inside the list",
        "Pixels whose source_index names no entry of the source list, or one that is said to be "
        "unused.",
        "source_index is how every pixel is traced back to its granule.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-spread",
        "medoid_mos exactly where the method is MEDOID",
        "Pixels with a spread but too few valid observations for a medoid, or the other way round.",
        "The spread tells users which method chose a pixel.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-nodata",
        "Reflectance exactly where an observation was chosen",
        "Pixels, over all bands, that have reflectance without a source, or a source without it.",
        "No data must mean the same in every layer.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-zenith",
        "View zenith below the limit",
        "The largest view zenith of an observation that was chosen.",
        "At swath edges the same ground looks different; such observations are not valid.",
        "Mosaics are composed of views of less than 11 degrees: where the limit is lower, every "
        "product fails, and the setting is to be corrected. Else this is a bug: keep the product "
        "and report it.",
        Quantity("largest view zenith", "degrees", "view_zenith"),
    ),
    Rule(
        "L1.1-valid",
        "valid_obs agrees with what was chosen",
        "Pixels with an observation but none valid, or more than there are inputs; and pixels "
        "without one whose valid_obs is neither no data nor a number at which the STC may refuse.",
        "valid_obs tells users how far a pixel can be trusted.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-snow",
        "Snow is confirmed by its spectrum",
        "Chosen pixels of class 11 whose stored spectrum has no NDSI above 0.6 or no brightness "
        "above 0.36. Where green was negative, and so is stored as 0, this cannot be told.",
        "Clouds are often classified as snow; only the spectrum keeps them out.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-angles",
        "Angles are possible, and only where something was chosen",
        "Pixels whose sun or view zenith is above 90 degrees, whose azimuth is above 360 degrees, "
        "or that have an angle without an observation.",
        "Corrections of sun and view geometry rely on the angles.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.1-layers",
        "Quality layers within their range, and only where something was chosen",
        "Pixels whose cloud or snow confidence is above 100 percent, whose aerosol optical "
        "thickness is above the limit, or that have any of these without an observation.",
        "Users filter pixels by these layers.",
        "Compare with the layer of the input; if it is the same there, reject the granule.",
        Quantity("largest aerosol optical thickness", "optical thickness", "aot"),
    ),
    Rule(
        "L1.1-grain",
        "Layers of 20 m keep their pixels at 10 m",
        "Pixels of 20 m layers that differ within a cell of 20 m from one source. It cannot be "
        "told at other pixel sizes, after a projection, or if no band of the source has cells.",
        "A 20 m pixel is repeated, not altered; torn cells show a shifted or an exchanged band.",
        _BUG,
        PIXELS,
    ),
    Rule(
        "L1.2-range",
        "Reflectance hardly ever above 1",
        "Share of the pixels without snow whose reflectance is above 1, in the worst band.",
        "Only snow and clouds reflect more than a white sheet; elsewhere this is a cloud or error.",
        "Look at the quicklook: reject the granule of a cloud, or look for a wrong scale factor.",
        share("pixels above 1 in the worst band", "bright"),
    ),
    Rule(
        "L1.2-negative",
        "Few negative reflectances",
        "Share of all reflectances that were negative and so stored as 0, counted while composing.",
        "Some are natural on water and in shadow; many mean that too much was taken off.",
        "Compare offset and baseline of the inputs with their metadata; reject those that err.",
        share("reflectances stored as 0", "negative"),
    ),
    Rule(
        "L1.2-scale",
        "Land is as bright as land is",
        "How far the median of any band, on vegetation and on bare ground, lies beyond the bounds "
        "between which it lies anywhere on Earth. It sees a factor of ten, and often one of three; "
        "not a smaller one, nor any on water, snow and ice.",
        "A wrong scale factor makes every number of the product wrong, and looks right.",
        "Compare quantification value and offset of the inputs with their metadata.",
        Quantity("largest part of a bound that a median reaches", "times", "scale"),
    ),
    Rule(
        "L1.2-offset",
        "Vegetation is dark in blue or red",
        "Share of the vegetation with a band below 0.1, which a forgotten offset makes 0; and "
        "share without any green, as after an offset taken off twice. It cannot tell without "
        "vegetation: deserts, ice and sea.",
        "Products of baseline 04.00 and later are 0.1 too bright unless the offset is taken off.",
        "Compare BOA_ADD_OFFSET of the inputs with what was taken off, and ingest them again.",
        Quantity("share of dark vegetation", "share", "floor", Side.MIN),
    ),
    Rule(
        "L1.2-bands",
        "Every band is what its name says",
        "By how much relations between bands are broken that hold on land: which is darker, and "
        "which vary together. FAIL where exchanging two bands makes all of them hold, else WARN. "
        "It cannot tell B07 from B08 nor, at 20 and 60 m, always B08 from B8A; nor B02 or B03 from "
        "B04 where all land is of one kind, nor B01 from B02 where both are equally fine; and "
        "nothing without land.",
        "Exchanged bands give wrong indices everywhere, and a picture that may look right.",
        "Compare the bands of a pixel with its granule; a wrong granule is to be rejected.",
        Quantity("what broken relations lack", "sum of shares", "exchange"),
    ),
    Rule(
        "L1.3-methods",
        "How pixels were chosen",
        "Share of the pixels without an observation, and with a single, the STC's and the medoid's "
        "choice. WARN where most are empty though there were three inputs, or single (limit "
        "SINGLE) though there were enough for a medoid; days are not judged.",
        "A product that shows little, or rests on one look, is legal but of little use.",
        "Nothing, where it was cloudy; else look for granules that were rejected or never came.",
        share("pixels without an observation", "no_data"),
    ),
    Rule(
        "L1.3-cloud",
        "Hardly anything is white as cloud",
        "Share of the pixels, snow apart, that are bright and of one brightness in blue, green and "
        "red. Haze that lets colours through is not seen; white roofs and salt are.",
        "Clouds that the scene classification missed are chosen where nothing better was valid.",
        "Look at the quicklook, and at source_index for the granule; reject it if it is cloudy.",
        share("white pixels", "cloud"),
    ),
    Rule(
        "L1.3-class",
        "What is classified as vegetation is not white",
        "Share of squares of 4 x 4 pixels that are vegetation by their class, yet white and "
        "without chlorophyll (NDVI below 0.2).",
        "Vegetation is classified by its chlorophyll, so such a patch was never chosen as it is.",
        _BUG,
        share("white squares of vegetation", "white_vegetation"),
    ),
    Rule(
        "L1.4-blocks",
        "No seams between blocks",
        "Step of reflectance across each stretch of border between blocks against the steps beside "
        "it, in every band, and changes of the source along it. WARN for one seam, FAIL where more "
        "than a share of the stretches (limit SEAMS) show one. It does not see steps of less than "
        "about three times the texture around them.",
        "Blocks are selected and carried over one by one; the result must not show it.",
        "Look at the place; if nothing on the ground runs along it, compose from scratch.",
        Quantity("largest step against those beside it", "times", "seam"),
    ),
    Rule(
        "L1.4-swath",
        "Sources fit together",
        "Steps between neighbours of two sources against those between neighbours of one.",
        "Mosaics of few dates show swath borders, haze and shadow as patches.",
        "Nothing, where dates differ in light or season; else look which granule does not fit.",
        Quantity("step between sources against within", "times", "swath"),
    ),
    Rule(
        "L1.4-shift",
        "Bands lie on each other",
        "Gain of the correlation of edges when a band is shifted by up to two pixels against a "
        "band of the same native pixel size. FAIL where one band explains all gains; WARN where "
        "several are off, as moving clouds make them. It does not compare 10 m with 20 m bands.",
        "A shifted band puts the wrong spectrum on every field border.",
        "Compare the band with its granule; if it is shifted there, reject the granule.",
        Quantity("largest gain by a shift", "correlation", "shift"),
    ),
    Rule(
        "L1.5-quicklook",
        "The picture shows something",
        "Reflectance spanned by red, green and blue, between the 2nd and the 98th percentile of "
        "the thinned pixels of which the quicklook is made.",
        "A picture of one colour is the first sign of a product that went wrong as a whole.",
        "Look at the layers; a product that shows one colour everywhere is to be composed again.",
        Quantity("reflectance spanned", "reflectance", "contrast", Side.MIN),
    ),
)

_L2 = (
    Rule(
        "L2.1-reflectance",
        "Reflectance beside a reference",
        "Sum of absolute differences, band by band, to a reference product given for the check, or "
        "else to the revision before.",
        "Two products of the same inputs must not differ; from one revision to the next it tells "
        "users how much they will notice.",
        "Compare versions, settings and inputs of both; `s2gm explain` tells of one pixel.",
        Quantity("sum of absolute differences", "reflectance x 10000"),
    ),
    Rule(
        "L2.2-distribution",
        "Kind of the difference",
        "Median, mean and standard deviation of the differences of every band: equal, a constant "
        "shift, or heterogeneous.",
        "A constant shift points at an offset or a scale, anything else at other pixels chosen.",
        "Look for an offset or a scale first, then for other inputs.",
        Quantity("bands that differ", "bands"),
    ),
    Rule(
        "L2.3-scene",
        "Scene classes beside a reference",
        "Pixels whose scene class differs.",
        "Other classes mean other observations, or another classification of the same ones.",
        "Compare the processing baselines of the inputs.",
        _DIFFERENT,
    ),
    Rule(
        "L2.4-source",
        "Sources beside a reference",
        "Pixels that come from another granule; numbers are compared by what they stand for.",
        "Where the source is another one, every other layer may be, too.",
        "`s2gm explain` tells why a source was chosen.",
        _DIFFERENT,
    ),
    Rule(
        "L2.5-unchanged",
        "What no input touches stays as it was",
        "Pixels that differ from the revision before although no input that came or went has an "
        "observation there that counts.",
        "Users rely on a new revision to change only what there is news of.",
        "Compose the mosaic from scratch under another --home and compare both: composing or "
        "carrying blocks over has a bug, or the program was changed without its definition.",
        _DIFFERENT,
    ),
    Rule(
        "L2.6-year",
        "Like the same period a year earlier",
        "Largest Kolmogorov-Smirnov distance of a band's distribution from that of a year earlier, "
        "in pixels of thinned layers that both show: 0 the same values, 1 none in common. It needs "
        "100 native pixels in common, and a tenth of those that one of both shows.",
        "Seasons come back; a product unlike any other may have inputs of a wrong unit or offset.",
        "Look at both pictures. Snow, flood, fire or few observations explain it; else look at the "
        "inputs' metadata.",
        Quantity("largest distance of two distributions", "share", "year_shift"),
    ),
    Rule(
        "L2.7-others",
        "Other layers beside a reference",
        "Pixels of aerosol, confidences, angles, counts and spread that differ.",
        "They belong to the observation that was chosen; alone they must not differ.",
        "Compare the sources first: other observations have other angles.",
        _DIFFERENT,
    ),
)

_L3 = (
    Rule(
        "L3.1-inputs",
        "The inputs are those of the catalog",
        "Ids, order and checksums of the inputs in the metadata against those that the catalog "
        "froze, and against the granules that count now.",
        "Only from its inputs can a product be made again.",
        "Where it is stale, the next `s2gm run` makes a newer revision. " + _BUG,
        Quantity("inputs that are others", "inputs"),
    ),
    Rule(
        "L3.2-spectra",
        "The chosen observation has the written spectrum",
        "Random pixels against the observation that source_index names, band for band.",
        "Every pixel promises to be one real, unaltered observation.",
        _BUG,
        _DIFFERENT,
    ),
    Rule(
        "L3.3-blocks",
        "Composing again gives the same",
        "All layers of random windows of 128 pixels, composed again from the working store.",
        "Blocks are carried over between revisions; each must be what composing it anew gives.",
        _AGAIN,
        Quantity("layers of windows that differ", "layers"),
        amount="recomposed_windows",
    ),
    Rule(
        "L3.4-reference",
        "The specification decides the same",
        "Source, number of valid observations and spread of random pixels, decided anew by a "
        "literal reading of the specification that shares no code with the product's.",
        "An error in the fast selection would have to be made twice to stay unseen.",
        _BUG,
        _DIFFERENT,
        amount="decided_pixels",
    ),
    Rule(
        "L3.5-method",
        "Methods agree",
        "How pixels were chosen by medoid_mos, by valid_obs, and by the shares that the metadata "
        "state; beside a reference also its map of none, medoid and STC.",
        "Users tell by it how far to trust a pixel.",
        _BUG,
        _DIFFERENT,
    ),
)

RULES = {rule.id: rule for rule in (*INPUT, *_L0, *_L1, *_L2, *_L3)}
"""Every rule by id, in the order of the chapters."""
