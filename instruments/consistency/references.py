"""What refers to what: matrices to scales, loops to brands, the design to sets, findings to items."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.consistency.outline import RULE_QUESTIONS, Cursor, Outline, QuestionSpot
from instruments.grammar import did_you_mean
from instruments.model import ALL_BRANDS, NOT_PICKED, YES
from instruments.yaml_file import Problem


def check_matrices(outline: Outline) -> Iterator[Problem]:
    """A matrix asks for existing scales on one list, or for rules where they can be asked.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for question in outline.matrices():
        scales, rules = list(question.at["scales"].elements()), question.at["rules"]
        if bool(scales) == bool(rules):
            yield outline.problem(
                question.at, "a matrix asks for scales or for rules", "give one of 'scales:' and 'rules:'"
            )
        for key in scales:
            if key.text and key.text not in outline.scales:
                yield outline.problem(key, f"unknown scale '{key.text}'", did_you_mean(key.text, outline.scales))
        lists = {outline.scales[key.text]["list"].text for key in scales if key.text in outline.scales}
        lists &= outline.lists.keys()
        if len(lists) > 1:
            message = f"scales of one matrix must share a list, these have {', '.join(sorted(lists))}"
            yield outline.problem(question.at["scales"], message, "make a matrix for each list")
        if rules.text in RULE_QUESTIONS:
            yield from _check_rules_matrix(outline, question, rules)


def check_scales(outline: Outline) -> Iterator[Problem]:
    """Each scale is asked once and has items, each of a known set.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    sets = [name.text for name in outline.root["planned_missing"]["sets"].elements()]
    for key, scale in outline.scales.items():
        asked = len(outline.matrices_of(key))
        if asked != 1:
            what = "in no matrix and would never be asked" if not asked else "in more than one matrix"
            yield outline.problem(scale, f"the scale '{key}' is {what}", "name it in one matrix", at_key=True)
        items = list(scale["items"].elements())
        if scale.has("items") and not items:
            yield outline.problem(scale["items"], f"the scale '{key}' has no items")
        for item in items:
            if item["set"].text and item["set"].text not in sets:
                message = f"unknown set '{item['set'].text}'"
                yield outline.problem(
                    item["set"], message, did_you_mean(item["set"].text, sets) or "see planned_missing"
                )


def check_design(outline: Outline) -> Iterator[Problem]:
    """Not more is shown than there is, and every set holds something.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    design = outline.root["planned_missing"]
    sets, show = [name.text for name in design["sets"].elements()], design["show"]
    if show.whole is not None and show.whole > len(sets):
        yield outline.problem(show, f"'show' is {show.whole}, but there are {len(sets)} sets", f"at most {len(sets)}")
    used = {item["set"].text for scale in outline.scales.values() for item in scale["items"].elements()}
    for key, dealt in design["assign"].entries():
        yield from _check_assigned(outline, key, dealt, sets)
        used.update(name.text for name in dealt.elements())
    for at, name in enumerate(design["sets"].elements()):
        if name.text in sets[:at]:
            yield outline.problem(name, f"the set '{name.text}' is named twice", "remove one")
        elif name.text and name.text not in used:
            yield outline.problem(name, f"no item belongs to the set '{name.text}'", "give items 'set:', or remove it")


def _check_assigned(outline: Outline, key: str, dealt: Cursor, sets: list[str]) -> Iterator[Problem]:
    """A scale whose statements are dealt to sets is asked, and names none of its own."""
    if key not in outline.scales:
        remedy = did_you_mean(key, outline.scales)
        yield outline.problem(dealt, f"no scale '{key}' is asked", remedy, at_key=True)
    elif any(item["set"] for item in outline.scales[key]["items"].elements()):
        yield outline.problem(dealt, f"statements of '{key}' name their sets already", "keep one of them", at_key=True)
    names = list(dealt.elements())
    if isinstance(dealt.value, list) and not names:
        yield outline.problem(dealt, "no set is named", "as [a, b, c]")
    for name in names:
        if name.text and name.text not in sets:
            yield outline.problem(name, f"unknown set '{name.text}'", did_you_mean(name.text, sets))


