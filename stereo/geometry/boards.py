"""Calibration boards: where their corners are, and where an image shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stereo.arguments import flag, integer, number, word
from stereo.geometry.corners import find_chessboard, goes_on, nearest_neighbour, refined
from stereo.geometry.gray import gray_8bit
from stereo.io.images import opencv
from stereo.types import StereoValueError

__all__ = ["Board", "Charuco", "Chessboard", "Detection"]

_LARGEST_COUNT = 1000  # squares along a side of a board
_FEWEST_CORNERS = 6  # of a view that is worth anything: 4 are a homography without any check
_WINDOW_SHARE = 0.25  # half window of the refinement, of the distance to the nearest corner
_GAP_SHARE = 0.8  # half window, of the gap between a corner and the markers around it


class Detection(NamedTuple):
    """The corners of a board that an image shows.

    Attributes
    ----------
    ids : ndarray, int64 (n,)
        Which corners, as rows of `object_points` of the board; ascending.
    corners : ndarray, float64 (n, 2)
        Where they are, x and y in px.
    """

    ids: npt.NDArray[np.int64]
    corners: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Chessboard:
    """A chessboard, found only where the image shows all of it.

    Parameters
    ----------
    columns, rows : int
        Inner corners along a row and along a column, where four squares meet: a board of
        10 x 7 squares has 9 x 6. At least 3 each.
    square : float
        Side of a square, metres.

    Raises
    ------
    StereoTypeError, StereoValueError
        For an argument that is no integer or no length, or out of its range.

    Notes
    -----
    Corners are found by ``cv2.findChessboardCorners``, where that fails by the sector-based
    detector of Duda and Frese 2018, and refined by ``cv2.cornerSubPix`` with a window that
    follows the size of the squares. A board with an odd and an even count is best: others
    look the same after half a turn. Such views are told apart by the geometry of all pairs.

    Examples
    --------
    >>> board = Chessboard(9, 6, square=0.024)
    >>> board.object_points[-1].tolist()
    [0.192, 0.12, 0.0]
    """

    columns: int
    rows: int
    square: float

    def __post_init__(self) -> None:
        """Check the counts and the length."""
        for name in ("columns", "rows"):
            integer(name, getattr(self, name), 3, _LARGEST_COUNT)
        object.__setattr__(self, "square", number("square", self.square, positive=True))

    @property
    def object_points(self) -> npt.NDArray[np.float64]:
        """The corners in the board's frame, row by row, float64 (columns * rows, 3), metres."""
        y, x = np.mgrid[: self.rows, : self.columns]
        points = np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3)
        return points * self.square

    def symmetries(self) -> tuple[npt.NDArray[np.int64], ...]:
        """Return in which orders a detector may find the same corners, the usual one first.

        Returns
        -------
        tuple of ndarray, int64 (columns * rows,)
            The identity, the half turn, and for a square board both quarter turns.
        """
        grid = np.arange(self.rows * self.columns).reshape(self.rows, self.columns)
        turns = (0, 2, 1, 3) if self.rows == self.columns else (0, 2)
        return tuple(np.rot90(grid, turn).reshape(-1) for turn in turns)

    def detect(self, image: npt.ArrayLike) -> Detection | None:
        """Find the board.

        Parameters
        ----------
        image : array_like, (H, W), (H, W, 3) or (H, W, 4)
            uint8, uint16 or float; gray or RGB.

        Returns
        -------
        Detection or None
            All corners, or None where the board is not found, or goes on: its counts are others.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the array is no image.

        Examples
        --------
        >>> squares = np.indices((8, 9)).sum(axis=0) % 2 * 255
        >>> image = np.pad(np.kron(squares, np.ones((20, 20))), 30, constant_values=255)
        >>> found = Chessboard(8, 7, square=0.03).detect(image.astype(np.uint8))
        >>> len(found.ids)
        56
        """
        gray = gray_8bit(image)
        first = find_chessboard(gray, (self.columns, self.rows))
        if first is None:
            return None
        moved = refined(gray, first, _WINDOW_SHARE * nearest_neighbour(first))
        if goes_on(gray, moved, (self.columns, self.rows)):
            return None  # a part of a larger board: which part, nobody knows
        return Detection(np.arange(len(moved)), moved)


