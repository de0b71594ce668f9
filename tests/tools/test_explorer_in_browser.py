"""The explorer of a plane of codes in a real browser: keyboard, click, drag and touch.

Chromium is driven over its DevTools protocol, on a page opened from a file.
"""

import itertools
import json
import re
import shutil
import subprocess
import time

import numpy as np
import pytest

from companion import plots
from companion.plots import exploring

interactive = pytest.importorskip("tools.interactive", reason="needs the book's packages")
websocket = pytest.importorskip("websocket", reason="needs websocket-client of Jupyter")

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason=f"needs one of {', '.join(NAMES)}"),
]
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
GRID = np.linspace(-1.0, 1.0, 9)
KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Tab": 9}
SIDE = exploring.SIDE


class Browser:
    """A page of Chromium; commands are awaited one by one."""

    def __init__(self, address):
        self._socket = websocket.create_connection(address, timeout=60)
        self._numbers = itertools.count(1)

    def call(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while (answer := json.loads(self._socket.recv())).get("id") != number:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def value(self, expression):
        parameters = {"expression": expression, "returnByValue": True}
        answer = self.call("Runtime.evaluate", **parameters)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, expression):
        end = time.monotonic() + 30
        while not (found := self.value(expression)):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)
        return found

    def press(self, key):
        """Press a key and let the page draw."""
        key = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **key)
        time.sleep(0.1)

    def mouse(self, kind, place, buttons=0):
        settings = {"button": "left" if kind != "mouseMoved" else "none"}
        settings |= {"buttons": buttons, "clickCount": 1}
        self.call("Input.dispatchMouseEvent", type=kind, **place, **settings)
        time.sleep(0.1)

    def close(self):
        self._socket.close()


