"""Options of matching, searched on scenes with ground truth.

:func:`tune` needs Optuna, the extra ``tune``.
"""

from stereo.tuning.results import Fold, Progress, Scores, Tuning
from stereo.tuning.scoring import OBJECTIVES
from stereo.tuning.space import SEARCHABLE, SEARCHED
from stereo.tuning.tune import tune

__all__ = [
    "OBJECTIVES",
    "SEARCHABLE",
    "SEARCHED",
    "Fold",
    "Progress",
    "Scores",
    "Tuning",
    "tune",
]
