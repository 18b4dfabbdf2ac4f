"""Pages of a PDF that say what their content is: structure for those who do not see it, and marks of an archive."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfdoc import PDFPageLabel, PDFPageLabels

from reports import style
from reports.colour_profile import srgb_profile
from reports.pdf_file import PdfFile, reference, references, text_string

if TYPE_CHECKING:
    from reports.content import DocumentInfo
    from reports.pieces import Within

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<pdf:Keywords>{keywords}</pdf:Keywords><pdf:Producer>{producer}</pdf:Producer>
<xmp:CreatorTool>{author}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>{conformance}</pdfaid:conformance>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
_CONFORMANCE = "B"
_MADE, _MADE_IN_INFO = "2000-01-01T00:00:00+00:00", "D:20000101000000+00'00'"
"""Files carry no clock: equal findings give equal bytes."""

Place = tuple[float, float, float, float]
"""Left, bottom, right and top, measured upwards from the foot of the page."""


@dataclass
class _Element:
    """A node of the structure that others belong to."""

    role: str
    key: object
    number: int
    parent: int
    kids: list[int] = field(default_factory=list)


@dataclass
class _Page:
    """What is known of a page before the file is written."""

    number: int
    content: list[str] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)
    """Numbers of the elements of its marked content."""
    links: list[int] = field(default_factory=list)
    contents: int = 0


@dataclass(frozen=True)
class _Bookmark:
    key: str
    title: str
    target: str


@dataclass(frozen=True)
class _Link:
    """A place that leads to a bookmark: its numbers as an annotation and as an element."""

    annotation: int
    element: int
    text: str
    target: str
    place: Place


class TaggedPages:
    """Pages on which everything painted is either decoration or part of the structure."""

    def __init__(self, language: str, info: DocumentInfo) -> None:
        self.file = PdfFile(language)
        self._language, self._info = language, info
        self._tree = self.file.reserve()
        root = _Element("Document", None, self.file.reserve(), self._tree)
        self._path, self._elements = [root], [root]
        self._pages: list[_Page] = []
        self._bookmarks: list[_Bookmark] = []
        self._links: list[_Link] = []

    def begin_page(self) -> None:
        """Start a page; whatever is painted from now on stands there."""
        self._pages.append(_Page(self.file.reserve()))

    def decorate(self, content: str) -> None:
        """Paint what is nothing to those who do not see it."""
        self._pages[-1].content.append(f"/Artifact BMC\n{content}\nEMC")

    def tell(self, role: str, content: str, *, alt: str = "", within: tuple[Within, ...] = (), scope: str = "") -> None:
        """Paint one element of the structure; `within` names what it belongs to."""
        page = self._pages[-1]
        parent = self._parent(within)
        marked = len(page.leaves)
        said = f"<</S/{role}/P {parent.number} 0 R/Pg {page.number} 0 R/K {marked}"
        said += f"/Alt {text_string(alt)}" if alt else ""
        said += f"/A<</O/Table/Scope/{scope}>>>>" if scope else ">>"
        leaf = self.file.put(said)
        parent.kids.append(leaf)
        page.leaves.append(leaf)
        page.content.append(f"/{role} <</MCID {marked}>> BDC\n{content}\nEMC")

    def link(self, text: str, target: str, place: Place) -> None:
        """A place that leads to a bookmark, and what it leads to in words."""
        link = _Link(self.file.reserve(), self.file.reserve(), text, target, place)
        page, parent = self._pages[-1], self._parent(())
        page.links.append(link.annotation)
        parent.kids.append(link.element)
        self._links.append(link)
        kid = f"<</Type/OBJR/Obj {reference(link.annotation)}>>"
        self.file.put(f"<</S/Link/P {parent.number} 0 R/Pg {page.number} 0 R/K {kid}>>", link.element)

    def bookmark(self, key: str, title: str, top: float) -> None:
        """Name a height on this page, in the list of contents that readers show beside the pages."""
        target = f"[{reference(self._pages[-1].number)}/XYZ 0 {top:.2f} 0]"
        self._bookmarks.append(_Bookmark(key, title, target))

    def end_page(self) -> None:
        """Pack what the page shows."""
        page = self._pages[-1]
        page.contents = self.file.stream("\n".join(page.content).encode("latin-1"))
        page.content.clear()

    def written(self, resources: str) -> bytes:
        """Give the file; all pages share the resources."""
        self._put_pages(self.file.put(resources))
        self._put_links()
        self._put_structure()
        self._list_contents()
        self._say_what_it_is()
        labels = PDFPageLabels()
        labels.addPageLabel(0, PDFPageLabel("ARABIC", 1))
        catalog = self.file.document.Catalog
        catalog.PageLabels = labels
        catalog.ViewerPreferences = "<</DisplayDocTitle true>>"
        catalog.MarkInfo = "<</Marked true>>"
        catalog.StructTreeRoot = reference(self._tree)
        catalog.Metadata = reference(self._put_metadata())
        catalog.OutputIntents = f"[{reference(self._put_intent())}]"
        catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]  # which reportlab does not know of
        return self.file.written()

    def _parent(self, within: tuple[Within, ...]) -> _Element:
        """The innermost element of a path; as much of it as is open goes on."""
        kept = 1
        for element, (role, key) in zip(self._path[1:], within, strict=False):
            if element.role != role or (element.key is not key and element.key != key):
                break
            kept += 1
        del self._path[kept:]
        for role, key in within[kept - 1 :]:
            outer = self._path[-1]
            element = _Element(role, key, self.file.reserve(), outer.number)
            outer.kids.append(element.number)
            self._path.append(element)
            self._elements.append(element)
        return self._path[-1]

    def _put_pages(self, resources: int) -> None:
        for i, page in enumerate(self._pages):
            links = f"/Annots{references(page.links)}" if page.links else ""
            self.file.put_page(
                f"/Resources {reference(resources)}/MediaBox[0 0 {style.PAGE_WIDTH} {style.PAGE_HEIGHT}]"
                f"/Contents {reference(page.contents)}/StructParents {i}/Tabs/S{links}",
                page.number,
            )

    def _put_links(self) -> None:
        """Links know where they lead and, by a number behind those of all pages, which element they are."""
        targets = {mark.key: mark.target for mark in self._bookmarks}
        for i, link in enumerate(self._links, start=len(self._pages)):
            place = " ".join(f"{edge:.2f}" for edge in link.place)
            self.file.put(
                f"<</Type/Annot/Subtype/Link/Rect[{place}]/Border[0 0 0]/F 4/Contents {text_string(link.text)}"
                f"/Dest{targets[link.target]}/StructParent {i}>>",
                link.annotation,
            )

    def _put_structure(self) -> None:
        for element in self._elements:
            kids = references(element.kids)
            self.file.put(f"<</S/{element.role}/P {element.parent} 0 R/K{kids}>>", element.number)
        marked = [self.file.put(references(page.leaves)) for page in self._pages]
        parents = [*marked, *(link.element for link in self._links)]
        numbers = " ".join(f"{i} {reference(parent)}" for i, parent in enumerate(parents))
        self.file.put(
            f"<</Type/StructTreeRoot/K {reference(self._elements[0].number)}"
            f"/ParentTree<</Nums[{numbers}]>>/ParentTreeNextKey {len(parents)}>>",
            self._tree,
        )

    def _list_contents(self) -> None:
        """What readers show beside the pages."""
        if self._bookmarks:
            outline = self.file.document.outline
            outline.destinationnamestotitles = {mark.key: mark.title for mark in self._bookmarks}
            outline.setDestinations([{mark.key: mark.target} for mark in self._bookmarks])
            self.file.document.Catalog.showOutline()

    def _say_what_it_is(self) -> None:
        """What readers and lists of documents show."""
        document, info = self.file.document, self._info
        document.setTitle(info.title)
        document.setAuthor(info.author)
        document.setSubject(info.subject)
        document.setKeywords(", ".join(info.keywords))
        document.setCreator(info.author)
        document.setProducer(info.author)
        document.setDateFormatter(lambda *_time: _MADE_IN_INFO)

    def _put_metadata(self) -> int:
        """The same for archives, unpacked, so that they find it without reading PDF."""
        info = self._info
        texts = {"title": info.title, "author": info.author, "subject": info.subject, "producer": info.author}
        told = {name: escape(text) for name, text in {**texts, "keywords": ", ".join(info.keywords)}.items()}
        xmp = _XMP.format(**told, language=self._language, date=_MADE, conformance=_CONFORMANCE)
        return self.file.stream(xmp.encode(), {"Type": "/Metadata", "Subtype": "/XML"}, packed=False)

    def _put_intent(self) -> int:
        profile = self.file.stream(srgb_profile(), {"N": 3})
        return self.file.put(
            "<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)/Info(sRGB IEC61966-2.1)"
            f"/DestOutputProfile {reference(profile)}>>"
        )
