"""One tab: what a person does in it (click, type, drop) and what the tests ask about it."""
import base64
import json
import pathlib
import threading
import time

# Finds a visible element that a person would name so: by its role and its label.
FIND = """
window.findNamed = (selector, name) => {
  const label = (node) => node.getAttribute("aria-label")
    ?? (node.labels?.length ? node.labels[0].textContent : node.textContent);
  return [...document.querySelectorAll(selector)].find(
    (node) => label(node).trim() === name && node.checkVisibility({ visibilityProperty: true }));
};
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""

KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowUp": 38, " ": 32}


class Page:
    """A tab in a browser context of its own: nothing is kept from another test."""

    def __init__(self, browser, url, width=1280, height=800, is_phone=False, is_dark=False, key=None):
        self.browser, self.url, self.messages, self.downloads, self.password = browser, url, [], [], key
        self.context = browser.send("Target.createBrowserContext")["browserContextId"]
        target = browser.send("Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        self.session = browser.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.listen(self.session, self._event)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.send(f"{domain}.enable")
        if key:
            # Answers the browser's question for a password, as a person would.
            self.send("Fetch.enable", handleAuthRequests=True)
        self.send("Page.addScriptToEvaluateOnNewDocument", source=FIND)
        # The tab looks as if its window were in front, so that the focus is shown.
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.resize(width, height, is_phone)
        self.color_scheme(is_dark)
        self.send("Page.navigate", url=url)
        self.loaded()

    def reload(self):
        self.js("window.isOld = true")
        self.send("Page.reload")
        self.loaded()

    def loaded(self):
        """Waits until the page knows the state of the server."""
        self.wait("!window.isOld && document.querySelector('.server:is(.ready, .failed, .waiting)')")

    def send(self, method, **parameters):
        return self.browser.send(method, session=self.session, **parameters)

    def close(self):
        self.browser.send("Target.disposeBrowserContext", browserContextId=self.context)

    def resize(self, width, height, is_phone=False):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=2 if is_phone else 1, mobile=is_phone)
        self.send("Emulation.setTouchEmulationEnabled", enabled=is_phone)

    def color_scheme(self, is_dark):
        value = "dark" if is_dark else "light"
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    # What the page says

    def js(self, expression):
        """The value of a JavaScript expression; promises are awaited."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise AssertionError(result["exceptionDetails"].get("exception", {}).get("description", "failed"))
        return result["result"].get("value")

    def wait(self, expression, seconds=15):
        """Waits until an expression is true, and returns its value."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.js(f"((value) => value instanceof Node || value)({expression})")
            except AssertionError:  # The page still loads.
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"not true within {seconds} s: {expression}")
            time.sleep(0.05)

    def text(self, selector):
        return self.js(f"document.querySelector({json.dumps(selector)})?.innerText ?? null")

    def answer(self, seconds=30):
        """The text of the last answer, once it is complete."""
        self.wait("document.getElementById('stop').hidden && document.querySelector('#turns article')", seconds)
        return self.js("[...document.querySelectorAll('.answer > .text')].at(-1).innerText")

    # What a person does

    def click(self, selector, name=None, hover=None):
        """Clicks the middle of an element, after moving over another one that shows it."""
        if hover:
            self.move(hover)
        node = f"findNamed({json.dumps(selector)}, {json.dumps(name)})" if name else f"document.querySelector({json.dumps(selector)})"
        place = self.wait(f"""(() => {{
            const node = {node};
            if (!node || node.disabled) return null;
            node.scrollIntoView({{ block: "nearest" }});
            const box = node.getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            return node.contains(document.elementFromPoint(x, y)) ? [x, y] : null;
        }})()""")
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def move(self, selector):
        x, y = self.js(f"""(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2]; }})()""")
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def type(self, text):
        self.send("Input.insertText", text=text)

    def key(self, name, shift=False):
        common = {"key": name, "code": "Space" if name == " " else name, "windowsVirtualKeyCode": KEYS[name],
                  "modifiers": 8 if shift else 0}
        text = {"Enter": "\r", " ": " "}.get(name)
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common, **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def ask(self, question):
        """Types a question and sends it with Enter."""
        self.js("document.getElementById('message').focus()")
        self.type(question)
        self.key("Enter")

    def choose(self, selector, *files):
        """Chooses files in a file field."""
        node = self.send("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")["result"]
        self.send("DOM.setFileInputFiles", files=[str(file) for file in files], objectId=node["objectId"])

    def drop(self, *files):
        """Drags files over the page and drops them."""
        data = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.send("Input.dispatchDragEvent", type=kind, x=600, y=300, data=data)

    def paste(self, file):
        """Pastes a picture, as a browser does after a screenshot."""
        content = base64.b64encode(pathlib.Path(file).read_bytes()).decode()
        self.js(f"""(async () => {{
            const bytes = Uint8Array.from(atob("{content}"), (each) => each.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], "image.png", {{ type: "image/png" }}));
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", {{ clipboardData: data, bubbles: true, cancelable: true }}));
        }})()""")

    def save_downloads(self, folder):
        self.browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder),
                          browserContextId=self.context)

    def screenshot(self, path):
        time.sleep(0.3)  # Transitions of the style sheet end.
        data = self.send("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def _event(self, method, parameters):
        if method in ("Fetch.requestPaused", "Fetch.authRequired"):
            # Commands wait for replies, which the thread of the events reads.
            return threading.Thread(target=self._go_on, args=(method, parameters["requestId"]), daemon=True).start()
        if method == "Runtime.consoleAPICalled":
            self.messages.append(("console", " ".join(str(each.get("value", each.get("description"))) for each in parameters["args"])))
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.messages.append(("exception", details.get("exception", {}).get("description", details["text"])))
        elif method == "Log.entryAdded":
            self.messages.append((parameters["entry"]["source"], parameters["entry"]["text"]))

    def _go_on(self, method, request):
        if method == "Fetch.requestPaused":
            self.send("Fetch.continueRequest", requestId=request)
        else:
            self.send("Fetch.continueWithAuth", requestId=request,
                      authChallengeResponse={"response": "ProvideCredentials", "username": "any", "password": self.password})
