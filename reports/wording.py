"""Puts numbers and codes into words of one language; the only place where numbers are rounded, and it draws nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent
from ruamel.yaml import YAML

from instruments.model import Language
from reports.content import Axis, Mark, Tick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from analysis.findings import Estimate
    from instruments.model import Texts

_LOCALES: dict[str, str] = {"en": "en", "zh": "zh_Hans_CN", "de": "de", "es": "es"}
_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_MOST_TICKS = 6
_MOST_STEPS = 10
_ALMOST_NOTHING = 0.005
_SMALLEST_P = 0.001
_FINEST = 6
_LONGEST_NAME, _LONGEST_TITLE = 32, 160
_ELSEWHERE = "other"


class TextMissingError(KeyError):
    """A sentence that the text file of a language does not hold."""

    def __init__(self, key: str, language: str) -> None:
        super().__init__(f"reports/texts/{language}.yaml has no text {key!r}: write it there")


class LanguageMissingError(ValueError):
    """A language in which reports are not written."""

    def __init__(self, language: str) -> None:
        written = ", ".join(languages())
        super().__init__(f"reports are written in {written}; for {language!r} add reports/texts/{language}.yaml")


def languages() -> tuple[Language, ...]:
    """Languages that reports are written in."""
    names = {entry.name.removesuffix(".yaml") for entry in files("reports").joinpath("texts").iterdir()}
    return tuple(language for language in get_args(Language) if language in names)


@cache
def read_texts(language: str) -> dict[str, str | dict[str, str]]:
    """All texts of a language by dotted key; a text with plural variants is a table of them."""
    if language not in languages():
        raise LanguageMissingError(language)
    source = files("reports").joinpath("texts", f"{language}.yaml").read_text(encoding="utf-8")
    return dict(_flat("", YAML(typ="safe", pure=True).load(source)))


def _flat(prefix: str, node: dict[str, Any]) -> Iterator[tuple[str, str | dict[str, str]]]:
    for name, value in node.items():
        if isinstance(value, dict) and "other" not in value:
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES[language])


@dataclass(frozen=True)
class Wording:
    """The words and the number formats of one language."""

    language: Language

    def say(self, key: str, /, **fields: str) -> str:
        """Give a text with its fields filled in."""
        text = self._text(key)
        if isinstance(text, dict):
            raise TextMissingError(key, self.language)
        return text.format_map(fields)

    def count(self, key: str, number: int, /, **fields: str) -> str:
        """Give a text in the grammatical number of `number`, which fills the field ``n``."""
        variants = self._text(key)
        text = variants if isinstance(variants, str) else variants.get(self._plural(number), variants["other"])
        return text.format_map({"n": self.whole(number), **fields})

    def knows(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in read_texts(self.language)

    def label(self, texts: Texts) -> str:
        """What the study calls something, in this language or else in the first that the study gives."""
        return texts.get(self.language) or next(iter(texts.values()))

    def territory(self, code: str) -> str:
        """Name of a country by its code; anything else stands for itself."""
        if code == _ELSEWHERE:
            return self.say("number.elsewhere")
        return str(_locale(self.language).territories.get(code.upper(), code))

    def tongue(self, code: str) -> str:
        """Name of a language by its code; anything else stands for itself."""
        return str(_locale(self.language).languages.get(code, code))

    def listed(self, names: Sequence[str]) -> str:
        """Names joined as the language lists them."""
        return str(format_list(list(names), locale=_locale(self.language)))

    def inside(self, name: str) -> str:
        """Give a name as it stands inside a sentence: begun small, but for abbreviations and German nouns."""
        return name if self.language == "de" or name[1:2].isupper() else name[:1].lower() + name[1:]

    def shortened(self, name: str, longest: int = _LONGEST_NAME) -> str:
        """Give a text of bearable length; a longer one is cut with a mark."""
        return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"

    def titled(self, texts: Texts, longest: int = _LONGEST_TITLE) -> str:
        """What the study calls something, cut with a mark where no page could hold it."""
        return self.shortened(self.label(texts), longest)

    def day(self, day: date) -> str:
        """Word a date."""
        return str(format_date(day, format="medium", locale=_locale(self.language)))

    def whole(self, number: float) -> str:
        """Word a count."""
        return self._decimal(number, "#,##0")

    def number(self, value: float, digits: int = 2) -> str:
        """Word a number with a fixed count of decimals; no minus stands before a rounded nothing."""
        text = self._decimal(abs(value), "#,##0" + ("." + "0" * digits if digits else ""))
        return "−" + text if value < 0 and _is_something(text) else text

    def signed(self, value: float, digits: int = 2) -> str:
        """Word a difference, with its sign."""
        text = self.number(value, digits)
        return "+" + text if value > 0 and _is_something(text) else text

    def coefficient(self, value: float, digits: int = 2) -> str:
        """Word a number that cannot exceed one: English drops the zero before the point."""
        text = self.number(value, digits)
        return text.replace("0.", ".", 1) if self.language == "en" and abs(value) < 1 else text

    def setting(self, value: object) -> str:
        """Write a choice as a plan file does; of a fraction like two thirds no more digits than anybody reads."""
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    def probability(self, p: float) -> str:
        """Word a p or q value as ``= .012`` or ``< .001``."""
        return f"< {self.coefficient(_SMALLEST_P, 3)}" if p < _SMALLEST_P else f"= {self.coefficient(p, 3)}"

    def percent(self, share: float) -> str:
        """Word a share as a whole percentage; something is never worded as nothing, nor almost all as all."""
        if 0 < share < _ALMOST_NOTHING:
            return "<" + self._percent(1)
        if 1 - _ALMOST_NOTHING <= share < 1:
            return ">" + self._percent(99)
        return self._percent(_hundredths(share)).replace("-", "−")

    def of_hundred(self, share: float) -> str:
        """How many of 100; fewer than one is worded so."""
        return self.say("number.below_one") if 0 < share < _ALMOST_NOTHING else self.whole(_hundredths(share))

    def tiny(self, gap: float) -> str:
        """Word a difference of which only the order of size matters."""
        bound = next((digits for digits in range(_FINEST, 0, -1) if gap < 10.0**-digits), 0)
        return f"< {self.coefficient(10.0**-bound, bound)}" if bound > 1 else self.coefficient(gap)

    def plain(self, value: float | str) -> str:
        """Word a number that comes with a caveat; words stay as they are."""
        if isinstance(value, str):
            return value
        return self.whole(value) if float(value).is_integer() else self.number(value)

    def share_interval(self, estimate: Estimate) -> str:
        """Bounds of a share, e.g. ``36–47%``."""
        if estimate.low is None or estimate.high is None:
            return self.say("number.no_interval")
        low, high = _hundredths(estimate.low), _hundredths(estimate.high)
        key = "number.range" if low >= 0 else "number.from_to"
        return self.say(key, low=self.number(low, 0), high=self._percent(high).replace("-", "−"))

    def number_interval(self, estimate: Estimate, digits: int = 2) -> str:
        """Bounds of a mean or difference, e.g. ``4.1 to 4.5``."""
        if estimate.low is None or estimate.high is None:
            return self.say("number.no_interval")
        return self.say(
            "number.from_to", low=self.number(estimate.low, digits), high=self.number(estimate.high, digits)
        )

    def number_range(self, estimate: Estimate, digits: int = 2) -> str:
        """Bounds of a mean where room is scarce, e.g. ``4.1–4.5``; below nothing a dash would be read as a minus."""
        if estimate.low is None or estimate.high is None or estimate.low < 0:
            return self.number_interval(estimate, digits)
        low, high = self.number(estimate.low, digits), self.number(estimate.high, digits)
        return self.say("number.range", low=low, high=high)

    def coefficient_interval(self, estimate: Estimate) -> str:
        """Bounds of a number that cannot exceed one."""
        if estimate.low is None or estimate.high is None:
            return self.say("number.no_interval")
        return self.say("number.from_to", low=self.coefficient(estimate.low), high=self.coefficient(estimate.high))

    def share_evidence(self, estimate: Estimate) -> str:
        """Word a share's interval and base."""
        return self.count("number.evidence", estimate.n, interval=self.share_interval(estimate))

    def number_evidence(self, estimate: Estimate, digits: int = 2) -> str:
        """Word a mean's interval and base."""
        return self.count("number.evidence", estimate.n, interval=self.number_interval(estimate, digits))

    def share_mark(self, estimate: Estimate) -> Mark | None:
        """Give a share to be drawn, with its words."""
        if estimate.value is None:
            return None
        return Mark(estimate.value, estimate.low, estimate.high, self.percent(estimate.value))

    def number_mark(self, estimate: Estimate, digits: int = 2) -> Mark | None:
        """Give a mean to be drawn, with its words."""
        if estimate.value is None:
            return None
        return Mark(estimate.value, estimate.low, estimate.high, self.number(estimate.value, digits))

    def signed_mark(self, estimate: Estimate, digits: int = 2) -> Mark | None:
        """Give a difference to be drawn, with its words."""
        if estimate.value is None:
            return None
        return Mark(estimate.value, estimate.low, estimate.high, self.signed(estimate.value, digits))

    def share_axis(self, lowest: float, highest: float, **words: str) -> Axis:
        """Give an axis of shares that holds both."""
        places = tuple(place for place in _places(lowest, highest) if 0 <= place <= 1)
        return Axis(places[0], places[-1], tuple(Tick(at, self._percent(_hundredths(at))) for at in places), **words)

    def scale_axis(self, low: float, high: float, **words: str) -> Axis:
        """Give an axis over a range of answers, with a tick at every whole number that there is room for."""
        step = next(step for step in _STEPS if step >= 1 and (high - low) / step <= _MOST_STEPS)
        places = tuple(low + i * step for i in range(math.floor((high - low) / step) + 1))
        return Axis(low, high, tuple(Tick(at, self.number(at, 0)) for at in places), **words)

    def number_axis(self, lowest: float, highest: float, **words: str) -> Axis:
        """Give an axis of numbers that holds both."""
        places = _places(lowest, highest)
        digits = next((d for d in (0, 1) if all(math.isclose(at, round(at, d)) for at in places)), 2)
        return Axis(places[0], places[-1], tuple(Tick(at, self.number(at, digits)) for at in places), **words)

    def _plural(self, number: int) -> str:
        return str(_locale(self.language).plural_form(number))

    def _percent(self, hundredths: int) -> str:
        return _percent(hundredths, self.language)

    def _decimal(self, number: float, pattern: str) -> str:
        return _decimal(float(number) + 0.0, pattern, self.language)  # -0.0 becomes 0.0

    def _text(self, key: str) -> str | dict[str, str]:
        try:
            return read_texts(self.language)[key]
        except KeyError:
            raise TextMissingError(key, self.language) from None