def page_of(figure):
    """A page as the book makes it, with the same scripts, in one file."""
    vega = interactive.javascript_bundle(vl_version=interactive.VEGA_LITE)
    ours = interactive.Path(interactive.__file__).with_suffix(".js").read_text("utf-8")
    form = interactive.script_of(figure.spec)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorer</title>'
        f'<figure><img alt="">{form}</figure>'
        f"<script>(() => {{{vega}}})();</script><script>{ours}</script>"
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Chromium with the page open: the address of its DevTools."""
    folder = tmp_path_factory.mktemp("explorer")
    images = np.full((9, 9, 2, 2), 0.5)
    says = [[f"image {i} of {j}" for j in range(9)] for i in range(9)]
    z, labels = np.array([[0.1, 0.2], [-0.4, -0.3]]), np.array([0, 1])
    figure = plots.explorer(
        GRID,
        images,
        says,
        z,
        labels,
        start=(4, 4),
        alt="A plane of codes and a decoded image.",
        caption="Every place in the plane is an image.",
    )
    (folder / "page.html").write_text(page_of(figure), encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [CHROMIUM, *FLAGS, profile, (folder / "page.html").as_uri()]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(command, stderr=log, stdout=log)
    try:
        yield _address(folder, process)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _address(folder, process):
    """Wait until Chromium has named its port, and ask there for the page."""
    from urllib.request import urlopen

    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        log = (folder / "log").read_text(errors="replace")
        if port := re.search(r"ws://127\.0\.0\.1:(\d+)/", log):
            with urlopen(f"http://127.0.0.1:{port[1]}/json/list") as answer:
                targets = json.loads(answer.read())
            for target in targets:
                if target["type"] == "page" and target["url"].startswith("file:"):
                    return target["webSocketDebuggerUrl"]
        time.sleep(0.1)
    raise AssertionError(f"Chromium did not open the page: {log[-2000:]}")


@pytest.fixture
def browser(address):
    page = Browser(address)
    page.call("Page.reload")
    time.sleep(0.3)
    page.wait_for("document.querySelectorAll('input[type=range]').length == 2")
    yield page
    page.close()


def sliders(page):
    texts = "[...document.querySelectorAll('input[type=range]')].map(s => s.value)"
    return [float(text) for text in page.value(texts)]


def heard(page):
    return page.value("document.querySelector('.heard').textContent")


def place_of(page, z1, z2):
    """Where a code stands in the window, from the frame of the plane."""
    frames = page.value(
        "[...document.querySelectorAll('svg .mark-rect.role-mark')].map(m => "
        "(r => [r.x, r.y, r.width, r.height])(m.getBoundingClientRect()))"
    )
    x, y, width, height = max(frames, key=lambda frame: frame[2])
    assert width > SIDE / 2
    shares = ((z1 + 1.125) / 2.25, (1.125 - z2) / 2.25)
    return {"x": x + shares[0] * width, "y": y + shares[1] * height}


def test_arrow_keys_move_the_sliders_and_the_sentence_is_said(browser):
    assert sliders(browser) == [0.0, 0.0]
    assert heard(browser) == ""
    assert browser.value("document.querySelector('figure img').hidden")
    labels = "[...document.querySelectorAll('.interactive label')].map(l => l.innerText)"
    assert [label[:2] for label in browser.value(labels)] == ["z₁", "z₂"]
    browser.press("Tab")
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        browser.press(key)
    assert sliders(browser) == [0.75, 0.0]
    assert heard(browser) == "z₁ = 0.75, z₂ = 0:\nimage 7 of 4"
    browser.press("Tab")
    browser.press("ArrowLeft")
    assert sliders(browser) == [0.75, -0.25]
    assert heard(browser) == "z₁ = 0.75, z₂ = -0.25:\nimage 7 of 3"


def test_click_and_drag_move_the_sliders_and_keys_go_on_from_there(browser):
    browser.mouse("mousePressed", place_of(browser, -0.5, 1.0), buttons=1)
    assert sliders(browser) == [-0.5, 1.0]
    browser.mouse("mouseMoved", place_of(browser, 0.25, 0.5), buttons=1)
    assert sliders(browser) == [0.25, 0.5]
    assert heard(browser) == "z₁ = 0.25, z₂ = 0.5:\nimage 5 of 6"
    browser.mouse("mouseReleased", place_of(browser, 0.25, 0.5))
    browser.mouse("mouseMoved", place_of(browser, -1.0, -1.0))
    assert sliders(browser) == [0.25, 0.5], "the pointer was up"
    browser.value("document.querySelector('input[type=range]').focus()")
    browser.press("ArrowLeft")
    assert sliders(browser) == [0.0, 0.5]
    assert heard(browser) == "z₁ = 0, z₂ = 0.5:\nimage 4 of 6"


def test_a_click_beside_the_plane_changes_nothing(browser):
    outside = place_of(browser, 0.0, 1.3)
    for kind in ("mousePressed", "mouseReleased"):
        browser.mouse(kind, outside, buttons=1)
    assert sliders(browser) == [0.0, 0.0]
    assert heard(browser) == ""


def test_a_tap_moves_the_sliders_and_a_finger_that_slides_is_left_to_the_page(browser):
    def touch(kind, *places):
        points = [place_of(browser, *place) for place in places]
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
        time.sleep(0.3)

    browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    touch("touchStart", (0.75, -0.75))
    assert sliders(browser) == [0.75, -0.75]
    assert heard(browser) == "z₁ = 0.75, z₂ = -0.75:\nimage 7 of 1"
    touch("touchMove", (0.5, 0.25))
    touch("touchEnd")
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert sliders(browser) == [0.75, -0.75], "a finger on the plane can scroll the page"


def test_a_finger_on_a_slider_moves_it(browser):
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    frame = browser.value(
        "(r => [r.x, r.y, r.width, r.height])("
        "document.querySelector('input[type=range]').getBoundingClientRect())"
    )
    end = {"x": frame[0] + frame[2] - 2, "y": frame[1] + frame[3] / 2}
    browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[end])
    browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    time.sleep(0.3)
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert sliders(browser) == [1.0, 0.0]
    assert heard(browser) == "z₁ = 1, z₂ = 0:\nimage 8 of 4"
