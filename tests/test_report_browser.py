"""The report of an evaluation in headless Chromium: what can be clicked does what it says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import reports

from stereo.evaluation.report import write_report
from stereo.evaluation.results import Failure

FIRST, SECOND, SCRIPT, LAST = reports.NAMES
DESKTOP, PHONE = (1280, 800), (360, 740)

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a report with everything that one can have."""
    folder = tmp_path_factory.mktemp("report")
    found = dataclasses.replace(
        reports.evaluation(folder), failures=(Failure("x" * 200, "/a/long/path" * 20),)
    )
    peer = reports.evaluation(folder, "peer with a name", off=0.7, confident=False)
    before = reports.evaluation(folder, "earlier", names=reports.NAMES[1:], off=1.5)
    path = folder / "report.html"
    write_report(path, found, reports.data_set(folder), previous=before, peers=[peer])
    return path


@pytest.fixture
def page_of(browser: Any, report: Path) -> Iterator[Open]:
    """Give a function that opens the report; what it logs or loads fails the test."""
    wrong: list[str] = []
    contexts = []

    def open_report(size: tuple[int, int] = DESKTOP, address: str = "", **options: Any) -> Any:
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("requestfailed", lambda request: wrong.append(f"failed {request.url[:99]}"))
        page.on("request", lambda request: requested(request.url))
        page.goto(f"{report.as_uri()}{address}")
        return page

    def requested(url: str) -> None:
        if not url.startswith(("data:", report.as_uri())):
            wrong.append(f"requested {url}")

    yield open_report
    for context in contexts:
        context.close()
    assert wrong == []


def scenes(page: Any) -> list[str]:
    return page.locator("table.scenes:visible tbody tr").evaluate_all(
        "rows => rows.map(row => row.dataset.scene)"
    )


def head(page: Any, name: str) -> Any:
    return page.locator("table.scenes:visible thead button").filter(has_text=name).first


def no_wider_than_the_window(page: Any, selector: str) -> None:
    widths = page.locator(selector).evaluate("one => [one.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1], selector


def test_columns_are_sorted(page_of: Open) -> None:
    page = page_of()
    assert scenes(page) == list(reports.NAMES)
    error = head(page, "total bad 2")
    error.click()
    assert scenes(page) == list(reversed(reports.NAMES))
    assert error.locator("xpath=..").get_attribute("aria-sort") == "descending"
    error.click()
    assert scenes(page) == list(reports.NAMES)
    head(page, "scene").click()
    assert scenes(page) == [SCRIPT, LAST, FIRST, SECOND]
    assert error.locator("xpath=..").get_attribute("aria-sort") is None
    head(page, "Previous run").click()
    assert scenes(page)[-1] == FIRST  # which that run has not
    head(page, "Previous run").click()
    assert scenes(page)[-1] == FIRST


def test_a_row_opens_its_scene(page_of: Open) -> None:
    page = page_of()
    dialog = page.locator("dialog")
    assert not dialog.is_visible()
    page.locator("tr:visible", has_text=SECOND).locator("td").first.click()
    assert dialog.locator("h2").inner_text() == SECOND
    images = dialog.locator("img:visible")
    assert images.count() == 5
    for k in range(5):
        images.nth(k).scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete", arg=images.nth(k).element_handle())
        assert images.nth(k).evaluate("image => image.naturalWidth") == reports.WIDTH
    dialog.get_by_role("button", name="Next").click()
    assert dialog.locator("h2").inner_text() == SCRIPT
    dialog.get_by_role("button", name="Previous").click()
    dialog.get_by_role("button", name="Previous").click()
    assert dialog.locator("h2").inner_text() == FIRST
    dialog.get_by_role("button", name="Previous").click()
    assert dialog.locator("h2").inner_text() == LAST
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="hidden")
    page.wait_for_function("location.hash === ''")


def test_next_follows_the_sorted_table(page_of: Open) -> None:
    page = page_of()
    head(page, "total bad 2").click()
    page.get_by_role("link", name=SECOND).click()
    page.get_by_role("button", name="Next").click()
    assert page.locator("dialog h2").inner_text() == FIRST


def test_a_link_opens_its_scene(page_of: Open) -> None:
    page = page_of(address="#scene=second_2")
    dialog = page.locator("dialog")
    assert dialog.locator("h2").inner_text() == SECOND
    page.evaluate("name => { location.hash = '#scene=' + encodeURIComponent(name); }", LAST)
    dialog.locator("h2", has_text=LAST).wait_for()
    page.go_back()
    dialog.locator("h2", has_text=SECOND).wait_for()
    page.evaluate("location.hash = '#scene=none'")
    dialog.wait_for(state="hidden")
    for address in ("#scene=%E0%A4%A", "#scene=", "#other"):
        page.evaluate("address => { location.hash = address; }", "#scene=second_2")
        dialog.wait_for()
        page.evaluate("address => { location.hash = address; }", address)
        dialog.wait_for(state="hidden")


