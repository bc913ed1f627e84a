"""The report of a calibration as a page of HTML with pictures in SVG."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stereo.geometry.report import CalibrationReport, ViewReport

__all__ = ["page"]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em;
  color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2em .8em; text-align: left; border-bottom: 1px solid #ddd; }
td.number { text-align: right; }
tr.outlier td { color: #b00020; }
tr.missing td { color: #777; }
.pictures { display: flex; flex-wrap: wrap; gap: 1em; }
figure { margin: 0; flex: 1 1 22em; }
svg { width: 100%; height: auto; border: 1px solid #bbb; }
.remark { border-left: 4px solid #d08000; padding: .1em 1em; margin: .5em 0; }
"""


def page(report: CalibrationReport) -> str:
    """Return a complete page; nothing is loaded from elsewhere."""
    deviations = report.deviations
    rows = [
        ("reprojection error, left", f"{report.error_left:.3f} px"),
        ("reprojection error, right", f"{report.error_right:.3f} px"),
        ("vertical offset after rectification", f"{report.vertical_rms:.3f} px RMS"),
        ("focal length, left", f"± {deviations.fx_left:.3g} px"),
        ("focal length, right", f"± {deviations.fx_right:.3g} px"),
        ("principal point, left", f"± {deviations.cx_left:.3g}, {deviations.cy_left:.3g} px"),
        ("principal point, right", f"± {deviations.cx_right:.3g}, {deviations.cy_right:.3g} px"),
        ("baseline", f"± {deviations.baseline * 1000:.3g} mm"),
        ("angle between the cameras", f"± {math.degrees(deviations.rotation):.3g}°"),
    ]
    figures = "".join(
        f'<tr><th>{name}</th><td class="number">{value}</td></tr>' for name, value in rows
    )
    remarks = "".join(f'<p class="remark">{html.escape(text)}</p>' for text in report.remarks)
    pictures = "".join(
        f"<figure>{_coverage(report, side)}<figcaption>{side} camera: corners in "
        f"{report.coverage(side):.0%} of the image</figcaption></figure>"
        for side in ("left", "right")
    )
    views = "".join(_row(view) for view in report.views)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Stereo calibration</title><style>{_STYLE}</style></head><body>"
        f"<h1>Stereo calibration</h1>{remarks}<table>{figures}</table>"
        f'<h2>Coverage</h2><div class="pictures">{pictures}</div>'
        "<h2>Views</h2><table><tr><th></th><th>left</th><th>corners</th><th>error</th>"
        "<th>right</th><th>corners</th><th>error</th><th></th></tr>"
        f"{views}</table></body></html>\n"
    )


def _row(view: ViewReport) -> str:
    kind = {"outlier": "outlier", "used": "used"}.get(view.status, "missing")
    cells = [f"<td>{view.index}</td>"]
    for name, corners, error in (
        (view.name_left, view.corners_left, view.error_left),
        (view.name_right, view.corners_right, view.error_right),
    ):
        shown = "" if math.isnan(error) else f"{error:.3f} px"
        cells.append(
            f'<td>{html.escape(name)}</td><td class="number">{len(corners)}</td>'
            f'<td class="number">{shown}</td>'
        )
    return f'<tr class="{kind}">{"".join(cells)}<td>{view.status}</td></tr>'


def _coverage(report: CalibrationReport, side: str) -> str:
    width, height = report.image_size
    radius = max(width, height) / 250
    dots = "".join(
        f'<circle cx="{x + 0.5:.1f}" cy="{y + 0.5:.1f}" r="{radius:.2f}"/>'
        for x, y in report.corners(side)
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="corners seen by the {side} camera">'
        f'<g fill="#1f5fa8" fill-opacity="0.6">{dots}</g></svg>'
    )
