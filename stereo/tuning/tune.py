"""`tune`: options searched on scenes with ground truth, and cross-validated."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import stereo
from stereo.arguments import integer, whole, word
from stereo.cores import available_cores
from stereo.datasets.sample import Dataset
from stereo.io.files import PathLike
from stereo.tuning.cross_validation import CrossValidation
from stereo.tuning.families import folds as folds_of
from stereo.tuning.folder import opened
from stereo.tuning.matching import Scorer
from stereo.tuning.results import Progress, Tuning
from stereo.tuning.scenes import usable
from stereo.tuning.scoring import OBJECTIVES
from stereo.tuning.search import Studies, optuna_module
from stereo.tuning.space import search_space
from stereo.types import StereoValueError, StereoWarning

__all__ = ["tune"]

_MOST = 1 << 20


def tune(
    dataset: Dataset,
    study: PathLike,
    *,
    base: Mapping[str, Any] | None = None,
    search: Sequence[str] | None = None,
    objective: str = "bad-1",
    trials: int = 100,
    folds: int = 3,
    seed: int = 0,
    max_disp: int | None = None,
    jobs: int | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Tuning:
    """Search options of matching on scenes with ground truth.

    The options that give the smallest mean score over all scenes are found with Optuna's
    tree-structured Parzen estimator. How much of the gain holds on other scenes is found by
    cross-validation: the scenes are shared out to folds, scenes that show the same things to the
    same one, and each fold is scored with the options that the same search finds on all others.

    The result depends on the arguments, the data and the version of Optuna, not on `jobs`, and not
    on whether the search was interrupted: with the same `study` it goes on where it was, and no
    scene is matched twice with the same options. With more `trials` than before the studies grow.
    Time is no part of a score, so that options which take time are searched only if named.

    Parameters
    ----------
    dataset : Dataset
        The scenes. Those that can't be used are left out, each with a warning.
    study : str or os.PathLike
        Folder for scores and trials; it is made, or must hold a study of the same arguments,
        apart from `trials` and `jobs`.
    base : mapping of str to Any, optional
        Options of :class:`stereo.SGM` but its search range, backend and threads: where the
        search starts, and what the result is compared with. By default ``{"fill": True}``.
    search : sequence of str, optional
        The options to search, of :data:`SEARCHABLE`. By default those of :data:`SEARCHED` that are
        not in `base`; those that reject pixels only if `base` fills them.
    objective : str
        What is minimised, one of :data:`OBJECTIVES`, at known, non-occluded pixels; all scenes
        count the same.
    trials : int
        Sets of options to try for each fold, and for all scenes; the base is the first.
    folds : int
        Number of folds, at least 2.
    seed : int
        Of the search, at least 0.
    max_disp : int, optional
        End of the search range for all scenes, px, exclusive; by default what the data set says.
    jobs : int, optional
        How many scenes are matched at the same time; by default one a core.
    report : callable, optional
        Is called with a :class:`Progress` after each trial.

    Returns
    -------
    Tuning
        The options, their scores, and those of the base.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an argument can't be used.
    StereoFileError
        If there is no scene that can be used, the folder holds a study of other arguments or data,
        or it can't be read or written.
    StereoError
        If Optuna is missing, or no options give a result on every scene.

    References
    ----------
    Akiba, Sano, Yanase, Ohta, Koyama: Optuna: a next-generation hyperparameter optimization
    framework. KDD 2019. Bergstra, Bardenet, Bengio, Kégl: Algorithms for hyper-parameter
    optimization. NIPS 2011.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import stereo
    >>> from stereo import datasets, io
    >>> from stereo.tuning import tune
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     part = pathlib.Path(folder) / "training"
    ...     for name in ("image_0", "image_1", "disp_occ", "disp_noc"):
    ...         (part / name).mkdir(parents=True)
    ...     for seed in (0, 1):
    ...         pair = datasets.synthetic.render(64, 48, max_disp=16, seed=seed)
    ...         io.write_image(part / f"image_0/00000{seed}_10.png", pair.left)
    ...         io.write_image(part / f"image_1/00000{seed}_10.png", pair.right)
    ...         for truth in ("disp_occ", "disp_noc"):
    ...             io.write_kitti(part / f"{truth}/00000{seed}_10.png", pair.disparity)
    ...     scenes = datasets.kitti2012(folder)
    ...     study = pathlib.Path(folder) / "study"
    ...     tuning = tune(scenes, study, trials=4, folds=2, max_disp=16)
    >>> tuning.training.tuned <= tuning.training.base
    True
    >>> matcher = stereo.SGM(16, **tuning.options)
    """
    optuna_module()  # missing, it is to be said before the scenes are read
    word("objective", objective, tuple(OBJECTIVES))
    integer("trials", trials, 1, _MOST)
    if whole("seed", seed) < 0:
        raise StereoValueError(f"seed = {seed} must be at least 0")
    at_once = available_cores() if jobs is None else integer("jobs", jobs, 1, _MOST)
    space = search_space({"fill": True} if base is None else base, search)
    if objective == "avg" and not space.base.get("fill", False):
        raise StereoValueError(
            "the objective avg leaves out pixels without a result: with fill=True all have one"
        )
    scenes, failures = usable(dataset, max_disp)
    for failure in failures:
        text = f"{failure.name} is left out: {failure.reason}"
        warnings.warn(text, StereoWarning, stacklevel=2)
    parts = folds_of([scene.name for scene in scenes], folds)
    settings = {
        "version": stereo.__version__,
        "dataset": dataset.name,
        "scenes": {scene.name: scene.digest for scene in scenes},
        "base": dict(space.base),
        "search": {axis.name: list(axis.levels) for axis in space.axes},
        "objective": objective,
        "folds": len(parts),
        "seed": whole("seed", seed),
    }
    with opened(study, settings) as folder:
        scorer = Scorer(space, objective, folder, at_once)
        studies = Studies(folder.journal, space, whole("seed", seed))
        search_on = CrossValidation(studies, scorer, space, scenes, parts, trials, report)
        parted = search_on.folds()
        found, training = search_on.on_all_scenes()
    return Tuning(
        options=space.options(found),
        found=found,
        base=space.values(space.start),
        training=training,
        cross_validated=search_on.scores(parted),
        folds=parted,
        objective=objective,
        trials=trials,
        matchings=scorer.matchings,
        failures=failures,
    )
