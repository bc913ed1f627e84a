"""What a reader can choose: the pixels that count, and the run whose pictures are shown."""

from __future__ import annotations

from collections.abc import Sequence

from stereo.evaluation.report.columns import REGION_TITLES
from stereo.evaluation.report.markup import escaped
from stereo.evaluation.report.runs import Comparison

__all__ = ["region_switch", "run_switch"]


def region_switch(comparison: Comparison, group: str) -> str:
    """Return the choice of the pixels that count; nothing where there is none.

    `group` holds the buttons together, and is another one for each switch on the page.
    """
    choices = [(region, REGION_TITLES[region]) for region in comparison.regions]
    return _switch("region", group, "Pixels", choices)


def run_switch(comparison: Comparison, scene: str) -> str:
    """Return the choice between the runs that have a scene; nothing where there is none."""
    choices = [(str(k), run.label) for k, run in enumerate(comparison.runs) if scene in run.by_name]
    return _switch("run", "run", "Pictures of", choices)


def _switch(what: str, group: str, title: str, choices: Sequence[tuple[str, str]]) -> str:
    if len(choices) < 2:
        return ""
    buttons = "".join(
        f'<label><input type="radio" name="{group}" data-choice="{what}" value="{value}"'
        f"{'' if k else ' checked'}><span>{escaped(label)}</span></label>"
        for k, (value, label) in enumerate(choices)
    )
    return f'<fieldset class="switch"><legend>{title}</legend>{buttons}</fieldset>'
