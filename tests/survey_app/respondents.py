"""A respondent with a browser: opens the study, reads the page, fills it in and sends it."""

from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, Request, build_opener


class Page(HTMLParser):
    """The form of a page as a browser has it: fields with what is chosen, and the choices there are."""

    def __init__(self, html):
        super().__init__()
        self.html, self.fields, self.choices, self._textarea = html, {}, {}, None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        if tag == "textarea":
            self._textarea, self.fields[name] = name, ""
        if tag != "input" or name is None:
            return
        if attrs["type"] in {"radio", "checkbox"}:
            self.choices.setdefault(name, []).append(attrs["value"])
            if "checked" in attrs:
                self.fields.setdefault(name, []).append(attrs["value"])
        else:
            self.fields[name] = attrs["value"]

    def handle_data(self, data):
        if self._textarea:
            self.fields[self._textarea] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._textarea = None

    @property
    def chosen(self):
        return {name: value for name, value in self.fields.items() if name.startswith("q")}


class Browser:
    """A browser that keeps cookies and shows one page at a time."""

    def __init__(self, app, study="coffee"):
        self.client, self.base = app.test_client(), f"/s/{study}"

    def enter(self, query=""):
        response = self.client.get(f"{self.base}{query}")
        assert response.status_code == 303, response.text
        return self.page()

    def page(self):
        response = self.client.get(f"{self.base}/r", follow_redirects=True)
        assert response.status_code == 200, response.text
        return Page(response.text)

    def send(self, page, to="r", **answers):
        return self.client.post(f"{self.base}/{to}", data=page.fields | answers)

    def answer(self, **answers):
        response = self.send(self.page(), **answers)
        assert response.status_code == 303, response.text
        return self.page()

    @property
    def sitting_id(self):
        return self.client.get_cookie("r").value

    def go_to_statements(self, brands=("1", "2")):
        """Consent, be 40 years old, and know some brands."""
        self.enter()
        self.answer(q1="1")
        self.answer(q1="40", q2="1")
        return self.answer(q1=list(brands))


class _KeepRedirects(HTTPErrorProcessor):
    def http_response(self, request, response):  # noqa: ARG002 - urllib's signature
        return response


class LiveBrowser:
    """A browser on a real connection."""

    def __init__(self, origin):
        self.jar, self.origin = CookieJar(), origin

    def open(self, path, data=None):
        opener = build_opener(HTTPCookieProcessor(self.jar), _KeepRedirects)
        body = None if data is None else urlencode(data, doseq=True).encode()
        with opener.open(Request(self.origin + path, data=body), timeout=30) as response:  # noqa: S310 - our own server
            return response.status, response.headers.get("Location"), response.read().decode()

    @property
    def sitting_id(self):
        return next(cookie.value for cookie in self.jar if cookie.name == "r")
