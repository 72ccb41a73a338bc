"""How long a browser takes to show the page of a large run.

    python -m benchmarks.paint [SCENARIOS]

Printed is the time from navigation to the first contentful paint in Chromium, of a page that was
never loaded before: median, least and most. The page is that of benchmarks/report.py.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from selenium import webdriver

from benchmarks.report import SCENARIOS, made_up
from kubeproof.report.book import book_of
from kubeproof.report.page import page

LOADS = 9
FLAGS = ("headless", "no-sandbox", "disable-gpu", "no-first-run", "disable-background-networking")
PAINTED = """
const done = arguments[0];
(function look() {
  const [entry] = performance.getEntriesByName("first-contentful-paint");
  if (entry) done(entry.startTime); else setTimeout(look, 10);
})();
"""


def main() -> int:
    """Print the figures."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        print("no chromium and chromedriver here")
        return 0
    scenarios = int(sys.argv[1]) if len(sys.argv) > 1 else SCENARIOS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page(book_of(made_up(scenarios))), encoding="utf-8")
        times = sorted(painted(browser, driver, file, folder))
    told = f"median {statistics.median(times):.0f}, least {times[0]:.0f}, most {times[-1]:.0f} ms"
    print(f"first paint of {scenarios} scenarios: {told}")
    return 0


def painted(browser: str, driver: str, file: Path, profile: str) -> list[float]:
    """Milliseconds until the first paint, for each of some loads."""
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"user-data-dir={profile}"):
        options.add_argument(f"--{flag}")
    chromium: Any = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    times: list[float] = []
    for _ in range(LOADS):
        chromium.get("about:blank")
        chromium.get(f"file://{file}")
        times.append(float(chromium.execute_async_script(PAINTED)))
    chromium.quit()
    return times


if __name__ == "__main__":
    sys.exit(main())