def test_pictures_of_another_run(page_of: Open) -> None:
    page = page_of(address="#scene=second_2")
    dialog = page.locator("dialog")
    shown = "images => images.map(one => one.alt)"
    run = dialog.locator("img:visible")
    assert "Errors of second_2, This run" in run.evaluate_all(shown)
    dialog.get_by_label("peer with a name").check()
    assert run.evaluate_all(shown) == [
        "Left image of second_2",
        "True disparity of second_2",
        "Disparity of second_2, peer with a name",
        "Errors of second_2, peer with a name",
    ]
    dialog.get_by_role("button", name="Next").click()
    assert "Errors of <script>alert('x')</script>, peer with a name" in run.evaluate_all(shown)
    dialog.get_by_label("Previous run").check()
    dialog.get_by_role("button", name="Previous").click()
    dialog.get_by_role("button", name="Previous").click()  # a scene that the run has not
    assert "Errors of a/first, This run" in run.evaluate_all(shown)
    dialog.get_by_role("button", name="Next").click()
    assert "Errors of second_2, Previous run" in run.evaluate_all(shown)


def test_the_pixels_that_count(page_of: Open) -> None:
    page = page_of()
    titles = page.locator("main h2:visible")
    assert "Scenes: non-occluded pixels" in titles.all_inner_texts()
    before = page.locator("table.scenes:visible tfoot td").first.inner_text()
    page.get_by_role("radio", name="All known pixels").check()
    assert titles.all_inner_texts() == [
        "Scenes that failed",
        "Means: all known pixels",
        "Scenes: all known pixels",
        "Runs",
    ]
    assert page.locator("table.scenes:visible tfoot td").first.inner_text() != before
    page.get_by_role("link", name=SECOND).click()
    dialog = page.locator("dialog")
    dialog.wait_for()
    assert dialog.locator("caption:visible").all_inner_texts() == ["All known pixels"]
    dialog.get_by_role("radio", name="Non-occluded pixels").check()
    assert dialog.locator("caption:visible").all_inner_texts() == ["Non-occluded pixels"]
    dialog.get_by_role("button", name="Close").click()
    assert page.locator("table.scenes:visible tfoot td").first.inner_text() == before
    assert page.get_by_role("radio", name="Non-occluded pixels").first.is_checked()


def test_everything_by_keyboard(page_of: Open) -> None:
    page = page_of()
    keys = page.keyboard
    page.locator('input[name="region"]').first.focus()
    keys.press("ArrowRight")
    assert page.locator("h2", has_text="Scenes: all known pixels").is_visible()
    head(page, "total bad 2").focus()
    assert head(page, "total bad 2").evaluate("b => getComputedStyle(b).outlineStyle") == "solid"
    keys.press("Enter")
    assert scenes(page) == list(reversed(reports.NAMES))
    page.get_by_role("link", name=SECOND).focus()
    keys.press("Enter")
    dialog = page.locator("dialog")
    dialog.wait_for()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    dialog.locator('input[name="run"]').first.focus()
    keys.press("ArrowRight")
    assert dialog.get_by_label("Previous run").is_checked()
    keys.press("Escape")
    dialog.wait_for(state="hidden")
    page.wait_for_function("name => document.activeElement.textContent === name", arg=SECOND)


def test_the_same_place_in_all_pictures(page_of: Open) -> None:
    page = page_of(address="#scene=second_2")
    pictures = page.locator("dialog .pictures")
    page.locator("dialog .frame").first.hover(position={"x": 30, "y": 20})
    assert "pointed" in (pictures.get_attribute("class") or "")
    share = pictures.evaluate("one => Number(one.style.getPropertyValue('--x'))")
    width = page.locator("dialog .frame").first.evaluate("one => one.clientWidth")
    assert share == pytest.approx(30 / width, abs=0.02)
    page.locator("dialog h2").hover()
    assert "pointed" not in (pictures.get_attribute("class") or "")


def test_a_phone(page_of: Open) -> None:
    page = page_of(PHONE, has_touch=True, is_mobile=True)
    no_wider_than_the_window(page, "html")
    small = page.locator("button:visible, label:visible, a:visible").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height < 40)"
        ".map(one => one.textContent)"
    )
    assert small == []
    page.get_by_role("link", name=FIRST).tap()
    dialog = page.locator("dialog")
    assert dialog.locator("h2").inner_text() == FIRST
    no_wider_than_the_window(page, "dialog")
    dialog.get_by_label("peer with a name").tap()
    assert dialog.locator("img:visible").count() == 4
    dialog.get_by_role("button", name="Close").tap()
    no_wider_than_the_window(page, "html")


def test_dark_mode(page_of: Open) -> None:
    def lightness(scheme: str) -> tuple[int, int]:
        page = page_of(color_scheme=scheme)
        style = "one => getComputedStyle(document.body)[one].match(/[0-9]+/g).map(Number)"
        back, fore = (page.evaluate(style, name) for name in ("backgroundColor", "color"))
        return sum(back), sum(fore)

    back, fore = lightness("light")
    assert back > fore + 300
    back, fore = lightness("dark")
    assert fore > back + 300


def test_without_scripts(page_of: Open) -> None:
    page = page_of(java_script_enabled=False)
    assert page.locator("table.scenes").count() == 2
    for table in page.locator("table.scenes").all():
        assert table.is_visible()
    assert not page.locator("main > .switch").is_visible()
