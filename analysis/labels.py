"""Names made from the names of scales, in every language that has them; no numbers are worded here."""

from collections.abc import Sequence

from instruments.model import Language, Texts

# In German and Spanish an adjective would have to agree with a noun that only the study knows.
_LOW: dict[Language, str] = {"en": "low {}", "zh": "低{}", "de": "weniger {}", "es": "menos {}"}
_HIGH: dict[Language, str] = {"en": "high {}", "zh": "高{}", "de": "mehr {}", "es": "más {}"}
_AND: dict[Language, str] = {"en": " · ", "zh": " · ", "de": " · ", "es": " · "}
_COMMA: dict[Language, str] = {"en": ", ", "zh": "、", "de": ", ", "es": ", "}


def lowered(label: Texts) -> Texts:
    """Name the low end of something.

    Parameters
    ----------
    label : Texts

    Returns
    -------
    Texts
    """
    return {language: _LOW[language].format(_inside(text, language)) for language, text in label.items()}


def raised(label: Texts) -> Texts:
    """Name the high end of something.

    Parameters
    ----------
    label : Texts

    Returns
    -------
    Texts
    """
    return {language: _HIGH[language].format(_inside(text, language)) for language, text in label.items()}


def joined(labels: Sequence[Texts], *, listed: bool = False) -> Texts:
    """Put names side by side, or in a list, in the languages that all of them have.

    Parameters
    ----------
    labels : sequence of Texts
    listed : bool

    Returns
    -------
    Texts
    """
    languages = [language for language in labels[0] if all(language in label for label in labels)]
    between = _COMMA if listed else _AND
    return {language: _opened(between[language].join(label[language] for label in labels)) for language in languages}


def numbered(labels: Sequence[Texts]) -> tuple[Texts, ...]:
    """Tell equal names apart by a number.

    Parameters
    ----------
    labels : sequence of Texts

    Returns
    -------
    tuple of Texts
    """
    made: list[Texts] = []
    for i, label in enumerate(labels):
        earlier = sum(label == other for other in labels[:i])
        shared = labels.count(label) > 1
        made.append({k: f"{text} {earlier + 1}" for k, text in label.items()} if shared else label)
    return tuple(made)


def _inside(text: str, language: Language) -> str:
    """A name as it stands inside a sentence: its first letter small, but for abbreviations and German nouns."""
    return text if language == "de" or text[1:2].isupper() else text[:1].lower() + text[1:]


def _opened(text: str) -> str:
    """A name as it stands alone: its first letter capital."""
    return text[:1].upper() + text[1:]
