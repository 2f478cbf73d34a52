"""The page in a real browser: it draws without an error, zooms, prints, and can be used without eyes or mouse."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from ziggie_harness.evidence.report.page import write_report

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[dev]'")
axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine (Debian: apt-get install chromium)"
)

PASSED, CAUGHT, HOSTILE, FAILED, SKIPPED = "The primary", "Replication", "Hostile", "The recovery", "No database"
"""How the names of the run's drills begin."""

REFUSED = "29 \u00d7 refused: no connection in time"
"""How the page tells of all that the clients of a drill were refused."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for the tests of this file."""
    with playwright.sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(sealed_run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where the page of the run is."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(sealed_run, path)
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Return the open page; at the end it must have said nothing to the console and asked nobody for anything."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    yield page
    page.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


def opened(page: Page, name: str) -> Page:
    """Open the page of the drill whose name begins so."""
    page.locator(".list a", has_text=name).first.click()
    page.locator("#drill h1").wait_for()
    return page


def sound(text: str | None) -> str:
    """Return a text with plain spaces."""
    return " ".join((text or "").replace("\u00a0", " ").split())


def test_the_first_screen_tells_verdict_promise_measurement_and_fidelity(page: Page) -> None:
    """Somebody who sees the top of the page alone knows how it ended."""
    assert sound(page.locator("h1").inner_text()) == "1 promise was broken."
    assert page.locator(".promises li").count() == 3
    box = page.locator(".promises").bounding_box()
    assert box is not None
    assert box["y"] < 900
    assert "emulated" in page.locator(".genuine").inner_text()


def test_every_number_on_the_page_is_that_of_the_record(page: Page, sealed_run: Path) -> None:
    """Each number of each check is shown with its value, the great ones in words too."""
    seen = 0
    for name in (PASSED, CAUGHT, HOSTILE, FAILED):
        opened(page, name)
        folder = page.locator(".record code").first.inner_text()
        for judgement in json.loads((sealed_run / folder / "verdicts.json").read_bytes()):
            for number in judgement["measurements"]:
                cell = page.locator(f'td[data-check="{judgement["check"]}"][data-number="{number["name"]}"]')
                assert float(cell.get_attribute("data-value") or "nan") == number["value"]
                assert float(sound(cell.text_content()).split(" ")[0]) == pytest.approx(number["value"], abs=0.0005)
                seen += 1
                if number["name"] == "RTO":
                    assert sound(page.locator("[data-number=RTO].big").text_content()).startswith(
                        f"{number['value']:.1f} s"
                    )
        page.locator(".crumbs a").first.click()
    assert seen > 40


def test_what_was_lost_is_listed(page: Page) -> None:
    """Every lost write has a line, and a colour of its own on the timeline."""
    opened(page, CAUGHT)
    assert "8 of 46 acknowledged writes" in sound(page.locator("[data-number='lost writes'].big").inner_text())
    assert page.locator(".lost-writes tbody tr").count() == 8
    assert page.locator(".plot .run.lost").count() == 1
    assert "Corrected design:" in page.locator("article").inner_text()


def shown(page: Page) -> tuple[float, float]:
    """Return the piece of the drill that the timeline shows, in seconds since the fault."""
    words = sound(page.locator(".range").inner_text()).replace("\u2212", "-").split()
    return float(words[0]), float(words[3])


def test_the_timeline_zooms_by_wheel_buttons_and_keys(page: Page) -> None:
    """Each of them shows less, or more, about where one looks; nothing leaves the drill."""
    opened(page, PASSED)
    start, end = shown(page)
    assert start < 0
    assert end > 150
    plot = page.locator(".plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 120)
    page.mouse.wheel(0, -240)
    page.wait_for_function(f"document.querySelector('.range').textContent.includes('{end:.1f}') === false")
    wheeled = shown(page)
    assert wheeled[1] - wheeled[0] < end - start
    page.get_by_role("button", name="Zoom in").click()
    nearer = shown(page)
    assert nearer[1] - nearer[0] == pytest.approx((wheeled[1] - wheeled[0]) / 2, abs=0.2)
    plot.focus()
    page.keyboard.press("ArrowRight")
    assert shown(page)[0] > nearer[0]
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert shown(page) == (-610.0, 190.0)
    page.get_by_role("button", name="from the fault until").click()
    assert shown(page)[1] < end


def test_the_timeline_is_dragged(page: Page) -> None:
    """What is under the pointer stays under it."""
    opened(page, PASSED)
    plot = page.locator(".plot")
    plot.scroll_into_view_if_needed()
    page.get_by_role("button", name="Zoom in").click()
    before = shown(page)
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 700, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 150, steps=4)
    page.mouse.up()
    page.wait_for_function(f"!document.querySelector('.range').textContent.startsWith('{before[0]:.1f}')")
    assert shown(page)[0] > before[0]
    assert shown(page)[1] - shown(page)[0] == pytest.approx(before[1] - before[0], abs=0.2)


def test_an_event_is_told_to_pointer_and_keyboard(page: Page) -> None:
    """Hovering, and going from event to event by keys, say the same of it: what, when, and how often."""
    opened(page, PASSED)
    bar = page.locator(".plot .run.bad").first
    bar.hover()
    tip = sound(page.locator("#tip").inner_text())
    assert REFUSED in tip
    plot = page.locator(".plot")
    plot.focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if page.locator("#said").inner_text().startswith("writes:"):
            break
    page.keyboard.press("n")
    said = sound(page.locator("#said").inner_text())
    assert said.startswith(f"writes: {REFUSED}. +1.0 s to +142.0 s")


def test_the_table_says_what_the_timeline_shows(page: Page) -> None:
    """Whoever cannot see the timeline reads every run of it in a table, in the order of time."""
    opened(page, PASSED)
    page.get_by_text("The timeline as a table").click()
    rows = page.locator(".events tbody tr")
    rows.first.wait_for()
    number = page.evaluate("""() => {
      const drill = data(location.hash.replace('#drill', 'data'));
      const of = (lists) => lists.reduce((sum, list) => sum + list.length, 0);
      return of(drill.lanes.map((lane) => lane.runs)) + of(drill.curves.map((curve) => curve.points));
    }""")
    assert rows.count() == number


def test_the_list_is_filtered_by_ending_and_words(page: Page) -> None:
    """Both together narrow it; the number of what is left is said."""
    page.locator(".chip[data-ending=caught]").click()
    assert page.locator("#shown").inner_text() == "1 of 5 drills"
    page.locator(".chip[data-ending=passed]").click()
    assert page.locator(".list .row:visible").count() == 2
    page.get_by_role("searchbox").fill("PRIMARY dark")
    assert page.locator("#shown").inner_text() == "1 of 5 drills"
    page.get_by_role("searchbox").fill("no such thing")
    assert page.locator("#none").is_visible()


def test_a_skipped_drill_tells_why(page: Page) -> None:
    """It has no timeline, and no number; it has the reason."""
    opened(page, SKIPPED)
    assert "there is no mongod on this machine" in page.locator("#drill").inner_text()
    assert page.locator(".plot").count() == 0


def test_hostile_names_stay_text(page: Page) -> None:
    """A name and a message that are markup elsewhere are read here as they are, and run nothing."""
    opened(page, HOSTILE)
    page.get_by_text("The timeline as a table").click()
    assert "<img src=x onerror=window.owned=1>" in page.locator("h1.title").inner_text()
    assert page.locator("td", has_text="</script><script>").count() >= 1
    assert page.evaluate("window.owned") is None
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_sticks_out_at_any_width(page: Page, width: int) -> None:
    """On a phone, a tablet and a desk the page is as wide as its window, first screen and drill alike."""
    page.set_viewport_size({"width": width, "height": 800})
    for name in ("", CAUGHT, HOSTILE):
        if name:
            opened(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if name:
            assert page.locator(".plot svg").count() > 4
            page.locator(".crumbs a").first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_is_found(page: Page, scheme: str) -> None:
    """A search by axe finds no missing name in the list and on a drill, nor too little contrast, light or dark."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    axe = axe_playwright.Axe()
    options = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
    found = axe.run(page, options=options)
    assert found.violations_count == 0, found.generate_report()
    opened(page, CAUGHT)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    found = axe.run(page, options=options)
    assert found.violations_count == 0, found.generate_report()


def test_paper_has_everything_open(page: Page) -> None:
    """Printed, a short list has its drills behind it, each with its timeline; afterwards the page is as before."""
    page.evaluate("""() => addEventListener('beforeprint', () => {
      const count = (which) => document.querySelectorAll(`#paper ${which}`).length;
      window.printed = [count('article'), count('.plot .run'),
        count('details:not([open]):not([data-on-paper=closed])')];
    })""")
    page.locator(".chip[data-ending=caught]").click()
    page.locator(".chip[data-ending=passed]").click()
    assert page.pdf().startswith(b"%PDF")
    articles, runs, closed = page.evaluate("window.printed")
    assert articles == 2
    assert runs > 20
    assert closed == 0
    assert page.locator("#paper article").count() == 0


def test_a_drill_is_drawn_when_it_is_looked_at(page: Page) -> None:
    """Opening the page draws no timeline, so that a night of drills opens as quickly as one."""
    assert page.locator(".plot").count() == 0
    opened(page, PASSED)
    assert page.locator(".plot").count() == 1
    page.go_back()
    page.locator("#overview").wait_for()
    assert page.locator(".plot").count() == 0
    assert page.evaluate("document.activeElement.textContent").startswith(PASSED)
