"""How quick the page is, as a browser sees it. Needs Chromium and Playwright; without
them nothing is measured.

python -m benchmarks.dashboard
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ARGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
REPEATS = 5
DRAWN = "() => Number(document.querySelector('.answer .chart')?.dataset.drawn || 0)"
MOVE = """async ([label, value]) => {
  const chart = document.querySelector('.answer .chart');
  const before = Number(chart.dataset.drawn);
  const input = [...document.querySelectorAll('.slider')].find(s => s.querySelector('label').textContent === label).querySelector('input');
  const begun = performance.now();
  input.value = value;
  input.dispatchEvent(new Event('input'));
  const runs = [], seen = new Set();
  while (performance.now() - begun < 20000) {
    await new Promise(requestAnimationFrame);
    const said = document.querySelector('.verdict .status')?.innerText || '';
    const count = (said.match(/[0-9,]+ runs/) || [''])[0];
    if (Number(chart.dataset.drawn) > before && count && !seen.has(count) && (runs.length || !said.startsWith('Computing'))) {
      seen.add(count); runs.push([parseInt(count.replace(',', '')), (performance.now() - begun) / 1000]);
    }
    if (runs.length && !document.querySelector('.status.busy')) break;
  }
  return runs;
}"""


def measure() -> dict[str, Any]:
    """First picture, slider to picture, quarters played a second, weight of the page; {} with a
    reason where there is no browser."""
    chrome = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {"dashboard_skipped": "playwright is not installed"}
    if not chrome:
        return {"dashboard_skipped": "no chromium"}
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "village_alliances", "dashboard", "--port", str(port)],
        cwd=ROOT,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        _wait(url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chrome, args=ARGS.split())
            try:
                return _figures(browser, url)
            finally:
                browser.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def _wait(url: str) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url + "readyz", timeout=2)
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"no answer at {url}")


def _page(browser: Any, url: str) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB").new_page()
    page.set_default_timeout(120_000)
    page.goto(url)
    return page


def _settled(page: Any) -> None:
    page.wait_for_selector(".answer .chart[data-drawn]")
    page.wait_for_function("!document.querySelector('.status.busy')")
    page.wait_for_timeout(500)


def _figures(browser: Any, url: str) -> dict[str, Any]:
    _settled(_page(browser, url + "?lang=en&seed=9"))  # warms the server
    first = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        page = _page(browser, url + "?lang=en")
        page.wait_for_selector(".answer .chart[data-drawn]")
        first.append(time.perf_counter() - begun)
        page.context.close()
    figures: dict[str, Any] = {
        "dashboard_first_picture_s": round(statistics.median(first), 2),
        "dashboard_page_mb": _weight(browser, url),
    }
    figures |= _slider(browser, url, "jinxi", {100: "dashboard_slider_jinxi_100_s"})
    figures |= _slider(
        browser,
        url,
        "fenghua",
        {20: "dashboard_slider_fenghua_20_s", 100: "dashboard_slider_fenghua_100_s"},
    )
    return figures | {"dashboard_fenghua_quarters_a_second": _played(browser, url)}


def _weight(browser: Any, url: str) -> float:
    """MB that come over the line for the first page: files and websocket."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    bytes_seen = [0.0]
    client.on(
        "Network.loadingFinished",
        lambda e: bytes_seen.__setitem__(0, bytes_seen[0] + e["encodedDataLength"]),
    )
    client.on(
        "Network.webSocketFrameReceived",
        lambda e: bytes_seen.__setitem__(0, bytes_seen[0] + len(e["response"]["payloadData"])),
    )
    page.goto(url + "?lang=en")
    _settled(page)
    context.close()
    return round(bytes_seen[0] / 1e6, 2)


def _slider(browser: Any, url: str, source: str, wanted: dict[int, str]) -> dict[str, float]:
    page = _page(
        browser, url + f"?lang=en&source={source}&strategies=none~strong_leads_weak~industry_chain"
    )
    _settled(page)
    seen: dict[int, list[float]] = {runs: [] for runs in wanted}
    for n in range(REPEATS):
        for runs, seconds in page.evaluate(
            MOVE, ["Grant for each member village and year", 100_000 + 20_000 * n]
        ):
            if runs in seen:
                seen[runs].append(seconds)
        _settled(page)
    page.context.close()
    return {
        wanted[runs]: round(statistics.median(times), 2) for runs, times in seen.items() if times
    }


def _played(browser: Any, url: str) -> float:
    """Quarters of two counties side by side, with maps and lines, that are drawn in a
    second at the quickest speed."""
    page = _page(browser, url + "?page=live&lang=en&source=fenghua&left=none&right=industry_chain")
    page.wait_for_selector(".film[data-tick]")
    page.check("text=again and again")
    page.select_option(".film-bar select", "20")
    page.click(".play")
    page.wait_for_timeout(1500)
    before, begun = int(page.get_attribute(".film", "data-frames")), time.perf_counter()
    page.wait_for_timeout(6000)
    drawn, seconds = (
        int(page.get_attribute(".film", "data-frames")) - before,
        time.perf_counter() - begun,
    )
    page.context.close()
    return round(drawn / seconds, 1)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