def check_rules(outline: Outline) -> Iterator[Problem]:
    """Subsets of rules that can be drawn, known families, and codes of the experience list.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    battery = outline.root["rules"]
    count = len(list(outline.rules()))
    shown = {key: battery[f"{key}_shown"] for key in RULE_QUESTIONS}
    for at in shown.values():
        if at.whole is not None and at.whole > count:
            yield outline.problem(at, f"{at.whole} rules are to be shown, but there are {count}", f"at most {count}")
    yield from _check_shared(outline, shown["importance"], shown["experience"], battery["shared"], count)
    families = [key for key, _ in battery["families"].entries()]
    for rule in outline.rules():
        if rule["family"].text and rule["family"].text not in families:
            message = f"unknown family '{rule['family'].text}'"
            yield outline.problem(rule["family"], message, did_you_mean(rule["family"].text, families))
    codes = [code.value for code in outline.codes(battery["experience_list"].text)]
    for _, at in battery["experience"].entries():
        if codes and at and at.value not in codes:
            message = f"the list '{battery['experience_list'].text}' has no code {at.value}"
            yield outline.problem(at, message, f"one of {', '.join(map(str, codes))}")


def check_loop(outline: Outline) -> Iterator[Problem]:
    """One loop, over brands asked for before it, with an offer that can be answered yes.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    for loop in outline.loops[1:]:
        yield outline.problem(loop, "there is a second loop", "one loop is all there can be")
    for loop in outline.loops:
        for name in loop["eligible"].elements():
            yield from _check_eligible(outline, loop, name)
        offer = loop["offer"]
        codes = [code.value for code in outline.codes(offer["list"].text)]
        if offer and (offer["type"].text != "select_one" or (codes and YES not in codes)):
            yield outline.problem(offer, f"the offer must be a select_one whose code {YES} is yes", at_key=True)
    for question in outline.questions:
        if question.at["once"] and not (question.page and question.page.in_loop):
            message = "only what is asked of each brand can be asked once"
            yield outline.problem(question.at["once"], message, "take it out", at_key=True)
        if question.at["draw"] and question.about_brand:
            message = "only from what is asked once of each person can be drawn"
            yield outline.problem(question.at["draw"], message, "take it out, or ask it before", at_key=True)
    for page in outline.pages:
        if page.in_loop and page.at["screen_out"]:
            message = "a page in a loop cannot end the interview"
            yield outline.problem(page.at["screen_out"], message, "screen before the loop", at_key=True)
        yield from _check_about(outline, page.at, in_loop=page.in_loop)


