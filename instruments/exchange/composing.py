"""A draft made into a questionnaire of ours: languages, names, codes, scales and conditions; reads no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from instruments.exchange.draft import Draft, DraftList, DraftLoop, DraftPage, DraftQuestion, DraftRow, Tagged
from instruments.exchange.formula import NEVER, UntranslatableError, is_answered, simplified, written
from instruments.exchange.naming import LANGUAGES, NameGiver, codes_of, language_of, slug
from instruments.exchange.opening import printable
from instruments.exchange.plain_text import plain
from instruments.logic import Comparison, Condition, Constant, Every, Not, Some, Truth, Variable
from instruments.measures import MISSING_CODES, NOT_APPLICABLE

Data = dict[str, Any]
_STATED = (-98, -97, NOT_APPLICABLE)
_REASONS = tuple(
    (code, re.compile("|".join(words)))
    for code, words in (
        (
            -98,
            (
                "don.?t know",
                "do not know",
                "unsure",
                "not sure",
                "weiß (ich )?nicht",
                "keine ahnung",
                "no lo s[eé]",
                "^no s[eé]$",
                "不知道",
                "不清楚",
            ),
        ),
        (-97, ("prefer not", "rather not", "refuse", "keine angabe", "möchte .*nicht", "prefiero no", "不便", "不愿")),
        (
            NOT_APPLICABLE,
            (
                "not applicable",
                "does not apply",
                r"^n\.?/?a\.?$",
                "no opinion",
                "trifft nicht zu",
                "no aplica",
                "不适用",
            ),
        ),
    )
)
_PIPED = re.compile(r"\$?\{\s*([^{}]*?)\s*\}|[{}]|\$(?=brand\b)")
_BRAND = "${brand}"
_LEAST_SHARE = 0.5
_NUMBERS = ("integer", "decimal", "range")
_WORDS = frozenset({"brand", "code", "family"})
_PLAIN_KEYS = ("min", "max", "step", "earliest", "latest", "total", "show", "sets", "max_length")


@dataclass
class _Known:
    """What conditions may ask about a variable: its type and its codes as the other program has them."""

    name: str
    type: str
    codes: Mapping[str, int | str] = field(default_factory=dict)


def compose(draft: Draft) -> tuple[Data, dict[str, str]]:
    """Make a questionnaire of a draft.

    Parameters
    ----------
    draft : Draft
        Its `losses` grow by what does not fit.

    Returns
    -------
    tuple of dict and dict
        The questionnaire as data of the grammar `instruments.model.Instrument`, not checked yet; and for each name in
        it where it stood in the other program's file.
    """
    return _Composer(draft).composed()


class _Composer:
    """One draft on its way; methods in the order of the file."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.names = NameGiver()
        self.pages = NameGiver()
        self.scale_names = NameGiver()
        self.list_names = NameGiver()
        self.lists: dict[str, Data] = {}
        self.codes: dict[int, dict[str, int | str]] = {}
        self.scales: dict[str, Data] = {}
        self.rules: list[Data] = []
        self.places: dict[str, str] = {}
        self.known: dict[str, _Known] = {}
        self.named: dict[int, str] = {}
        self.tags = _tags(draft)
        self.languages = list(dict.fromkeys(self.tags.values()))
        self.in_list: dict[int, str] = {}
        self.untranslated: dict[tuple[str, str], list[str]] = {}

    def composed(self) -> tuple[Data, dict[str, str]]:
        for question in self.draft.questions():
            self._name(question)
        entries = [made for entry in self.draft.entries for made in self._entry(entry)]
        for spare in self.draft.spare_lists:
            self.list_key(spare)
        title = self.text(self.draft.title, self.draft.origin, self.draft.name)
        data: Data = {
            "format": 1,
            "instrument": slug(self.draft.name, "form")[:32].rstrip("_"),
            "version": max(self.draft.version, 1),
            "title": title,
            "description": self.text(self.draft.description, self.draft.origin, "") or dict(title),
            "source": f"Imported from {self.draft.origin}",
            "licence": "not stated in the file it was imported from",
            "languages": self.languages,
            "lists": self.lists,
            "scales": self.scales,
            "rules": {"rules": self.rules} if self.rules else None,
            "chances": self.draft.chances,
            "pages": entries,
        }
        self._tell_untranslated()
        return {key: value for key, value in data.items() if value not in (None, {})}, self.places

    def _tell_untranslated(self) -> None:
        for (place, languages), texts in self.untranslated.items():
            told = ", ".join(f"«{text[:40]}»" for text in dict.fromkeys(texts))
            self.draft.lose(place, f"no text in {languages}", f"{told[:300]} stands there until it is translated")

    # Texts -----------------------------------------------------------------------------------------------------------

    def text(self, tagged: Tagged, place: str, fallback: str) -> dict[str, str]:
        """A text in every language; what is missing in one is told, and stands in the first until translated."""
        found: dict[str, str] = {}
        for tag, text in tagged.items():
            language = self.tags.get(tag)
            if language and text.strip():
                found.setdefault(language, self._clean(text, place))
        if not any(found.values()):
            named = re.sub(r"[{}$]", "", printable(fallback)).strip() or "–"
            return dict.fromkeys(self.languages, named) if fallback else {}
        first = next(text for text in found.values() if text)
        absent = [language for language in self.languages if not found.get(language)]
        if absent and any(letter.isalpha() for letter in first):
            self.untranslated.setdefault((place, ", ".join(absent)), []).append(first)
        return {language: found.get(language) or first for language in self.languages}

    def _clean(self, text: str, place: str) -> str:
        cleaned, media = plain(printable(text))
        for kind in media:
            self.draft.lose(place, f"{kind} in a text", "questionnaires here hold text only")
        return _PIPED.sub(lambda found: self._piped(found, place), cleaned)

    def _piped(self, found: re.Match[str], place: str) -> str:
        if found[0] == _BRAND:
            return _BRAND
        name = found[1] or ""
        if not name:
            return {"{": "(", "}": ")"}.get(found[0], "")
        self.draft.lose(place, f"answer piped into a text ({found[0]})", f"'[{name}]' stands there")
        return f"[{name}]"

    # Names and lists -------------------------------------------------------------------------------------------------

    def _name(self, question: DraftQuestion) -> None:
        answers = question.answers
        codes = (
            list(self._codes(answers, scale=question.type == "matrix" and not question.rules).values())
            if answers
            else []
        )
        if question.type == "matrix":
            for row in question.rows:
                self._keep(row, question, (), "select_one", answers)
            return
        parts = [str(code) for code in codes] if question.type in ("select_multiple", "rank", "constant_sum") else []
        if question.type == "best_worst":
            parts = [f"shown{question.sets or 1}"]
        self._keep(question, question, parts, question.type, answers)

    def _keep(
        self,
        holder: DraftQuestion | DraftRow,
        question: DraftQuestion,
        parts: list[str] | tuple[()],
        kind: str,
        answers: DraftList | None,
    ) -> None:
        wanted = holder.name
        name = self.names.give(wanted, "item", parts)
        self.places[name] = question.place
        if name != wanted.lower():
            self.draft.lose(question.place, f"name '{wanted}'", f"it is '{name}' here")
        codes: Mapping[str, int | str] = {}
        if answers:
            codes = answers.renamed if answers.source else self.codes[id(answers)]
        self.known.setdefault(wanted, _Known(name, kind, codes))
        self.named[id(holder)] = name

    def _codes(self, answers: DraftList, *, scale: bool) -> dict[str, int | str]:
        """Codes as they are stored; those of scales are whole numbers."""
        if id(answers) not in self.codes:
            self.codes[id(answers)] = codes_of(choice.code for choice in answers.choices)
            self._tell_codes(answers)
            self._mark_missing(answers)
        codes = self.codes[id(answers)]
        if scale and not answers.source:
            self._mark_reasons(answers)
            self._number(answers)
        return codes

    def _tell_codes(self, answers: DraftList) -> None:
        changed = [f"{old} is {new}" for old, new in self.codes[id(answers)].items() if old != str(new)]
        if changed:
            self.draft.lose(f"list {answers.name}", "codes that cannot be kept", ", ".join(changed))
        if len(answers.choices) > len(self.codes[id(answers)]):
            self.draft.lose(f"list {answers.name}", "codes that stand twice", "the last of each is kept")

    def _mark_missing(self, answers: DraftList) -> None:
        """Codes that are kept for missing answers."""
        codes = self.codes[id(answers)]
        for choice in answers.choices:
            code = codes[choice.code]
            if code in _STATED:
                choice.missing = True
            elif code in MISSING_CODES or choice.missing:
                self._reason(answers, choice.code, -98)
                choice.missing = codes[choice.code] in _STATED

    def _mark_reasons(self, answers: DraftList) -> None:
        """Points of a scale that say why there is no answer."""
        for choice in answers.choices:
            told = " ".join(choice.label.values()).lower().strip()
            for code, pattern in _REASONS:
                if not choice.missing and pattern.search(told):
                    self._reason(answers, choice.code, code)
                    choice.missing = self.codes[id(answers)][choice.code] in _STATED

    def _reason(self, answers: DraftList, code: str, wanted: int) -> None:
        codes = self.codes[id(answers)]
        free = [reason for reason in (wanted, *_STATED) if reason not in codes.values()]
        numbers = [value for value in codes.values() if isinstance(value, int)]
        codes[code] = free[0] if free else max([*numbers, 0]) + 1
        self.draft.lose(
            f"list {answers.name}", f"code {code}", f"it is {codes[code]} here, as for answers that are missing"
        )

    def _number(self, answers: DraftList) -> None:
        """Words of a scale become numbers, in their order or by the digits they end with."""
        codes = self.codes[id(answers)]
        plain_codes = [choice.code for choice in answers.choices if not choice.missing]
        if all(isinstance(codes[code], int) for code in plain_codes):
            return
        ends = [re.search(r"([0-9]{1,4})$", code) for code in plain_codes]
        numbers = [int(end[1]) for end in ends if end]
        if len(set(numbers)) != len(plain_codes):
            numbers = list(range(1, len(plain_codes) + 1))
        codes.update(zip(plain_codes, numbers, strict=True))
        told = ", ".join(f"{code} is {codes[code]}" for code in plain_codes)
        self.draft.lose(f"list {answers.name}", "codes that are words", f"scales need numbers here: {told}")

    def list_key(self, answers: DraftList) -> str:
        """The key of a list; equal lists share one."""
        if id(answers) in self.in_list:
            return self.in_list[id(answers)]
        codes = self._codes(answers, scale=False)
        place = f"list {answers.name}"
        choices: list[Data] = []
        for choice in {codes[choice.code]: choice for choice in answers.choices}.values():
            entry: Data = {"code": codes[choice.code], "label": self.text(choice.label, place, choice.code or "–")}
            entry |= {"missing": True} if choice.missing else {}
            entry |= {"family": choice.family} if choice.family else {}
            choices.append(entry | ({"extra": True} if choice.extra else {}))
        made = _list_data(answers.source, choices)
        same = None if self.draft.named_lists else next((k for k, other in self.lists.items() if other == made), None)
        key = same or self.list_names.give(answers.name, "list")
        self.lists[key] = made
        self.in_list[id(answers)] = key
        return key

    # Pages and questions ---------------------------------------------------------------------------------------------

    def _entry(self, entry: DraftPage | DraftLoop) -> list[Data]:
        """A page or loop; nothing where nothing of it can be asked."""
        pages = [made for page in _pages(entry) if (made := self._page(page))]
        if isinstance(entry, DraftPage) or not pages:
            return pages
        over = self.known.get(entry.over)
        if over is None or over.type != "select_multiple":
            why = f"'{entry.over}' is no multiple answer here: its questions are asked once"
            self.draft.lose(entry.place, "loop", why)
            return pages
        loop: Data = {"loop": "brand", "eligible": [over.name], "at_most": max(entry.at_most, 1)}
        return [loop | ({"random_order": True} if entry.random_order else {}) | {"pages": pages}]

    def _page(self, page: DraftPage) -> Data | None:
        if self._never(page.relevant, page.place, "page"):
            return None
        questions = [made for question in page.questions if (made := self._question(question))]
        if not questions:
            return None
        first = page.questions[0].label if page.questions else {}
        name = self.pages.give(page.name, "page")
        self.places.setdefault(f"page {name}", page.place)
        data: Data = {"page": name, "title": self.text(page.title, page.place, "") or self.text(first, page.place, "–")}
        self._condition(data, "relevant", page.relevant, page.place)
        self._condition(data, "screen_out", page.screen_out, page.place)
        if page.random_order:
            data["random_order"] = True
        return data | {"questions": questions}

    def _never(self, condition: Condition | None, place: str, what: str) -> bool:
        if condition is None or simplified(condition) != NEVER:
            return False
        self.draft.lose(place, what, "it is never shown: left out")
        return True

    def _question(self, question: DraftQuestion) -> Data | None:
        if self._never(question.relevant, question.place, f"question '{question.name}'"):
            return None
        if question.type == "matrix":
            return self._matrix(question)
        data: Data = {"name": self.named[id(question)], "type": question.type}
        if question.answers and not (question.answers.choices or question.answers.source):
            self.draft.lose(question.place, f"list '{question.answers.name}'", "it has no choices: asked as text")
            question.answers, data["type"] = None, "text"
        label = self.text(question.label, question.place, "") or self.text(question.hint, question.place, "")
        if not label:
            self.draft.lose(question.place, f"question '{question.name}' without a text", "its name stands there")
        data["label"] = label or self.text({}, question.place, question.name or "–")
        for key in ("hint", "low", "high"):
            if text := self.text(getattr(question, key), question.place, ""):
                data[key] = text
        if question.answers:
            data["list"] = self.list_key(question.answers)
        data |= {key: value for key in _PLAIN_KEYS if (value := getattr(question, key)) not in (None, "")}
        if question.type != "note":
            data |= _requirement(question)
        if question.random_order:
            data["random_order"] = True
        self._condition(data, "relevant", question.relevant, question.place)
        self._condition(data, "choice_filter", question.choice_filter, question.place)
        return data

    def _matrix(self, question: DraftQuestion) -> Data | None:
        if not question.rows or question.answers is None or not question.answers.choices:
            self.draft.lose(
                question.place, f"question '{question.name}'", "it has no rows or no answers to choose from"
            )
            return None
        label = self.text(question.label, question.place, "") or dict.fromkeys(self.languages, "–")
        data: Data = {"type": "matrix"}
        if question.rules:
            self.list_key(question.answers)
            self._rule_rows(question)
            data["rules"] = question.rules
        else:
            data["scales"] = self._scales(question, label)
        data["label"] = label
        if not question.random_order:
            data["random_order"] = False
        data |= _requirement(question)
        self._condition(data, "relevant", question.relevant, question.place)
        return data

    def _scales(self, question: DraftQuestion, label: dict[str, str]) -> list[str]:
        assert question.answers is not None, "a matrix without answers is told before"  # noqa: S101
        answers = self.list_key(question.answers)
        keys: dict[str, str] = {}
        for row in question.rows:
            wanted = row.scale or question.name
            if wanted not in keys:
                keys[wanted] = self.scale_names.give(wanted, "scale")
                self.scales.setdefault(keys[wanted], {"label": _without_brand(label), "list": answers, "items": []})
            self.scales[keys[wanted]]["items"].append(self._row(row, question.place))
        return list(keys.values())

    def _row(self, row: DraftRow, place: str) -> Data:
        data: Data = {"name": self.named[id(row)], "label": self.text(row.label, place, row.name or "–")}
        data |= {"reversed": True} if row.reversed else {}
        return data | ({"set": row.set} if row.set else {})

    def _rule_rows(self, question: DraftQuestion) -> None:
        there = {rule["name"] for rule in self.rules}
        for row in question.rows:
            name = row.name[4:]
            if name not in there:
                self.rules.append({"name": name, "label": self.text(row.label, question.place, name)})

    # Conditions ------------------------------------------------------------------------------------------------------

    def _condition(self, data: Data, key: str, condition: Condition | None, place: str) -> None:
        if condition is None:
            return
        try:
            data[key] = written(simplified(self._fitted(condition)))
        except UntranslatableError as error:
            instead = "every choice is offered" if key == "choice_filter" else "it holds for everybody here"
            self.draft.lose(place, f"{key} condition", f"{error}; {instead}")

    def _fitted(self, condition: Condition) -> Condition:
        """The same condition with our names and codes."""
        match condition:
            case Comparison():
                return self._compared(condition)
            case Truth(variable=variable):
                return Truth(Variable(self._asked(variable.name).name, 0))
            case Not(operand=operand):
                return Not(self._fitted(operand))
            case Every(parts=parts):
                return Every(tuple(map(self._fitted, parts)))
            case Some(parts=parts):
                return Some(tuple(map(self._fitted, parts)))

    def _asked(self, name: str) -> _Known:
        if name in _WORDS or name in self.draft.chances:
            return _Known(name, "integer" if name in self.draft.chances else "text", self._renamed_brands(name))
        if name not in self.known:
            lower = {key.lower(): known for key, known in self.known.items()}
            if name.lower() not in lower:
                raise UntranslatableError(f"it asks for '{name}', which is no question here")
            return lower[name.lower()]
        return self.known[name]

    def _renamed_brands(self, name: str) -> Mapping[str, int | str]:
        lists = [question.answers for question in self.draft.questions() if question.answers]
        return {old: new for answers in lists for old, new in answers.renamed.items()} if name == "brand" else {}

    def _compared(self, told: Comparison) -> Condition:
        sides = {side.name: self._asked(side.name) for side in (told.left, told.right) if isinstance(side, Variable)}
        known = next(iter(sides.values()), None)
        if known is None:
            raise UntranslatableError("it compares two fixed values")
        if told.sign == "!=" and told.right == Constant(""):
            return _answered(known)
        if known.type == "consent":
            return Truth(Variable(known.name, 0)) if told.sign in ("==", "in") else Not(Truth(Variable(known.name, 0)))
        left, right = (self._side(side, sides, known) for side in (told.left, told.right))
        if isinstance(told.left, Variable) and isinstance(told.right, Constant) and known.type == "select_multiple":
            return _of_many(told.sign, left, right)
        multiple = isinstance(right, Variable) and isinstance(told.right, Variable)
        multiple = multiple and sides[told.right.name].type in ("select_multiple", "text")  # type: ignore[union-attr]
        if told.sign == "in" and not multiple:
            return Comparison("==", right, left)
        return Comparison(told.sign, left, right)

    def _side(self, side: Variable | Constant, sides: Mapping[str, _Known], known: _Known) -> Variable | Constant:
        if isinstance(side, Variable):
            return Variable(sides[side.name].name, 0)
        text = str(side.value)
        if known.codes:
            return Constant(known.codes.get(text, side.value))
        if known.type in _NUMBERS and isinstance(side.value, str):
            try:
                number = float(text)
            except ValueError:
                raise UntranslatableError(f"it compares the number '{known.name}' with a text") from None
            return Constant(int(number) if number.is_integer() else number)
        return side


