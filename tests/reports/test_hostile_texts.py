"""Whatever people write into names, titles, answers and notes: it stands in a whole report as text, or is cut."""

import dataclasses
import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from pypdf import PdfReader

from analysis.quoting import Quote
from reports import compose_brand_report, render_pdf, style, web_article
from reports.page import lay_out
from reports.planned import PlannedAction

MARKUP = '<b>B</b> & <font size="40" color="red">F</font> <img src="x" onerror="alert(1)"> <script>alert(2)</script>'
ODD = "🙂👩\u200d👩\u200d👧 مرحبا بالعالم \u202eevil\u202c {page} %s ${brand} ]]> &amp; </svg></para>"
ENDLESS = "x<i>y " * 1000
PLACES = ("study", "category", "brand", "rival", "kind", "scale", "rule", "quote", "action", "note")


class Elements(HTMLParser):
    """Which elements a page is made of, and the texts between them."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes, self.texts = set(), set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.texts.append(data)


def written(place, text):
    """A text that can be found again: it begins with the place that it was written into."""
    return f"{place.upper()}{text}"


def report_of(whole, catalogue, text):
    """A whole report whose every text from people is this one."""

    def said(place):
        return dict.fromkeys(("en", "zh"), written(place, text))

    found = dataclasses.replace(
        whole,
        study=dataclasses.replace(whole.study, title=said("study"), category=said("category")),
        scales=tuple(dataclasses.replace(each, label=said("scale")) for each in whole.scales),
        archetypes=dataclasses.replace(
            whole.archetypes,
            archetypes=tuple(dataclasses.replace(each, label=said("kind")) for each in whole.archetypes.archetypes),
        ),
        rules=dataclasses.replace(
            whole.rules, rules=tuple(dataclasses.replace(each, short=said("rule")) for each in whole.rules.rules)
        ),
        brands=tuple(
            dataclasses.replace(each, name=said("brand" if each.key == "aurora" else "rival")) for each in whole.brands
        ),
    )
    quotes = [Quote(key, "aurora", written("quote", text), "ar") for key in ("A1", "A2", "A3")]
    planned = [PlannedAction(written("action", text), "service", None, "open", written("note", text))]
    return compose_brand_report(found, "aurora", "en", catalogue, planned=planned, quotes=quotes)


@pytest.fixture(scope="module", params=[MARKUP, ODD, ENDLESS], ids=["markup", "odd", "endless"])
def hostile(request, whole, catalogue):
    return request.param, report_of(whole, catalogue, request.param)


def test_on_the_page_it_is_text_and_no_element(hostile, whole, catalogue):
    text, report = hostile
    page = Elements(web_article(report))
    plain = Elements(web_article(compose_brand_report(whole, "aurora", "en", catalogue)))
    everything = " ".join(page.texts)

    assert page.names <= plain.names
    assert page.attributes <= plain.attributes
    assert "\u202e" not in everything
    begun = text[:12].rstrip() if text == ENDLESS else text[:5]
    assert [place for place in PLACES if written(place, begun) not in everything] == []
    assert max(map(len, page.texts)) <= 2001


def test_in_the_pdf_it_is_text_in_the_size_of_its_place(hostile):
    text, report = hostile
    reader = PdfReader(BytesIO(render_pdf(report)))
    everything = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))

    if text == ODD:
        assert "QUOTE\N{REPLACEMENT CHARACTER}" in everything
    else:
        begun = re.sub(r"\s", "", text[:6])
        assert [place for place in PLACES if written(place, begun) not in everything] == []
    assert not reader.get_fields()
    assert "/JavaScript" not in str(reader.trailer["/Root"])


def test_no_page_is_overrun(hostile):
    _, report = hostile
    for number, page in enumerate(lay_out(report)[1:], start=2):
        ends = [placed.y + placed.drawing.height for placed in page.placed if placed.role != "Artifact"]
        assert max(ends) <= style.PAGE_HEIGHT - style.BOTTOM + 0.01, f"page {number}"


def test_what_is_cut_bears_a_mark(whole, catalogue):
    page = Elements(web_article(report_of(whole, catalogue, ENDLESS)))
    begun = [text for text in page.texts if "QUOTEx<i>y" in text or "NOTEx<i>y" in text]

    assert begun
    assert all("…" in text and len(text) < 400 for text in begun)
