"""A method on a data set: the scenes that are not in the cache are matched, in parallel."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from stereo.arguments import integer
from stereo.cores import available_cores
from stereo.datasets import Dataset
from stereo.evaluation import boards, machine
from stereo.evaluation.identity import scene_key
from stereo.evaluation.methods import Method, require_json
from stereo.evaluation.results import Board, Evaluation, Failure, SceneResult
from stereo.evaluation.scene import Task, outcome
from stereo.evaluation.store import Store, default_folder
from stereo.evaluation.workers import outcomes
from stereo.io.files import PathLike
from stereo.types import StereoWarning

__all__ = ["Finished", "default_jobs", "evaluate"]

_MOST_JOBS = 4096


@dataclass(frozen=True)
class Finished:
    """A scene that is done, for whoever shows the progress.

    Attributes
    ----------
    outcome : SceneResult or Failure
        What came of it.
    cached : bool
        Whether it was done by an earlier run.
    done, total : int
        How many scenes are done, this one included, and how many there are.
    """

    outcome: SceneResult | Failure
    cached: bool
    done: int
    total: int


def default_jobs(method: Method) -> int:
    """Return how many scenes are matched at once by default: as many as keep all cores busy."""
    return max(1, available_cores() // method.threads)


def evaluate(
    dataset: Dataset,
    method: Method,
    *,
    board: Board | None = None,
    max_disp: int | None = None,
    cache: PathLike | None = None,
    jobs: int | None = None,
    on_progress: Callable[[Finished], object] | None = None,
) -> Evaluation:
    """Evaluate a method on a data set.

    A scene that can't be evaluated is a :class:`Failure`, and the others go on. Results are kept
    as soon as they are there, so that a run that is interrupted or killed is resumed by the same
    call; failures are not kept. A result is taken from the cache where the same code gave it for
    the same files with the same options, on the same machine with as many jobs and threads, on
    which its time depends.

    Parameters
    ----------
    dataset : Dataset
        The scenes. Those without ground truth are matched and not scored.
    method : Method
        What is evaluated, such as a :class:`SemiGlobal`.
    board : {"middlebury", "kitti2012", "kitti2015", "eth3d"}, optional
        Whose definitions score it, by default :func:`stereo.evaluation.boards.board_of`.
    max_disp : int, optional
        End of the search range of all scenes, px, exclusive; by default
        :func:`stereo.evaluation.boards.search_stop`.
    cache : str or os.PathLike, optional
        Folder of the results and maps, by default "stereo/evaluation" in the user's cache folder.
    jobs : int, optional
        How many scenes are matched at once, each in a process of its own; by default so many that
        all cores are busy. 1 gives times that nothing else disturbs. 0 matches in this process,
        which then ends with a scene that kills it. Like all that starts processes, a script needs
        ``if __name__ == "__main__":`` for other numbers.
    on_progress : callable, optional
        Called with a :class:`Finished` for each scene, in the order in which they are done.

    Returns
    -------
    Evaluation
        The results and the failures, in the order of the data set.

    Raises
    ------
    StereoTypeError, StereoValueError
        If an option can't be used.
    StereoFileError
        If the cache can't be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from stereo import io
    >>> from stereo.datasets import Dataset, File, Sample, synthetic
    >>> from stereo.evaluation import SemiGlobal, evaluate
    >>> pair = synthetic.render(240, 160, max_disp=16)
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = pathlib.Path(name)
    ...     io.write_image(folder / "left.png", pair.left)
    ...     io.write_image(folder / "right.png", pair.right)
    ...     io.write_pfm(folder / "truth.pfm", pair.disparity)
    ...     truth = File(folder / "truth.pfm", io.read_pfm)
    ...     scene = Sample("own", "room", "", folder / "left.png", folder / "right.png", truth)
    ...     found = evaluate(Dataset("own", [scene]), SemiGlobal(), cache=folder, jobs=0)
    >>> found.results[0].name, found.failures, found.overall()["all"].bad[2.0] < 10
    ('room', (), True)
    """
    definitions = boards.board_of(dataset, board)
    if max_disp is not None:
        boards.checked_stop(max_disp)
    require_json(method.options)
    count = default_jobs(method) if jobs is None else integer("jobs", jobs, 0, _MOST_JOBS)
    _warn_if_crowded(count, method.threads)
    store = Store(default_folder() if cache is None else cache)
    ran_on = machine.describe()
    of = {
        "method": method.name,
        "options": dict(method.options),
        "threads": method.threads,
        "jobs": count,
        "machine": ran_on,
        "max_disp": max_disp,
    }
    tasks = [
        Task(sample, scene_key(sample, of, definitions), definitions, max_disp)
        for sample in dataset
    ]
    found: dict[str, SceneResult | Failure] = {}
    with closing(_results(tasks, method, store, count)) as done:
        for task, result, cached in done:
            found[task.sample.name] = result
            if on_progress is not None:
                on_progress(Finished(result, cached, len(found), len(tasks)))
    ordered = [found[sample.name] for sample in dataset]
    return Evaluation(
        method=method.name,
        options=_options(method, max_disp),
        dataset=dataset.name,
        board=definitions,
        results=tuple(each for each in ordered if isinstance(each, SceneResult)),
        failures=tuple(each for each in ordered if isinstance(each, Failure)),
        jobs=max(count, 1),
        machine=ran_on,
        when=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
    )


def _results(
    tasks: list[Task], method: Method, store: Store, jobs: int
) -> Generator[tuple[Task, SceneResult | Failure, bool]]:
    """Yield each task with its outcome, and whether that is from the cache."""
    left = []
    for task in tasks:
        cached = store.load(task.key)
        if cached is None:
            left.append(task)
        else:
            yield task, cached, True
    if jobs == 0:
        for task in left:
            yield task, outcome(task, method, store), False
        return
    with closing(outcomes(left, method, store, jobs)) as done:
        for task, result in done:
            yield task, result, False


def _options(method: Method, max_disp: int | None) -> dict[str, Any]:
    found = {**method.options, "threads": method.threads}
    return found if max_disp is None else {**found, "max_disp": max_disp}


def _warn_if_crowded(jobs: int, threads: int) -> None:
    cores = available_cores()
    if max(jobs, 1) * threads > cores:
        warnings.warn(
            f"{max(jobs, 1)} jobs of {threads} threads are more than the {cores} cores here: the "
            "times will say little",
            StereoWarning,
            stacklevel=3,
        )