def _without_brand(label: dict[str, str]) -> dict[str, str]:
    """The name of a scale, which is not about any one brand."""
    return {language: text.replace(_BRAND, "…") for language, text in label.items()}


def _requirement(question: DraftQuestion) -> Data:
    if question.required:
        return {"required": "soft"} if question.soft else {}
    return {"required": False}


def _pages(entry: DraftPage | DraftLoop) -> list[DraftPage]:
    return entry.pages if isinstance(entry, DraftLoop) else [entry]


def _answered(known: _Known) -> Condition:
    """Whether there is an answer; a 0 is one."""
    if known.type in _NUMBERS or 0 in known.codes.values():
        return Comparison(">=", Variable(known.name, 0), Constant(0))
    return Truth(Variable(known.name, 0))


def _of_many(sign: str, left: Variable | Constant, right: Variable | Constant) -> Condition:
    """What is said of a multiple answer with the signs for a single one."""
    if sign == "==":
        return Comparison("in", right, left)
    if sign == "!=":
        return Every((is_answered_multiple(left), Not(Comparison("in", right, left))))
    raise UntranslatableError("it orders a multiple answer")


def is_answered_multiple(variable: Variable | Constant) -> Condition:
    """Whether anything was picked.

    Parameters
    ----------
    variable : Variable

    Returns
    -------
    Condition
    """
    return Truth(variable) if isinstance(variable, Variable) else is_answered("")