@dataclass(frozen=True)
class Charuco:
    """A chessboard with a marker in each white square, found also where it is partly visible.

    Parameters
    ----------
    columns, rows : int
        Squares along a row and along a column, as OpenCV and the printers of such boards count
        them: there are (columns - 1) * (rows - 1) corners. At least 3 each.
    square, marker : float
        Sides of a square and of a marker, metres; the marker is the smaller one.
    dictionary : str
        Name of the markers' dictionary in OpenCV, such as "DICT_5X5_250".
    legacy_pattern : bool
        For boards printed by OpenCV before 4.6 with an even number of rows: their first
        square is white.

    Raises
    ------
    StereoTypeError, StereoValueError
        For an argument out of its range, or a dictionary that does not exist or has too few
        markers.
    StereoError
        If OpenCV can't be loaded.

    Notes
    -----
    After Garrido-Jurado et al. 2014, through ``cv2.aruco.CharucoDetector``.

    Examples
    --------
    >>> board = Charuco(7, 5, square=0.03, marker=0.022, dictionary="DICT_4X4_50")
    >>> board.object_points.shape
    (24, 3)
    >>> found = board.detect(board.picture(700, 500, margin=20))
    >>> len(found.ids)
    24
    """

    columns: int
    rows: int
    square: float
    marker: float
    dictionary: str = "DICT_5X5_250"
    legacy_pattern: bool = False

    def __post_init__(self) -> None:
        """Check the counts, the lengths and the dictionary."""
        for name in ("columns", "rows"):
            integer(name, getattr(self, name), 3, _LARGEST_COUNT)
        flag("legacy_pattern", self.legacy_pattern)
        for name in ("square", "marker"):
            object.__setattr__(self, name, number(name, getattr(self, name), positive=True))
        if self.marker >= self.square:
            raise StereoValueError(
                f"marker = {self.marker:g} m must be smaller than square = {self.square:g} m: "
                "a marker lies inside a square"
            )
        aruco = opencv().aruco
        names = tuple(name for name in dir(aruco) if name.startswith("DICT_"))
        word("dictionary", self.dictionary, names)
        markers = self.columns * self.rows // 2
        known = len(self._dictionary().bytesList)
        if markers > known:
            raise StereoValueError(
                f"a board of {self.columns} x {self.rows} squares has {markers} markers, but "
                f"{self.dictionary} has only {known}"
            )

    @property
    def object_points(self) -> npt.NDArray[np.float64]:
        """The corners in the board's frame, row by row, float64 (n, 3), metres."""
        return np.asarray(self._board().getChessboardCorners(), np.float64).reshape(-1, 3)

    def symmetries(self) -> tuple[npt.NDArray[np.int64], ...]:
        """Return the identity: markers tell each corner from every other."""
        return (np.arange((self.columns - 1) * (self.rows - 1)),)

    def detect(self, image: npt.ArrayLike) -> Detection | None:
        """Find the corners that are visible.

        Parameters
        ----------
        image : array_like, (H, W), (H, W, 3) or (H, W, 4)
            uint8, uint16 or float; gray or RGB.

        Returns
        -------
        Detection or None
            The visible corners; None where there are less than 6, or all on one line.

        Raises
        ------
        StereoTypeError, StereoValueError
            If the array is no image.
        """
        cv2 = opencv()
        gray = gray_8bit(image)
        board = self._board()
        corners, ids, _, _ = cv2.aruco.CharucoDetector(board).detectBoard(gray)
        if ids is None or len(ids) < _FEWEST_CORNERS:
            return None
        order = np.argsort(ids.ravel())
        found = ids.ravel()[order].astype(np.int64)
        if board.checkCharucoCornersCollinear(found.astype(np.int32)):
            return None
        first = np.asarray(corners, np.float64).reshape(-1, 2)[order]
        # Visible corners need not be neighbours on the board.
        apart = nearest_neighbour(self.object_points[found, :2]) / self.square
        # The window must not reach the markers either: one is cut off the corner by the gap.
        share = min(_WINDOW_SHARE, _GAP_SHARE * (1 - self.marker / self.square) / 2)
        return Detection(found, refined(gray, first, share * nearest_neighbour(first) / apart))

    def picture(self, width: int, height: int, margin: int = 0) -> npt.NDArray[np.uint8]:
        """Draw the board, to be printed.

        Parameters
        ----------
        width, height : int
            Size of the picture, px. The squares stay square; what is left over is white.
        margin : int
            Smallest white margin, px.

        Returns
        -------
        ndarray, uint8 (height, width)

        Raises
        ------
        StereoTypeError, StereoValueError
            If the sizes are not integers, or there is less than 10 px a square.
        """
        edge = integer("margin", margin, 0, 1 << 20)
        wide = integer("width", width, 1, 1 << 15)
        high = integer("height", height, 1, 1 << 15)
        side = min((wide - 2 * edge) / self.columns, (high - 2 * edge) / self.rows)
        if side < 10:
            raise StereoValueError(
                f"{wide} x {high} px with a margin of {edge} px leave {side:.1f} px a square of "
                f"{self.columns} x {self.rows}: at least 10 are needed"
            )
        drawn: npt.NDArray[np.uint8] = self._board().generateImage((wide, high), marginSize=edge)
        return drawn

    def _dictionary(self) -> Any:
        aruco = opencv().aruco
        return aruco.getPredefinedDictionary(getattr(aruco, self.dictionary))

    def _board(self) -> Any:
        size = (self.columns, self.rows)
        board = opencv().aruco.CharucoBoard(size, self.square, self.marker, self._dictionary())
        board.setLegacyPattern(self.legacy_pattern)
        return board


Board = Chessboard | Charuco
