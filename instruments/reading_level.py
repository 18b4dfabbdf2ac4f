"""How hard a questionnaire's texts are to read, by published counts of words and sentences; rewrites none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from instruments.model import Instrument, Item, Language, Matrix, Texts

LONG_WORD = 6
"""Letters above which a word is long in the LIX."""
HARD_LIX = 55.0
"""From here on texts read like specialist prose (Björnsson 1983: newspapers lie between 40 and 55)."""
HARD_CHARACTERS = 40.0
"""Characters per sentence from which Chinese texts are called hard here: our own limit, no published one."""

_SENTENCE_END = re.compile(r"[.!?…:;]+(?:\s|$)|[。！？；：]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class ReadingLevel:
    """How hard the texts of one language are.

    Parameters
    ----------
    language : str
        Their language.
    lix : float or None
        LIX, from about 20 (very easy) to 60 and more (very hard); None for Chinese.
    per_sentence : float
        Words per sentence; characters for Chinese.
    longest : str
        The longest sentence.
    """

    language: Language
    lix: float | None
    per_sentence: float
    longest: str

    @property
    def is_hard(self) -> bool:
        """Whether the texts are harder than those of newspapers."""
        return self.per_sentence >= HARD_CHARACTERS if self.lix is None else self.lix >= HARD_LIX


def reading_level(instrument: Instrument, language: Language) -> ReadingLevel | None:
    """Measure how hard the texts of a questionnaire are in one language.

    Parameters
    ----------
    instrument : Instrument
        The questionnaire; titles, questions, hints, statements and rules count, the labels of answers do not.
    language : str
        One of its languages.

    Returns
    -------
    ReadingLevel or None
        None where there is no text in that language.

    References
    ----------
    Björnsson, C.-H. (1983). Readability of newspapers in 11 languages. Reading Research Quarterly, 18(4), 480–497.
    10.2307/747382

    Notes
    -----
    LIX = words / sentences + 100 · long words / words, long being more than six letters. It needs no syllables and
    is comparable within a language; German has longer words and scores higher than English for the same ease.
    Chinese is counted in characters per sentence.
    """
    sentences = [s for text in _texts(instrument) for s in _sentences(text.get(language, ""))]
    if not sentences:
        return None
    if language == "zh":
        sizes = [len(_CHINESE.findall(sentence)) for sentence in sentences]
        return ReadingLevel(language, None, sum(sizes) / len(sizes), _longest(sentences, sizes))
    words = [_WORD.findall(sentence) for sentence in sentences]
    sizes = [len(of_sentence) for of_sentence in words]
    count = sum(sizes)
    long_words = sum(len(word) > LONG_WORD for of_sentence in words for word in of_sentence)
    per_sentence = count / len(sentences)
    return ReadingLevel(language, per_sentence + 100 * long_words / count, per_sentence, _longest(sentences, sizes))


def _longest(sentences: list[str], sizes: list[int]) -> str:
    return sentences[max(range(len(sizes)), key=sizes.__getitem__)]


def _sentences(text: str) -> Iterator[str]:
    """Sentences with a word in them; a heading without a full stop is one."""
    for part in _SENTENCE_END.split(text.replace("${brand}", "Brand")):
        if _WORD.search(part):
            yield part.strip()


def _texts(instrument: Instrument) -> Iterator[Texts]:
    yield from (page.title for page in instrument.all_pages())
    for question in _questions(instrument):
        yield question.label
        if isinstance(question, Item) and question.hint:
            yield question.hint
    yield from (item.label for scale in instrument.scales.values() for item in scale.items)
    yield from (rule.label for rule in instrument.rules.rules) if instrument.rules else ()


def _questions(instrument: Instrument) -> Iterable[Item | Matrix]:
    return (question for page in instrument.all_pages() for question in page.questions)
