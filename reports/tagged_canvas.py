"""A PDF canvas that writes down what its content is: structure for those who do not see it, and marks of an archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObject,
    PDFObjectReference,
    PDFStream,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas

from reports.colour_profile import srgb_profile

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
_MADE = "2000-01-01T00:00:00+00:00"
"""Files carry no clock: equal findings give equal bytes."""


class _LineEndedStream(PDFStream):  # type: ignore[misc]  # reportlab has no types
    """A stream with the line end before `endstream` that archives ask for and reportlab leaves out."""

    def format(self, document: Any) -> bytes:  # noqa: ANN401
        written: bytes = super().format(document)
        return written.removesuffix(b"endstream\n") + b"\nendstream\n"


# Pages and fonts make their streams by this name.
pdfdoc.PDFStream = _LineEndedStream


@dataclass
class _Element:
    """A node of the structure: its kind, what it holds, and where its marked content stands."""

    role: str
    key: object = None
    alt: str = ""
    scope: str = ""
    children: list[_Element] = field(default_factory=list)
    content: tuple[int, int] | None = None
    """Page, counted from 0, and number on it."""
    annotation: str = ""


class _Node(PDFObject):  # type: ignore[misc]
    """An element of the structure as an object of the file, written in one go: there are a thousand in a report."""

    def __init__(self, element: _Element, parent: PDFObjectReference) -> None:
        self.element, self.parent = element, parent
        self.page: PDFObjectReference | None = None
        self.kids: tuple[Any, ...] = ()

    def format(self, document: Any) -> bytes:  # noqa: ANN401
        element = self.element
        said = [f"<</Type/StructElem/S/{element.role}/P ", self._number(self.parent, document)]
        if element.alt:
            said += ["/Alt ", PDFString(element.alt).format(document).decode("latin-1")]
        if element.scope:
            said.append(f"/A<</O/Table/Scope/{element.scope}>>")
        if self.page is not None:
            said += ["/Pg ", self._number(self.page, document)]
        if element.annotation:
            said += ["/K<<", self.kids[0], " ", self._number(self.kids[1], document), ">>"]
        elif element.content is not None:
            said.append(f"/K {element.content[1]}")
        else:
            said += ["/K[", " ".join(self._number(kid, document) for kid in self.kids), "]"]
        return "".join([*said, ">>"]).encode("latin-1")

    @staticmethod
    def _number(reference: PDFObjectReference, document: Any) -> str:  # noqa: ANN401
        found: bytes = reference.format(document)
        return found.decode("latin-1")


class TaggedCanvas(Canvas):  # type: ignore[misc]
    """A canvas on which everything painted is either an artifact or part of the structure."""

    def __init__(self, *args: Any, language: str, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, lang=language, **options)
        self._language = language
        self._root = _Element("Document")
        self._path = [self._root]
        self._leaves: list[list[_Element]] = [[]]
        self._annotated: list[_Element] = []
        self._pages: list[PDFObjectReference] = []
        self._add_plain_page = self._doc.addPage
        self._doc.addPage = self._add_page

    @property
    def fill_colour(self) -> object:
        """The colour that insides and text have now."""
        return self._fillColorObj

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Whatever is painted here is decoration."""
        self._code.append("/Artifact BMC")
        yield
        self._code.append("EMC")

    @contextmanager
    def structure(
        self, role: str, *, alt: str = "", within: tuple[Within, ...] = (), scope: str = ""
    ) -> Iterator[None]:
        """Whatever is painted here is one element; `within` names what it belongs to."""
        leaves = self._leaves[-1]
        leaf = _Element(role, alt=alt, scope=scope, content=(len(self._leaves) - 1, len(leaves)))
        self._parent(within).children.append(leaf)
        self._code.append(f"/{role} <</MCID {len(leaves)}>> BDC")
        leaves.append(leaf)
        yield
        self._code.append("EMC")

    def link(self, text: str, target: str, place: tuple[float, float, float, float]) -> None:
        """A place that leads to a bookmark, and what it leads to in words."""
        name = f"link{len(self._annotated)}"
        self.linkRect(text, target, place, relative=0, thickness=0, name=name, F=4)
        element = _Element("Link", annotation=name, content=(len(self._leaves) - 1, -1))
        self._parent(()).children.append(element)
        self._annotated.append(element)

    def describe(self, info: DocumentInfo) -> None:
        """Say what the file is, for readers, for lists of documents and for archives."""
        self.setTitle(info.title)
        self.setAuthor(info.author)
        self.setSubject(info.subject)
        self.setKeywords(", ".join(info.keywords))
        self.setCreator(info.author)
        self.setProducer(info.author)
        self.setViewerPreference("DisplayDocTitle", "true")
        texts = {"title": info.title, "author": info.author, "subject": info.subject, "producer": info.author}
        told = {name: escape(text) for name, text in {**texts, "keywords": ", ".join(info.keywords)}.items()}
        xmp = _XMP.format(**told, language=self._language, date=_MADE, conformance=_CONFORMANCE)
        kind = {"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}
        # unpacked, so that archives find it without reading PDF
        stream = _LineEndedStream(dictionary=PDFDictionary(kind), content=xmp.encode(), filters=[])
        self._doc.Catalog.Metadata = self._doc.Reference(stream)

    def save(self) -> None:
        """Write the file, the structure last."""
        catalog = self._doc.Catalog
        catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
        catalog.OutputIntents = PDFArray([self._output_intent()])
        catalog.MarkInfo = PDFDictionary({"Marked": pdfdoc.PDFtrue})
        catalog.StructTreeRoot = self._structure_tree()
        super().save()

    def _add_page(self, page: Any) -> None:  # noqa: ANN401  (reportlab has no types)
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = len(self._pages)
        page.Tabs = PDFName("S")
        self._pages.append(self._doc.thisPageRef())
        self._leaves.append([])
        self._add_plain_page(page)

    def _parent(self, within: tuple[Within, ...]) -> _Element:
        """The innermost element of a path; as much of it as is open goes on."""
        kept = 1
        for element, (role, key) in zip(self._path[1:], within, strict=False):
            if element.role != role or (element.key is not key and element.key != key):
                break
            kept += 1
        del self._path[kept:]
        for role, key in within[kept - 1 :]:
            element = _Element(role, key)
            self._path[-1].children.append(element)
            self._path.append(element)
        return self._path[-1]

    def _output_intent(self) -> PDFDictionary:
        profile = _LineEndedStream(dictionary=PDFDictionary({"N": 3}), content=srgb_profile())
        return PDFDictionary(
            {
                "Type": PDFName("OutputIntent"),
                "S": PDFName("GTS_PDFA1"),
                "OutputConditionIdentifier": PDFString("sRGB"),
                "Info": PDFString("sRGB IEC61966-2.1"),
                "DestOutputProfile": self._doc.Reference(profile),
            }
        )

    def _structure_tree(self) -> PDFDictionary:
        root = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        reference = self._doc.Reference(root)
        marked: dict[tuple[int, int], PDFObjectReference] = {}
        root["K"] = self._written(self._root, reference, marked)
        numbers: list[Any] = []
        for page, leaves in enumerate(self._leaves[:-1]):
            numbers += [page, self._doc.Reference(PDFArray([marked[page, i] for i in range(len(leaves))]))]
        for i, element in enumerate(self._annotated):
            numbers += [len(self._pages) + i, marked[-1 - i, 0]]
            self._annotation(element).otherkw["StructParent"] = len(self._pages) + i
        root["ParentTree"] = self._doc.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
        root["ParentTreeNextKey"] = len(self._pages) + len(self._annotated)
        return root

    def _written(
        self, element: _Element, parent: PDFObjectReference, marked: dict[tuple[int, int], PDFObjectReference]
    ) -> PDFObjectReference:
        """An element and all below it as objects of the file."""
        node = _Node(element, parent)
        reference: PDFObjectReference = self._doc.Reference(node)
        if element.annotation:
            annotation = PDFObjectReference(self._doc.annotationName(element.annotation))
            node.kids = ("/Type/OBJR/Obj", annotation)
            marked[-1 - self._annotated.index(element), 0] = reference
        elif element.content is None:
            node.kids = tuple(self._written(child, reference, marked) for child in element.children)
        else:
            marked[element.content] = reference
        if element.content is not None:
            node.page = self._pages[element.content[0]]
        return reference

    def _annotation(self, element: _Element) -> Any:  # noqa: ANN401
        name = self._doc.annotationName(element.annotation)
        annotation = self._doc.idToObject[name]
        annotation.permitted = (*annotation.permitted, "StructParent")
        return annotation
