"""Bands of rows, for images whose whole height takes too much memory.

The rows of a rectified pair are searched one by one, so that a band of the left image needs no
more than the same band of the right one, whatever the disparity.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..arguments import integer
from ..types import StereoValueError

__all__ = ["Band", "bands", "checked_band"]


@dataclass(frozen=True)
class Band:
    """Rows [top, bottom) are computed, of which [first, stop) are kept."""

    top: int
    bottom: int
    first: int
    stop: int


def bands(height: int, band_height: int, overlap: int) -> list[Band]:
    """Cut an image into bands.

    Each kept row is at least `overlap` rows away from the ends of its band, except from those of
    the image.

    Parameters
    ----------
    height : int
        That of the image.
    band_height : int
        That of each band, more than twice the overlap. The last band overlaps the one before
        by more, if need be.
    overlap : int
        Rows that are computed at each inner end and not kept.

    Returns
    -------
    list of Band
        From top to bottom; what they keep is the image, without gaps and repetition.

    Examples
    --------
    >>> [(band.first, band.stop) for band in bands(10, 6, 1)]
    [(0, 5), (5, 10)]
    """
    if height <= band_height:
        return [Band(0, height, 0, height)]
    found: list[Band] = []
    top = kept = 0
    while kept < height:
        top = min(top, height - band_height)
        bottom = top + band_height
        stop = height if bottom == height else bottom - overlap
        found.append(Band(top, bottom, kept, stop))
        kept, top = stop, stop - overlap
    return found


def checked_band(
    band_height: int | None, overlap: int | None, multiple: int
) -> tuple[int, int] | None:
    """Return height and overlap of the bands, or None for the whole image at once.

    Parameters
    ----------
    band_height : int, optional
        A multiple of `multiple`, more than twice the overlap; None = the whole image.
    overlap : int, optional
        A multiple of `multiple`, by default twice that.
    multiple : int
        That of the network, so that all bands meet its grid where the whole image would.

    Raises
    ------
    StereoError
        If a value is outside that, or there is an overlap without bands.

    Examples
    --------
    >>> checked_band(320, None, 32)
    (320, 64)
    """
    if band_height is None:
        if overlap is not None:
            raise StereoValueError(f"overlap = {overlap} is of no use without band_height")
        return None
    rows = integer("overlap", 2 * multiple if overlap is None else overlap, 0, 1 << 20)
    height = integer("band_height", band_height, 1, 1 << 24)
    for name, value in (("band_height", height), ("overlap", rows)):
        if value % multiple:
            raise StereoValueError(f"{name} = {value} must be a multiple of {multiple}")
    if height <= 2 * rows:
        raise StereoValueError(
            f"band_height = {height} must be more than twice the overlap of {rows} rows"
        )
    return height, rows
