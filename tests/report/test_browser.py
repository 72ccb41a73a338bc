"""The page in a real browser: search, filters, anchors, keyboard, width, print, accessibility."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report import made_up
from kubeproof.report.book import book_of
from kubeproof.report.coverage import coverage
from kubeproof.report.coverage_text import page as coverage_page
from kubeproof.report.page import FEW, page
from kubeproof.report.run import RunRecord
from kubeproof.report.verdicts import Verdicts
from tests.report import runs

webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install selenium")
waiting = pytest.importorskip("selenium.webdriver.support.wait")
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
AXE = importlib.util.find_spec("selenium_axe_python")
WIDTHS = {"desktop": 1280, "telephone": 390}

pytestmark = [
    pytest.mark.skipif(not BROWSER or not DRIVER, reason="no chromium and chromedriver here"),
    pytest.mark.xdist_group("browser"),
]

PAGES = {
    "red": runs.run(),
    "green": runs.run(runs.opened(), kind="sandbox"),
    "documentation": RunRecord(sources=[runs.SOURCE]),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    made = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    made.set_page_load_timeout(60)
    made.set_script_timeout(120)  # axe-core looks at every colour of a large page
    yield made
    made.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, run in PAGES.items():
        (made / f"{name}.html").write_text(page(book_of(run)), encoding="utf-8")
    return made


@pytest.fixture
def red(browser: Any, folder: Path) -> Any:
    """The page of a run with every sort of end, at desktop width."""
    return opened(browser, folder / "red.html")


def opened(browser: Any, path: Path, anchor: str = "", width: int = 1280) -> Any:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get("about:blank")  # an anchor alone would not load the page anew
    browser.get(f"file://{path}{anchor}")
    browser.execute_script("localStorage.clear()")
    return browser


def shown(browser: Any) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('.scenario')].filter(one => one.offsetParent)"
        ".map(one => one.id)"
    )


def await_(browser: Any, condition: Callable[[], bool]) -> None:
    def holds(_: Any) -> bool:
        return condition()

    waiting.WebDriverWait(browser, 10).until(holds)


def type_(browser: Any, element: str, text: str) -> None:
    browser.find_element("css selector", element).send_keys(text)


def press(browser: Any, keys: str) -> None:
    browser.switch_to.active_element.send_keys(keys)


def focused(browser: Any) -> str:
    return browser.execute_script("return document.activeElement.closest('.scenario')?.id ?? ''")


def choose(browser: Any, name: str, value: str) -> None:
    browser.execute_script(
        "const one = document.querySelector(`[data-filter=${arguments[0]}]`);"
        "one.value = arguments[1]; one.dispatchEvent(new Event('input', {bubbles: true}))",
        name,
        value,
    )


def test_everything_is_shown_at_first(red: Any) -> None:
    assert len(shown(red)) == 7
    assert red.find_element("id", "shown").text == "7 scenarios"


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("np-06", ["np-06"]),
        ("CLOUDS", ["np-05"]),
        ("door that opens", ["np-03"]),
        ("load balancer", ["np-05"]),
        ("no such word", []),
    ],
)
def test_search(red: Any, words: str, ids: list[str]) -> None:
    type_(red, "#search", words)
    assert shown(red) == ids
    assert red.find_element("id", "nothing").is_displayed() == (not ids)
    assert red.find_element("id", "shown").text == f"{len(ids)} of 7 scenarios"


@pytest.mark.parametrize(
    ("name", "value", "ids"),
    [
        ("status", "failed", ["np-04"]),
        ("status", "not run", ["a-door-without-a-rule", "np-08"]),
        ("capabilities", "outside", ["np-03"]),
        ("tags", "extended", ["np-05"]),
        ("tags", "slow", ["np-06"]),
    ],
)
def test_filters(red: Any, name: str, value: str, ids: list[str]) -> None:
    choose(red, name, value)
    assert shown(red) == ids
    choose(red, name, "")
    assert len(shown(red)) == 7


def test_filter_by_area(red: Any) -> None:
    choose(red, "area", "nodeport")
    assert len(shown(red)) == 7


def test_search_and_filters_together(red: Any) -> None:
    choose(red, "tags", "core")
    choose(red, "status", "skipped")
    type_(red, "#search", "clouds")
    assert shown(red) == ["np-05"]
    type_(red, "#search", " nowhere")
    assert shown(red) == []
    headings = red.find_elements("css selector", "h2, h3, h4")
    assert not [one.text for one in headings if one.is_displayed()]


def test_a_link_to_a_behaviour_opens_it(browser: Any, folder: Path) -> None:
    opened(browser, folder / "red.html", "#np-03")
    place = browser.find_element("id", "np-03")
    assert place.get_attribute("open")
    top = browser.execute_script("return arguments[0].getBoundingClientRect().top", place)
    assert 0 <= top < 900


def test_a_link_to_what_is_filtered_away_shows_it(red: Any) -> None:
    type_(red, "#search", "clouds")
    red.execute_script("location.hash = '#np-06'")
    await_(red, lambda: "np-06" in shown(red))
    assert red.find_element("id", "np-06").get_attribute("open")


def test_keyboard(red: Any) -> None:
    press(red, "/")
    assert red.switch_to.active_element.get_attribute("id") == "search"
    press(red, "j/k")
    assert red.find_element("id", "search").get_attribute("value") == "j/k"
    press(red, "\ue00c")  # Escape
    assert len(shown(red)) == 7
    press(red, "j")
    assert focused(red) == "a-door-without-a-rule"
    press(red, "j")
    assert focused(red) == "np-03"
    press(red, "\ue007")  # Enter
    assert red.find_element("id", "np-03").get_attribute("open")
    press(red, "k")
    assert focused(red) == "a-door-without-a-rule"


def test_every_control_is_reached_with_tab(red: Any) -> None:
    reached: set[str] = set()
    for _ in range(30):
        press(red, "\ue004")  # Tab
        one = red.switch_to.active_element
        reached.add(one.get_attribute("id") or one.get_attribute("data-filter") or "")
    assert {"theme", "search", "status", "area", "capabilities", "tags", "unfold"} <= reached


def test_open_all_and_close_all(red: Any) -> None:
    button = red.find_element("id", "unfold")
    button.click()
    assert all(one.get_attribute("open") for one in red.find_elements("class name", "scenario"))
    button.click()
    assert not any(one.get_attribute("open") for one in red.find_elements("class name", "scenario"))


def test_copy_copies_the_manifest(red: Any) -> None:
    red.execute_cdp_cmd(
        "Browser.grantPermissions",
        {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]},
    )
    red.find_element("css selector", ".manifest summary").click()
    button = red.find_element("css selector", ".copy")
    button.click()
    await_(red, lambda: button.text == "Copied")
    read = "navigator.clipboard.readText().then(arguments[0], why => arguments[0](String(why)))"
    assert red.execute_async_script(read) == runs.MANIFEST


def colour(browser: Any) -> str:
    return browser.execute_script("return getComputedStyle(document.body).backgroundColor")


def prefer(browser: Any, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def test_light_and_dark_follow_the_system_until_somebody_chooses(red: Any) -> None:
    prefer(red, "light")
    light = colour(red)
    prefer(red, "dark")
    dark = colour(red)
    assert light != dark
    button = red.find_element("id", "theme")
    button.click()
    assert (button.text, colour(red)) == ("Theme: light", light)
    button.click()
    prefer(red, "light")
    assert (button.text, colour(red)) == ("Theme: dark", dark)
    red.refresh()
    assert colour(red) == dark
    prefer(red, "")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(
    browser: Any, folder: Path, name: str, width: int
) -> None:
    opened(browser, folder / f"{name}.html", width=width)
    browser.find_element("id", "unfold").click()
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_everything_is_printed(red: Any) -> None:
    red.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert all(one.get_attribute("open") for one in red.find_elements("class name", "scenario"))
    red.execute_script("dispatchEvent(new Event('afterprint'))")
    still = [
        one for one in red.find_elements("class name", "scenario") if one.get_attribute("open")
    ]
    assert [one.get_attribute("id") for one in still] == ["np-04", "np-07"]


@pytest.mark.parametrize("name", PAGES)
def test_no_console_error_and_nothing_is_asked_of_a_network(
    browser: Any, folder: Path, name: str
) -> None:
    browser.get_log("browser")
    opened(browser, folder / f"{name}.html")
    browser.find_element("id", "unfold").click()
    assert browser.get_log("browser") == []
    asked = "return performance.getEntriesByType('resource').map(one => one.name)"
    assert browser.execute_script(asked) == []


def axe(browser: Any) -> Any:
    """What axe-core says of the page as it is now."""
    assert AXE
    assert AXE.origin
    script = Path(AXE.origin).parent / "axe-core" / "axe.min.js"
    browser.execute_script(script.read_text(encoding="utf-8"))
    return browser.execute_async_script(
        "axe.run({resultTypes: ['violations']})"
        ".then(arguments[0], why => arguments[0]({error: String(why)}))"
    )


@pytest.mark.skipif(AXE is None, reason="no axe: pip install selenium-axe-python")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Any, folder: Path, name: str, width: int, scheme: str) -> None:
    opened(browser, folder / f"{name}.html", width=width)
    prefer(browser, scheme)
    browser.find_element("id", "unfold").click()
    for details in browser.find_elements("css selector", "details:not([open])"):
        browser.execute_script("arguments[0].open = true", details)
    found = axe(browser)
    prefer(browser, "")
    assert "error" not in found
    assert len(found["passes"]) > 15  # it did look
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


@pytest.mark.skipif(AXE is None, reason="no axe: pip install selenium-axe-python")
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_the_page_of_what_is_covered(browser: Any, tmp_path: Path, width: int) -> None:
    ran = Verdicts("sandbox", "2026-01-02", {"np-03": "passed", "np-04": "failed"})
    found = coverage([runs.SOURCE], {"np-03": ["wall"]}, [ran])
    (tmp_path / "coverage.html").write_text(coverage_page(found), encoding="utf-8")
    browser.get_log("browser")
    opened(browser, tmp_path / "coverage.html", "#np-03", width)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert [(one["id"], one["nodes"][0]["html"]) for one in axe(browser)["violations"]] == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of 250 scenarios."""
    path = tmp_path_factory.mktemp("large") / "page.html"
    path.write_text(page(book_of(made_up(250))), encoding="utf-8")
    return path


def test_a_large_page_can_be_searched_and_filtered_at_once(browser: Any, large: Path) -> None:
    browser.get_log("browser")
    opened(browser, large)
    choose(browser, "area", "area_1")
    assert browser.find_element("id", "shown").text == "34 of 250 scenarios"
    type_(browser, "#search", "np-11")
    assert shown(browser) == ["np-11"]
    assert browser.get_log("browser") == []


@pytest.mark.skipif(AXE is None, reason="no axe: pip install selenium-axe-python")
def test_axe_finds_nothing_where_the_list_of_features_is_folded(
    browser: Any, tmp_path: Path
) -> None:
    many = made_up(6 * (FEW + 1))  # six scenarios in a feature; of 250 it takes axe half a minute
    (tmp_path / "page.html").write_text(page(book_of(many)), encoding="utf-8")
    opened(browser, tmp_path / "page.html")
    assert browser.find_elements("css selector", "nav li details:not([open])")
    assert [(one["id"], one["nodes"][0]["html"]) for one in axe(browser)["violations"]] == []
