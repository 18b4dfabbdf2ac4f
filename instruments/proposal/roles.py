"""What the columns of an unknown file probably are: scales, outcomes, brands, persons; each guess with its doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from instruments.measures import MISSING_CODES, RESERVED
from instruments.proposal.profiles import Profile, SeenFile

_STEM = re.compile(r"^(?P<stem>.*?[^\W\d_])[\s_.\-]*(?P<number>\d{1,3})[a-z]?$")
_ENDING_NUMBER = re.compile(r"[+-]?\d+(?=\D*$)")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_ID = re.compile(
    r"(^|_)(id|uuid|pid|resp\w*|case(_?id)?|person\w*|rownames|participant|subject|teilnehmer\w*|encuestado)$|编号"
)
_WEIGHT = re.compile(r"(^|_)(weight|weights|wgt|wt|gewicht\w*|peso|ponderaci\w*)($|_)|权")
_BRAND = re.compile(r"brand|marke(?!t)|marca|provider|company|firm|anbieter|empresa|品牌")
_LANGUAGE = re.compile(r"^_?(lang|language|sprache|idioma|语言)$")
_COUNTRY = re.compile(r"^_?(country|land|pa[ií]s|nation|国家)$")
_OUTCOME = re.compile(
    r"^(sat|cusa|loy|cusl|recom|nps|wom|repurch|rebuy|purch|int(ent)?\d*$|switch|churn|leav|like$|liking|zufried|treue"
    r"|empf|wiederk|lealt|recomend|intenc|满意|忠诚|推荐)"
)
_WORSE = re.compile(r"^(switch|churn|leav|abwander|cambi)")
_FIRST = re.compile(r"^(sat|cusa|zufried|满意|like$|liking)")
_DEMOGRAPHIC = re.compile(
    r"^(age|gender|sex|educ\w*|income|occup\w*|house\w*|marital|region|alter|geschlecht|bildung|einkommen|edad|sexo"
    r"|educaci\w*|ingres\w*|性别|年龄|学历|收入)"
)
_BEHAVIOURAL = re.compile(r"freq|visit|usage|tenure|h[aä]ufig|frecuen|次数|频率")
_NO_ANSWER = re.compile(
    r"^(don'?t know|do not know|dk|no answer|not answered|refused?|prefer not to (say|answer)|n/?a|missing|unknown"
    r"|weiß nicht|weiss nicht|keine angabe|k\.? ?a\.?|no sabe|ns/nc|no contesta|不知道|拒答|不适用|未回答)$",
    re.IGNORECASE,
)
_ORDERED = (
    ("no", "yes"),
    ("nein", "ja"),
    ("no", "sí"),
    ("否", "是"),
    ("false", "true"),
    ("bad", "neutral", "good"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("nie", "selten", "manchmal", "oft", "immer"),
    ("nunca", "rara vez", "a veces", "a menudo", "siempre"),
    ("strongly disagree", "disagree", "neither agree nor disagree", "agree", "strongly agree"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    (
        "strongly disagree",
        "disagree",
        "slightly disagree",
        "neither agree nor disagree",
        "slightly agree",
        "agree",
        "strongly agree",
    ),
    ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    ("非常不同意", "不同意", "一般", "同意", "非常同意"),
)
_RANGES = (
    (0, 1),
    (1, 3),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 7),
    (1, 9),
    (0, 10),
    (1, 10),
    (-3, 3),
    (-5, 5),
    (0, 100),
    (1, 100),
)
_OFTEN_MISSING = (-1, -2, -8, -9, -77, -88, -99, 77, 88, 97, 98, 99, 997, 998, 999, 9999)
_STRAY, _MOST_STEPS, _MOST_BRANDS, _FEWEST_PERSONS = 0.02, 12, 200, 20
_MOST_MEANT, _KEY = 11, re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


@dataclass(frozen=True)
class Group:
    """Columns that seem to measure one thing.

    Parameters
    ----------
    key, label : str
        A key of the grammar, and what the columns' names have in common.
    columns : tuple of Profile
    low, high : float
        Ends of the answers.
    reversed : tuple of str
        Columns that run against the others.
    invalid : dict of str to tuple of float
        For each column codes beyond the ends, which few rows have.
    doubts : tuple of str
        What to look at.
    """

    key: str
    label: str
    columns: tuple[Profile, ...]
    low: float
    high: float
    reversed: tuple[str, ...] = ()
    invalid: dict[str, tuple[int, ...]] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Roles:
    """What the columns probably are.

    Parameters
    ----------
    person, brand, weight, language, country : Profile or None
    brands : tuple of (str, str)
        Key and name of each brand.
    brand_words : dict of str to str
        Words of the brand column and the keys they stand for, where they are no keys themselves.
    scales, outcomes : tuple of Group
    background : dict
        Columns by kind of background.
    codes_of : dict
        For each column of words the numbers that they stand for.
    missing : tuple
        Codes and words that are no answers.
    unused : tuple of str
        Columns that are none of these.
    doubts : tuple of str
        What to look at besides.
    """

    person: Profile | None
    brand: Profile | None
    weight: Profile | None
    language: Profile | None
    country: Profile | None
    brands: tuple[tuple[str, str], ...]
    brand_words: dict[str, str]
    scales: tuple[Group, ...]
    outcomes: tuple[Group, ...]
    background: dict[str, tuple[str, ...]]
    codes_of: dict[str, dict[str, int]]
    missing: tuple[int | str, ...]
    unused: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def roles_of(seen: SeenFile) -> Roles:
    """Guess what the columns of a file are.

    Parameters
    ----------
    seen : SeenFile

    Returns
    -------
    Roles
        With what is not certain about them.
    """
    left = [column for column in seen.columns if column.counts]
    person = _taken(left, _ID, lambda column: len(column.counts) >= _FEWEST_PERSONS)
    weight = _taken(left, _WEIGHT, lambda column: bool((column.numbers.dropna() > 0).all()) and not column.words)
    language, country = _taken(left, _LANGUAGE), _taken(left, _COUNTRY)
    stems = [found["stem"] for column in left if (found := _STEM.match(column.name))]
    brand = _taken(
        left,
        _BRAND,
        # one of several numbered columns is a statement about the brand, not its name
        lambda column: 2 <= len(column.counts) <= _MOST_BRANDS and not _is_one_of(column.name, stems),  # noqa: PLR2004
    )
    missing = _missing(left)
    background = {
        kind: tuple(column.name for column in left if pattern.search(column.name.lower()))
        for kind, pattern in (("demographic", _DEMOGRAPHIC), ("behavioural", _BEHAVIOURAL))
    }
    told = {name for names in background.values() for name in names}
    left = [column for column in left if column.name not in told]
    meant = {column.name: codes for column in left if (codes := _codes(column, missing))}
    measured = _measures([_as_numbers(c, meant.get(c.name, {})) for c in left if _is_measure(c, meant)], missing)
    scales, outcomes = _judged(measured)
    used = {column.name for group in (*scales, *outcomes) for column in group.columns}
    brands, brand_words = _brands(brand, seen)
    return Roles(
        person=person,
        brand=brand,
        weight=weight,
        language=language,
        country=country,
        brands=brands,
        brand_words=brand_words,
        scales=scales,
        outcomes=outcomes,
        background={kind: names for kind, names in background.items() if names},
        codes_of={name: codes for name, codes in meant.items() if name in used},
        missing=missing,
        unused=tuple(column.name for column in left if column.name not in used),
        doubts=tuple(_unmeant(left, used, meant)),
    )


def _is_one_of(name: str, stems: list[str]) -> bool:
    found = _STEM.match(name)
    return found is not None and stems.count(found["stem"]) > 1


def _taken(
    left: list[Profile], pattern: re.Pattern[str], fits: Callable[[Profile], bool] = lambda _: True
) -> Profile | None:
    """The first column of such a name; it is none of the others then."""
    found = next((column for column in left if pattern.search(column.name.lower()) and fits(column)), None)
    if found is not None:
        left.remove(found)
    return found


def _missing(columns: Iterable[Profile]) -> tuple[int | str, ...]:
    """Codes far from all others in more than one column, and words that say that there is no answer."""
    codes: dict[int, int] = {}
    words: dict[str, None] = {}
    for column in columns:
        words |= dict.fromkeys(word for word in column.words if _NO_ANSWER.match(word))
        words |= dict.fromkeys(text for text in column.labels.values() if _NO_ANSWER.match(text))
        if not column.is_coded:
            continue
        steps = column.steps()
        for code in _OFTEN_MISSING:
            others = steps[~np.isin(steps, _OFTEN_MISSING)]
            gap = len(others) and (code < others.min() - (others.min() == 0) or code > others.max() + 1)
            if code in steps and gap and len(others) <= _MOST_STEPS and code not in MISSING_CODES:
                codes[code] = codes.get(code, 0) + 1
    return (*sorted(codes), *words)


def _codes(column: Profile, missing: tuple[int | str, ...]) -> dict[str, int]:
    """Numbers that the words of a column stand for, where they can be told."""
    words = [word for word in column.words if word not in missing]
    if not words or len(words) > _MOST_MEANT:
        return {}
    for ordered in _ORDERED:
        start = 0 if len(ordered) == 2 else 1  # noqa: PLR2004 - no and yes
        places = {word: start + ordered.index(word.lower()) for word in words if word.lower() in ordered}
        if len(places) == len(words) and len(words) > 1:
            return places
    ends = {word: int(found.group()) for word in words if (found := _ENDING_NUMBER.search(word))}
    return ends if len(ends) == len(words) and len(set(ends.values())) == len(words) else {}


def _as_numbers(column: Profile, codes: dict[str, int]) -> Profile:
    if not codes:
        return column
    return replace(column, cells=column.cells.map(lambda cell: str(codes[cell]) if cell in codes else cell))


def _is_measure(column: Profile, meant: dict[str, dict[str, int]]) -> bool:
    """Whether a column holds answers on a scale: few steps, and numbers or words that stand for some."""
    strange = [word for word in column.words if not _NO_ANSWER.match(word)]
    if strange and column.name not in meant:
        return False
    steps = column.steps()
    return column.is_coded and not column.is_unique and (len(steps) <= _MOST_STEPS + 1 or bool(meant.get(column.name)))


def _measures(columns: list[Profile], missing: tuple[int | str, ...]) -> list[Group]:
    """Groups of columns by the beginning of their names; what has no such beginning, by place and steps."""
    groups: dict[str, list[Profile]] = {}
    alone: list[Profile] = []
    for column in columns:
        found = _STEM.match(column.name)
        if found:
            groups.setdefault(found["stem"].rstrip("_.- "), []).append(column)
        else:
            alone.append(column)
    measured: list[Group] = []
    for stem, members in groups.items():
        measured += _groups(stem, members, missing)
    for run in _runs(alone, missing):
        if _OUTCOME.search(run[0].name.lower()):
            measured += [_group(column.name, [column], missing) for column in run]
        elif len(run) > 2:  # noqa: PLR2004 - fewer are no scale
            doubt = "these columns share no name: sort them into scales that measure one thing each"
            group = _group(f"statements_{run[0].name}", run, missing)
            measured.append(replace(group, doubts=(*group.doubts, doubt)))
    return measured


def _runs(columns: list[Profile], missing: tuple[int | str, ...]) -> Iterator[list[Profile]]:
    """Columns one after another with the same ends; each outcome apart."""
    runs: dict[tuple[float, float, str], list[Profile]] = {}
    for column in columns:
        low, high, _ = _ends([column], missing)
        apart = column.name if _OUTCOME.search(column.name.lower()) else ""
        runs.setdefault((low, high, apart), []).append(column)
    yield from runs.values()


def _groups(stem: str, members: list[Profile], missing: tuple[int | str, ...]) -> Iterator[Group]:
    """One group of a stem, or one for each kind of response format in it."""
    by_ends: dict[tuple[float, float], list[Profile]] = {}
    for column in members:
        by_ends.setdefault(_ends([column], missing)[:2], []).append(column)
    low, high, _ = _ends(members, missing)
    if len(by_ends) == 1 or high - low <= _MOST_STEPS - 2:
        yield _group(stem, members, missing)
        return
    for at, part in enumerate(by_ends.values(), start=1):
        yield _group(f"{stem}_{at}", part, missing)


def _group(label: str, members: list[Profile], missing: tuple[int | str, ...]) -> Group:
    low, high, invalid = _ends(members, missing)
    doubts = [f"few rows hold {', '.join(map(str, codes))} in {name}" for name, codes in invalid.items()]
    if (low, high) == (0, 1):
        doubts.append("yes or no only: rather picks than a scale?")
    seen = np.unique(np.concatenate([column.steps(_texts(missing)) for column in members]))
    if (low, high) not in _RANGES or seen.min() > low or seen.max() < high:
        doubts.append(f"is the range right? the file holds {seen.min():g} to {seen.max():g}")
    against = _against(members, missing)
    if against:
        doubts.append(
            f"{', '.join(against)}: against the others in these answers; is the statement worded the other way?"
        )
    if names := [column.name for column in members if column.name in RESERVED]:
        doubts.append(f"rename {', '.join(names)} in the file: the analysis has a column of that name")
    return Group(_key(label, ""), label.replace("_", " "), tuple(members), low, high, against, invalid, tuple(doubts))


def _ends(members: list[Profile], missing: tuple[int | str, ...]) -> tuple[float, float, dict[str, tuple[int, ...]]]:
    """Ends of the answers, and codes beyond them that only few rows have."""
    cells = [column.numbers[~column.cells.isin(_texts(missing))].dropna() for column in members]
    together = pd.concat(cells)
    together = together[~together.isin(MISSING_CODES)]
    low, high = float(together.min()), float(together.max())
    for bottom, top in _RANGES:
        beyond = ((together < bottom) | (together > top)).mean()
        if bottom <= low and high <= top and (high == top or top - high <= 1):
            return bottom, top, {}
        if bottom <= low and 0 < beyond <= _STRAY and top > bottom + 1:
            strays = {c.name: tuple(int(v) for v in np.unique(n[n > top])) for c, n in zip(members, cells, strict=True)}
            return bottom, top, {name: codes for name, codes in strays.items() if codes}
    return low, high, {}


def _texts(missing: tuple[int | str, ...]) -> frozenset[str]:
    return frozenset(map(str, missing))


def _against(members: list[Profile], missing: tuple[int | str, ...]) -> tuple[str, ...]:
    """Columns whose sign on the first principal component is that of the minority."""
    if len(members) < 3:  # noqa: PLR2004 - of two, none is the minority
        return ()
    gone = [*_texts(missing), *map(str, MISSING_CODES)]
    numbers = pd.DataFrame({column.name: column.numbers.mask(column.cells.isin(gone)) for column in members})
    correlations = numbers.corr(min_periods=_FEWEST_PERSONS).fillna(0).to_numpy()
    first = np.linalg.eigh(correlations)[1][:, -1]
    if (first < 0).sum() * 2 > len(first):
        first = -first
    return tuple(column.name for column, sign in zip(members, first, strict=True) if sign < -0.1)  # noqa: PLR2004


def _judged(groups: list[Group]) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Scales, and outcomes with the likeliest main one first; without any scale left there are none."""
    outcomes = [group for group in groups if _OUTCOME.search(group.columns[0].name.lower())]
    scales = [group for group in groups if group not in outcomes and len(group.columns) > 1]
    if not scales:
        return _keyed(groups, "scale"), ()
    outcomes.sort(key=lambda group: not _FIRST.search(group.columns[0].name.lower()))
    return _keyed(scales, "scale"), _keyed(outcomes, "outcome")


