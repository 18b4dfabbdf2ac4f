"""Takes out of open answers what could tell who wrote or is meant, before anybody but coders reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Identifying = Literal["mail", "link", "handle", "phone", "number", "name"]

_TITLED = r"(?:\s+|\.\s*)[A-ZÄÖÜÁÉÍÓÚÑ][\w’'-]+(?:\s+[A-ZÄÖÜÁÉÍÓÚÑ][\w’'-]+)?"
_NO_DATE = r"(?!\d{4}-\d\d-\d\d(?!\d))"
# The commonest hundred or so; they cover most people.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范"
    "石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎贺赖龚"
)
# From what is most certain to what is least; a later pattern never sees what an earlier one took out.
_PATTERNS: tuple[tuple[Identifying, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    ("link", re.compile(r"(?:https?://|www\.)[^\s，。；]+", re.ASCII)),
    ("handle", re.compile(r"(?<![\w@])@\w{2,}")),
    ("handle", re.compile(r"(?:微信号?|QQ号?)[:：\s]*[A-Za-z0-9_-]{5,}", re.ASCII)),
    ("phone", re.compile(rf"(?<!\w){_NO_DATE}(?:\+|00)?\d(?:[\s()./-]{{0,2}}\d){{6,14}}(?!\w)", re.ASCII)),
    ("number", re.compile(rf"(?<!\w){_NO_DATE}(?=[A-Z0-9-]*\d{{4}})[A-Z0-9][A-Z0-9-]{{5,}}(?!\w)", re.ASCII)),
    ("name", re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herrn?|Frau|Sr|Sra|Srta|Don|Doña|Señora?|Señorita){_TITLED}")),
    ("name", re.compile(r"(?i:\b(?:my name is|ich heiße|mein name ist|me llamo|mi nombre es))\s+[^\W\d_][\w’'-]+")),
    ("name", re.compile(r"(?:我叫|名叫|我是(?=[\u4e00-\u9fff]{2,3}[，。,.]))[\u4e00-\u9fff]{2,3}")),
    ("name", re.compile(rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|经理|老师|师傅)(?!们)")),
)


@dataclass(frozen=True)
class Redaction:
    """A text without what identifies people; `found` counts what was taken out, by kind."""

    text: str
    found: dict[Identifying, int]


def redacted(text: str) -> Redaction:
    """Replace mail addresses, links, handles, phone and customer numbers, and names that are recognised as such.

    Parameters
    ----------
    text : str
        In any language.

    Returns
    -------
    Redaction
        Marks like ``[mail]`` stand in their place.

    Notes
    -----
    Names are recognised by a title or by how people introduce themselves (English, Chinese, German, Spanish). A bare
    first name is not: a person has to read every text before it is quoted.
    """
    found: dict[Identifying, int] = {}

    for kind, pattern in _PATTERNS:
        text, times = pattern.subn(f"[{kind}]", text)
        if times:
            found[kind] = found.get(kind, 0) + times
    return Redaction(text, found)
