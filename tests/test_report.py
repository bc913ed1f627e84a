"""The report of an evaluation as a page: what is in it, and that it needs nothing else."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import reports

from stereo import metrics
from stereo.evaluation.report import error_classes, write_report
from stereo.evaluation.report.columns import board_columns, summary
from stereo.evaluation.results import Board, Evaluation, Failure
from stereo.io.images import opencv
from stereo.types import StereoFileError, StereoTypeError, StereoValueError

BOARDS = get_args(Board)


def written(folder: Path, found: Evaluation, **others: Any) -> reports.Page:
    path = folder / "report.html"
    write_report(path, found, reports.data_set(folder), **others)
    return reports.Page(path)


def rows_of(page: reports.Page, name: str) -> list[list[str]]:
    return [row for row in page.rows if row[0].startswith(name)]


@pytest.mark.parametrize("board", BOARDS)
def test_every_board_has_its_figures_and_scenes(tmp_path: Path, board: Board) -> None:
    found = reports.evaluation(tmp_path, board=board)
    page = written(tmp_path, found)
    assert [a["data-scene"] for a in page.attributes("template")] == list(reports.NAMES)
    scores = found.results[1].scores
    for region in ("nonocc", "all"):
        expected = summary([found.results[1]], region)
        assert expected.score == scores[region]
        shown = [f"{c.value(expected):.{c.decimals}f}" for c in board_columns(board)]
        known = [value for value in shown if value != "nan"]
        row = next(row for row in rows_of(page, "second_2") if set(known) <= set(row[1:]))
        assert row[1] == known[0]
    means = {f"{board_columns(board)[0].value(summary(found.results, r)):.2f}" for r in scores}
    assert means == {row[1] for row in rows_of(page, "mean of 4")}


def test_figures_of_a_board_that_nothing_has_are_left_out(tmp_path: Path) -> None:
    page = written(tmp_path, reports.evaluation(tmp_path, board="kitti2015"))
    assert "D1-all" in page.text
    assert "D1-fg" not in page.text  # there are no object maps


def test_the_page_loads_nothing(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    page = written(tmp_path, found, peers=[reports.evaluation(tmp_path, "peer")])
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "srcset", "poster", "action"):
            assert (attributes.get(name) or "data:").startswith(("data:", "#")), (tag, attributes)
    content = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(|https?://", content)
    policy = next(a for a in page.attributes("meta") if "http-equiv" in a)["content"]
    assert policy is not None
    assert "default-src 'none'" in policy


def test_names_are_text_and_nothing_else(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script>\"onload=alert(1) "
    names = (evil, "\udcff lone surrogate", "&amp;")
    found = dataclasses.replace(
        reports.evaluation(tmp_path, names=names),
        method=evil,
        options={evil: evil, "of": {"deeper": evil}},
        machine={"cpu": evil},
        failures=(Failure(evil, evil),),
        when=evil,
    )
    path = tmp_path / "report.html"
    write_report(path, found, reports.data_set(tmp_path, names), peers=[found], previous=found)
    page = reports.Page(path)
    assert len(page.attributes("script")) == 1
    assert not any("onload" in attributes for _, attributes in page.tags)
    assert page.text.count(evil) > 10
    assert page.attributes("template")[1]["data-scene"] == "\\udcff lone surrogate"


def test_it_is_compared_with_the_previous_run(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path, off=0.2)
    worse = reports.evaluation(tmp_path, "earlier", off=3.0)
    better, fewer = (written(tmp_path, one, previous=two) for one, two in _both(found, worse))
    row, *_ = rows_of(better, "Previous run")
    assert row[0] == "Previous runearlier"
    mine, theirs = (
        summary(run.results, "nonocc").score.total_bad[2.0]  # type: ignore[union-attr]
        for run in (found, worse)
    )
    assert row[2] == f"{theirs:.2f} \N{MINUS SIGN}{theirs - mine:.2f} better"
    row, *_ = rows_of(fewer, "Previous run")
    assert row[2] == f"{mine:.2f} +{theirs - mine:.2f} worse"
    (same,) = {row[2] for row in rows_of(written(tmp_path, found, previous=found), "Previous")}
    assert same.endswith(" same")


def _both(one: Evaluation, two: Evaluation) -> tuple[tuple[Evaluation, Evaluation], ...]:
    return (one, two), (two, one)


def test_what_the_previous_run_had_otherwise_is_marked(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    before = dataclasses.replace(found, options={**found.options, "off": 9}, jobs=2)
    page = written(tmp_path, found, previous=before)
    marked = [row[0] for row in page.rows if any("changed since" in cell for cell in row)]
    assert marked == ["option off"]


def test_runs_are_compared_on_the_scenes_that_both_have(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    part = reports.evaluation(tmp_path, "peer", names=reports.NAMES[1:2])
    page = written(tmp_path, found, peers=[part])
    row = next(row for row in page.rows if row[:2] == ["peer", "1 of 4"])
    mine, theirs = summary(found.results[1:2], "nonocc"), summary(part.results, "nonocc")
    column = board_columns("middlebury")[0]
    difference = column.value(mine) - column.value(theirs)
    assert row[2].startswith(f"{column.value(theirs):.2f} ")
    assert f"{abs(difference):.2f}" in row[2]
    assert rows_of(page, "a/first")[0][2] == "\N{EN DASH}"


def test_scenes_of_one_run_only(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path, names=reports.NAMES[:1])
    other = reports.evaluation(tmp_path, "other", names=reports.NAMES[1:2])
    page = written(tmp_path, found, peers=[other], previous=other)
    assert "no scene that every run has" in page.text
    assert "no scene in common" in page.text
    assert ["other", "0 of 1"] in [row[:2] for row in page.rows]


def test_pictures_of_every_run(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    peers = [reports.evaluation(tmp_path, "peer", confident=False)]
    page = written(tmp_path, found, previous=found, peers=peers)
    texts = [image["alt"] or "" for image in page.attributes("img")]
    kinds = [text.partition(" of a/first")[0] for text in texts if " of a/first" in text]
    run = ["Disparity", "Errors", "Confidence"]
    assert kinds == ["Left image", "True disparity", *run, *run, *run[:2]]
    for image in page.attributes("img"):
        head, _, data = (image["src"] or "").partition(",")
        assert head == "data:image/webp;base64"
        pixels = opencv().imdecode(np.frombuffer(base64.b64decode(data), np.uint8), -1)
        assert pixels.shape[:2] == (reports.HEIGHT, reports.WIDTH)


def test_the_error_map_has_the_classes_of_the_board(tmp_path: Path) -> None:
    page = written(tmp_path, reports.evaluation(tmp_path, off=3.0))
    image = next(i for i in page.attributes("img") if (i["alt"] or "").startswith("Errors of a/"))
    data = base64.b64decode((image["src"] or "").partition(",")[2])
    pixels = opencv().imdecode(np.frombuffer(data, np.uint8), -1)[:, :, ::-1]
    scale = error_classes.scale_of("middlebury")
    assert (pixels[0] == error_classes.UNKNOWN).all()
    assert (pixels[1:3, 5:] == scale.colors[3]).all()  # 2 to 4 px
    assert (pixels[3:-1, 4:] == scale.colors[0]).all()
    assert (pixels[-1] == error_classes.HOLE).all()
    assert (pixels[3:-1, :4] < np.array(scale.colors[0])).all()  # occluded


def _no_maps(folder: Path) -> None:
    (folder / "sgm-0.npz").unlink()


def _cut_maps(folder: Path) -> None:
    (folder / "sgm-0.npz").write_bytes((folder / "sgm-0.npz").read_bytes()[:200])


def _maps_of_another_size(folder: Path) -> None:
    np.savez(folder / "sgm-0.npz", disparity=np.ones((3, 4), np.float32))


def _infinite(folder: Path) -> None:
    shape = reports.HEIGHT, reports.WIDTH
    np.savez(folder / "sgm-0.npz", disparity=np.full(shape, np.inf, np.float32))


def _no_image(folder: Path) -> None:
    (folder / "left.png").unlink()


def _no_truth(folder: Path) -> None:
    (folder / "truth.pfm").unlink()


def _damaged_mask(folder: Path) -> None:
    (folder / "mask.png").write_bytes(b"nothing")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_no_maps, "sgm-0.npz"),
        (_cut_maps, "sgm-0.npz is not a complete .npz file"),
        (_maps_of_another_size, "4 x 3 px and 20 x 12 px don't fit each other"),
        (_infinite, "numbers must be finite"),
        (_no_image, "lacks its left image"),
        (_no_truth, "lacks its left ground truth"),
        (_damaged_mask, "mask.png (7 bytes) is not an image"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, damage: Any, said: str) -> None:
    found = reports.evaluation(tmp_path)
    samples = reports.data_set(tmp_path)
    damage(tmp_path)
    write_report(tmp_path / "report.html", found, samples)
    page = reports.Page(tmp_path / "report.html")
    assert said in page.text
    assert len(rows_of(page, "a/first")) == 2  # its figures are there, for both kinds of pixels


def test_a_scene_that_the_data_set_lacks(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    write_report(tmp_path / "report.html", found, reports.data_set(tmp_path, ["another"]))
    page = reports.Page(tmp_path / "report.html")
    assert "made has no sample 'a/first'" in page.text
    assert any("Disparity of a/first" in (i["alt"] or "") for i in page.attributes("img"))


def test_without_any_result(tmp_path: Path) -> None:
    failures = (Failure("one", "one.png is damaged"), Failure("two", "two.png is missing"))
    found = dataclasses.replace(reports.evaluation(tmp_path), results=(), failures=failures)
    page = written(tmp_path, found, previous=found, peers=[reports.evaluation(tmp_path, "peer")])
    assert "No scene was evaluated" in page.text
    assert "This run: 2" in page.text
    assert "one.png is damaged" in page.text
    assert page.attributes("template") == []


def test_without_ground_truth(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path, confident=False)
    results = [dataclasses.replace(result, scores={}) for result in found.results]
    page = written(tmp_path, dataclasses.replace(found, results=tuple(results)))
    assert "No ground truth" in page.text or "no ground truth" in page.text
    assert "total bad" not in page.text
    assert rows_of(page, "a/first")[0][1] == "91.7"  # the density


def test_a_mask_that_some_scenes_lack(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    first, *rest = found.results
    unmasked = dataclasses.replace(first, scores={"all": first.scores["all"]})
    page = written(tmp_path, dataclasses.replace(found, results=(unmasked, *rest)))
    assert [row[0] for row in rows_of(page, "mean of")] == ["mean of 4", "mean of 3"]
    assert [row[1] for row in rows_of(page, "This run")][:2] == ["4", "3 of 4"]


def test_numbers_that_are_none(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path, board="eth3d")
    empty = metrics.eth3d(np.full_like(reports.TRUTH, np.nan), reports.TRUTH)
    first, *rest = found.results
    worst = dataclasses.replace(first, scores={"all": empty, "nonocc": empty}, seconds=0.0)
    page = written(tmp_path, dataclasses.replace(found, results=(worst, *rest)))
    assert "\N{INFINITY}" in rows_of(page, "a/first")[0]
    perfect = reports.evaluation(tmp_path, off=0.0)
    assert "0.00" in rows_of(written(tmp_path, perfect), "second_2")[0]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"evaluation": 3}, StereoTypeError, "evaluation must be an Evaluation, got int"),
        ({"previous": "x"}, StereoTypeError, "previous must be an Evaluation, got str"),
        ({"peers": 3}, StereoTypeError, "peers is a int"),
        ({"peers": [None]}, StereoTypeError, r"peers\[0\] must be an Evaluation, got NoneType"),
        ({"dataset": []}, StereoTypeError, "dataset must be a Dataset, got list"),
        ({"path": 3}, StereoTypeError, "is not a path"),
        ({"path": "/nowhere/report.html"}, StereoFileError, "there is no folder"),
    ],
)
def test_bad_arguments(tmp_path: Path, change: dict[str, Any], error: type, message: str) -> None:
    found = reports.evaluation(tmp_path)
    given = {"path": tmp_path / "r.html", "evaluation": found, "dataset": None, **change}
    if given["dataset"] is None:
        given["dataset"] = reports.data_set(tmp_path)
    with pytest.raises(error, match=message):
        write_report(**given)
    assert not (tmp_path / "r.html").exists()


def test_boards_are_never_mixed(tmp_path: Path) -> None:
    one, two = (reports.evaluation(tmp_path, board=board) for board in ("eth3d", "kitti2012"))
    for others in ({"peers": [two]}, {"previous": two}):
        with pytest.raises(StereoValueError, match="made scored as kitti2012, and the ev"):
            written(tmp_path, one, **others)


def test_data_sets_are_never_mixed(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    other = dataclasses.replace(found, dataset="another")
    with pytest.raises(StereoValueError, match="previous is of another scored as middlebury"):
        written(tmp_path, found, previous=other)
    with pytest.raises(StereoValueError, match="dataset is made, and the evaluation of another"):
        written(tmp_path, other)


def test_scenes_of_another_size_are_not_compared(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    first, *rest = found.results
    large = dataclasses.replace(first, width=2 * reports.WIDTH)
    before = dataclasses.replace(found, results=(large, *rest))
    page = written(tmp_path, found, previous=before)
    assert ["left out, of another size", "0", "1 changed since"] in page.rows
    assert rows_of(page, "Previous run")[0][1] == "3 of 4"
    assert rows_of(page, "a/first")[0][2] == "\N{EN DASH}"


def test_a_report_is_there_completely_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.html"
    path.write_text("the one before")
    found, samples = reports.evaluation(tmp_path), reports.data_set(tmp_path)
    before = sorted(tmp_path.iterdir())

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("stereo.evaluation.report.page.scene_details", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_report(path, found, samples)
    assert path.read_text() == "the one before"
    assert sorted(tmp_path.iterdir()) == before


def test_options_are_shown_as_json(tmp_path: Path) -> None:
    found = reports.evaluation(tmp_path)
    options = {"size": [3, 5], "off": None, "name": "x"}
    page = written(tmp_path, dataclasses.replace(found, options=options))
    shown = {row[0]: row[1] for row in rows_of(page, "option ")}
    assert shown == {
        f"option {name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in options.items()
    }