def _list_data(source: str, choices: list[Data]) -> Data:
    extra = [{key: value for key, value in choice.items() if key != "extra"} for choice in choices if "extra" in choice]
    if source:
        return {"source": source} | ({"extra": extra} if extra else {})
    return {"choices": [{key: value for key, value in choice.items() if key != "extra"} for choice in choices]}


def _tags(draft: Draft) -> dict[str, str]:
    """Our language for each of the other program's; told where one cannot be asked in."""
    counts = _counted(draft)
    most = max(counts.values(), default=0)
    tags: dict[str, str] = {}
    for tag in dict.fromkeys([*draft.languages, *counts]):
        language = language_of(tag)
        if language is None:
            continue
        if counts.get(tag, 0) < most * _LEAST_SHARE:
            if counts.get(tag):
                told = f"only {counts[tag]} of {most} texts are translated"
                draft.lose(draft.origin, f"language '{tag}'", f"{told}; it is left out")
            continue
        if language not in tags.values():
            tags[tag] = language
    return _with_rest(draft, counts, tags)


def _with_rest(draft: Draft, counts: Mapping[str, int], tags: dict[str, str]) -> dict[str, str]:
    """Texts of no language that we know: those of the main one stand under a free language, others are told."""
    main = max((tag for tag in counts if tag not in tags), key=lambda tag: counts[tag], default=None)
    known = max((counts.get(tag, 0) for tag in tags), default=0)
    if (main is not None and counts[main] > known / _LEAST_SHARE) or not tags:
        free = next(language for language in LANGUAGES if language not in tags.values())
        tags = {main or "": free, **tags}
        if main and language_of(main) is None:
            draft.lose(
                draft.origin,
                f"language '{main}'",
                f"questionnaires are not asked in it: its texts stand under '{free}'",
            )
    for tag, count in counts.items():
        if tag not in tags and tag and language_of(tag) is None:
            draft.lose(
                draft.origin, f"language '{tag}'", f"questionnaires are not asked in it: {count} texts are left out"
            )
    if "" in counts and "" not in tags:
        tags[""] = next(iter(tags.values()))
    return tags


def _counted(draft: Draft) -> dict[str, int]:
    """How many texts there are in each language."""
    counts: dict[str, int] = {}
    texts: list[Tagged] = [draft.title, *(page.title for page in draft.pages())]
    for question in draft.questions():
        texts += [question.label, *(row.label for row in question.rows)]
        texts += [choice.label for choice in question.answers.choices] if question.answers else []
    for tag in (tag for text in texts for tag, told in text.items() if told.strip()):
        counts[tag] = counts.get(tag, 0) + 1
    return counts