# A report words the same numbers again and again, and finding a language's pattern takes a while.
@lru_cache(maxsize=1 << 14)
def _decimal(number: float, pattern: str, language: str) -> str:
    rounded = Decimal(repr(number)).quantize(Decimal(1).scaleb(-_decimals(pattern)), ROUND_HALF_UP)
    return str(format_decimal(rounded, format=pattern, locale=_locale(language)))


@lru_cache(maxsize=1 << 10)
def _percent(hundredths: int, language: str) -> str:
    return str(format_percent(hundredths / 100, locale=_locale(language)))


def _decimals(pattern: str) -> int:
    return len(pattern.partition(".")[2])


@lru_cache(maxsize=1 << 12)
def _hundredths(share: float) -> int:
    return int((Decimal(repr(float(share))) * 100).to_integral_value(ROUND_HALF_UP))


def _is_something(text: str) -> bool:
    return any(char in "123456789" for char in text)


def _places(lowest: float, highest: float) -> tuple[float, ...]:
    """Round numbers at equal steps, the first and last of which enclose both bounds."""
    spread = highest - lowest or 1.0
    step = next((step for step in _STEPS if spread / step <= _MOST_TICKS - 1), _STEPS[-1])
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return tuple(round(i * step, 10) for i in range(first, last + 1))