def _keyed(groups: list[Group], what: str) -> tuple[Group, ...]:
    """Groups with keys of their own; names in other scripts, or alike, become numbers."""
    keys = [group.key for group in groups]
    return tuple(
        group if group.key and keys.count(group.key) == 1 else replace(group, key=f"{what}_{at}")
        for at, group in enumerate(groups, start=1)
    )


def better(group: Group) -> str:
    """Which end of an outcome is the better one.

    Parameters
    ----------
    group : Group

    Returns
    -------
    str
        ``high`` or ``low``, by the name of its first column.
    """
    return "low" if _WORSE.search(group.columns[0].name.lower()) else "high"


def _brands(brand: Profile | None, seen: SeenFile) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """Keys and names of the brands, and words that stand for keys; without a column the one brand of the file."""
    if brand is None:
        return ((_key(seen.path.stem, "brand"), seen.path.stem),), {}
    brands: dict[str, str] = {}
    stands: dict[str, str] = {}
    for word in sorted(brand.counts):
        name = brand.labels.get(word, word)
        key = word if _KEY.fullmatch(word) else _key(word, f"brand_{len(brands) + 1}")
        if key.lower() in (known.lower() for known in brands):
            key = f"brand_{len(brands) + 1}"
        brands[key] = name
        if key != word:
            stands[word] = key
    return tuple(brands.items()), stands


def _unmeant(left: list[Profile], used: set[str], meant: dict[str, dict[str, int]]) -> Iterator[str]:
    for column in left:
        strange = [word for word in column.words if not _NO_ANSWER.match(word)]
        if column.name not in used and column.name not in meant and 1 < len(strange) <= _MOST_MEANT:
            shown = ", ".join(f'"{word}"' for word in strange)
            yield f"{column.name} holds words ({shown}): give them numbers under codes_of to use it as a scale"


def _key(name: str, other: str) -> str:
    """A key of the grammar from any name; `other` where nothing of it is left."""
    key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if key and not key[0].isalpha():
        key = f"v_{key}"
    return key[:32].rstrip("_") or other