def check_shuffle(outline: Outline) -> Iterator[Problem]:
    """Blocks name pages that follow one another in the file, each only once.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    entries = [(entry["loop"] or entry["page"]).text for entry in outline.root["pages"].elements()]
    seen: set[str] = set()
    for shuffle in outline.root["shuffle"].elements():
        names = [name for block in shuffle["blocks"].elements() for name in block.elements()]
        for name in names:
            if name.text and name.text not in entries:
                message = f"there is no page '{name.text}' outside the loop"
                yield outline.problem(name, message, did_you_mean(name.text, entries))
            elif name.text in seen:
                yield outline.problem(name, f"'{name.text}' stands in a block already", "name it once")
            seen.add(name.text)
        places = [entries.index(name.text) for name in names if name.text in entries]
        if places and sorted(set(places)) == sorted(places) and places != list(range(min(places), max(places) + 1)):
            message = "the pages of all blocks do not follow one another in the file"
            yield outline.problem(shuffle["blocks"], message, "name them in the order of the file, without gaps")


def check_findings(outline: Outline) -> Iterator[Problem]:
    """Picks, outcomes and person columns name items; exactly one outcome is primary.

    Parameters
    ----------
    outline : Outline

    Returns
    -------
    iterator of Problem
    """
    picks = outline.root["picks"]
    named = [pick[key] for pick in (picks["current"], picks["desired"]) for key in ("family", "relationship")]
    named += [picks["as_wanted"], picks["treated"], outline.root["remedy"]]
    outcomes = [outcome for _, outcome in outline.root["outcomes"].entries()]
    for at in [*named, *(outcome["item"] for outcome in outcomes)]:
        yield from _check_item(outline, at, about_brand=True)
    for outcome in outcomes:
        yield from _check_index(outline, outcome)
    for _, at in outline.root["person"].entries():
        yield from _check_item(outline, at, about_brand=False)
    for _, value in outline.root["value"].entries():
        yield from _check_value(outline, value)
    primary = [outcome for outcome in outcomes if outcome["primary"].value is True]
    if outcomes and len(primary) != 1:
        message = f"{len(primary)} outcomes are primary; it must be exactly one"
        at = primary[1] if primary else outline.root["outcomes"]
        yield outline.problem(at, message, "set 'primary: true' for one", at_key=True)


def _check_index(outline: Outline, outcome: Cursor) -> Iterator[Problem]:
    """Items that are averaged run from the same low to the same high."""
    names = [outcome["item"], *outcome["also"].elements()]
    seen: set[str] = set()
    for at in names:
        if at is not names[0]:
            yield from _check_item(outline, at, about_brand=True)
        if at.text and at.text in seen:
            yield outline.problem(at, f"'{at.text}' stands in this outcome already", "name it once")
        seen.add(at.text)
        if at.text in outline.variables and _bounds(outline, at.text) != _bounds(outline, names[0].text):
            message = f"'{at.text}' runs from other codes than '{names[0].text}'"
            yield outline.problem(at, message, "average items of the same range only")
    for at in outcome["reversed"].elements():
        if at.text not in seen:
            yield outline.problem(at, f"'{at.text}' is not part of this outcome", did_you_mean(at.text, seen))


def _bounds(outline: Outline, name: str) -> tuple[object, object] | None:
    """The lowest and the highest answer of a question; None where it is not known."""
    spot = outline.variables.get(name)
    if spot is None:
        return None
    if not spot.list:
        return spot.question.at["min"].whole or 0, spot.question.at["max"].whole
    choices = outline.lists.get(spot.list, Cursor(None, ()))["choices"].elements()
    codes = [c["code"].whole for c in choices if c["missing"].value is not True]
    whole = [code for code in codes if code is not None]
    return (min(whole), max(whole)) if whole else None


def _check_value(outline: Outline, value: Cursor) -> Iterator[Problem]:
    """Amounts are given for every answer of the item, and for nothing else."""
    yield from _check_item(outline, value["item"], about_brand=True)
    spot = outline.variables.get(value["item"].text)
    if spot is None or not value.has("amounts"):
        return
    choices = outline.lists.get(spot.list, Cursor(None, ()))["choices"].elements()
    codes = {str(choice["code"].value) for choice in choices if choice["missing"].value is not True}
    amounts = value["amounts"]
    given = {str(code) for code, _ in amounts.entries()}
    if absent := sorted(codes - given):
        yield outline.problem(amounts, f"the answers {', '.join(absent)} of '{spot.name}' have no amount", "add them")
    if unknown := sorted(given - codes):
        yield outline.problem(amounts, f"'{spot.name}' has no answers {', '.join(unknown)}", "leave them out")


def _check_rules_matrix(outline: Outline, question: QuestionSpot, rules: Cursor) -> Iterator[Problem]:
    if not outline.root["rules"]:
        yield outline.problem(rules, "there are no rules", "add 'rules:' to the file")
    in_loop = question.page is not None and question.page.in_loop
    if rules.text == "experience" and not in_loop:
        yield outline.problem(rules, "experience with rules is asked in the loop", "move the matrix there")
    if rules.text == "importance" and (in_loop or not question.about_brand):
        yield outline.problem(
            rules, "importance of rules is asked on a page about drawn_brand", "add 'about: drawn_brand'"
        )
    first = next(q for q in outline.matrices() if q.at["rules"].text == rules.text)
    if first is not question:
        yield outline.problem(rules, f"another matrix asks for {rules.text} already", "remove one of them")


def _check_shared(
    outline: Outline, important: Cursor, experienced: Cursor, shared: Cursor, count: int
) -> Iterator[Problem]:
    if important.whole is None or experienced.whole is None or shared.whole is None:
        return
    most = min(important.whole, experienced.whole)
    if shared.whole > most:
        yield outline.problem(shared, f"'shared' is {shared.whole}, more than are shown", f"at most {most}")
    elif important.whole - shared.whole > count - experienced.whole:
        least = important.whole + experienced.whole - count
        yield outline.problem(
            shared, f"{count} rules are too few for these numbers", f"shared must be at least {least}"
        )


def _check_eligible(outline: Outline, loop: Cursor, name: Cursor) -> Iterator[Problem]:
    if not name.text or name.text == ALL_BRANDS:
        return
    picked = name.text.removeprefix(NOT_PICKED)
    spot = outline.variables.get(picked)
    if spot is None:
        yield outline.problem(name, f"unknown item '{picked}'", did_you_mean(picked, outline.variables))
    elif spot.type != "select_multiple" or outline.lists.get(spot.list, loop)["source"].text != "brands":
        yield outline.problem(name, f"'{picked}' is not a multiple answer over brands", "see 'source: brands'")
    elif any(spot.question.order >= q.order for q in outline.questions if q.at.path[: len(loop.path)] == loop.path):
        yield outline.problem(name, f"'{picked}' is asked only after the loop has begun", "ask it before")
    elif outline.change_places(loop.path, spot.question.at.path):
        yield outline.problem(name, f"'{picked}' may be asked only after the loop", "ask it before what is shuffled")


def _check_about(outline: Outline, page: Cursor, *, in_loop: bool) -> Iterator[Problem]:
    about = page["about"]
    if not about:
        return
    if in_loop:
        yield outline.problem(about, "a page in a loop is about its own brand", "remove 'about'", at_key=True)
    elif not any(loop.path < page.path and not outline.change_places(loop.path, page.path) for loop in outline.loops):
        yield outline.problem(about, "no brand has been rated before this page", "place it after the loop", at_key=True)


def _check_item(outline: Outline, at: Cursor, *, about_brand: bool) -> Iterator[Problem]:
    items = {name: spot for name, spot in outline.variables.items() if name == spot.question.at["name"].text}
    spot = items.get(at.text)
    if at.text and spot is None:
        yield outline.problem(at, f"unknown item '{at.text}'", did_you_mean(at.text, items))
    elif spot is not None and spot.question.about_brand != about_brand:
        remedy = "ask it in the loop" if about_brand else "ask it outside the loop"
        whom = "of each brand" if about_brand else "once of each person"
        yield outline.problem(at, f"'{at.text}' must be asked {whom}", remedy)
