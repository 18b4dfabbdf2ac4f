"""Small survey files of other programs, all of our own making, in the shapes that those programs write."""

import json
import re
from pathlib import Path

XLSFORM = (Path(__file__).parent / "shopping_form.md").read_text(encoding="utf-8")
"""An XLSForm with old and new spellings side by side."""


def _row(**cells):
    return "<row>" + "".join(f"<{key}><![CDATA[{value}]]></{key}>" for key, value in cells.items()) + "</row>"


def _table(name, rows):
    return f"<{name}><fields/><rows>{''.join(rows)}</rows></{name}>"


_LIME_TYPES = {
    "Q1": ("L", "How often do you shop?", "Wie oft kaufen Sie ein?", ["A1", "A2", "A3"]),
    "Q2": ("M", "Where?", "Wo?", []),
    "Q3": ("F", "Do you agree?", "Stimmen Sie zu?", ["A1", "A2", "A3", "A4"]),
    "Q4": ("N", "How much in <b>euro</b>?", "Wie viel in <b>Euro</b>?", []),
    "Q5": ("1", "Now and before?", "Jetzt und früher?", ["1", "2"]),
    "Q6": ("Y", "Are you content?", "Sind Sie zufrieden?", []),
    "Q7": ("R", "Rank these.", "Ordnen Sie.", ["a", "b", "c"]),
    "Q8": ("K", "Share out 100.", "Teilen Sie 100 auf.", []),
    "Q9": (":", "Rate each.", "Bewerten Sie.", []),
    "Q10": ("Q", "Name two.", "Nennen Sie zwei.", []),
    "Q11": ("D", "When?", "Wann?", []),
    "Q12": ("X", "Nearly <i>done</i>, {Q10_SQ001}.", "Fast <i>fertig</i>, {Q10_SQ001}.", []),
    "Q13": ("*", "{if(Q4.NAOK > 100, 1, 0)}", "{if(Q4.NAOK > 100, 1, 0)}", []),
    "Q14": ("T", "What did you buy for so much?", "Was haben Sie dafür gekauft?", []),
    "Q15": ("|", "A receipt?", "Ein Beleg?", []),
    "Q16": ("5", "How good?", "Wie gut?", []),
    "Q17": ("E", "More or less?", "Mehr oder weniger?", []),
    "Q18": ("P", "What else?", "Was noch?", []),
    "Q19": (";", "Tell us.", "Sagen Sie es uns.", []),
    "Q20": ("O", "Why?", "Warum?", ["x", "y"]),
    "Q21": ("H", "By column.", "Nach Spalten.", ["1", "2", "3"]),
    "Q22": ("!", "Choose.", "Wählen Sie.", ["1", "2"]),
    "Q23": ("B", "From 1 to 10.", "Von 1 bis 10.", []),
    "Q24": ("I", "Language", "Sprache", []),
}
_WITH_ROWS = ("Q2", "Q3", "Q5", "Q8", "Q9", "Q10", "Q17", "Q18", "Q19", "Q21", "Q23")
_RELEVANCE = {
    "Q2": '((Q1.NAOK != "A3"))',
    "Q3": '((Q2_SQ001.NAOK == "Y" or Q2_SQ002.NAOK == "Y")) and !is_empty(Q1.NAOK)',
    "Q6": "Q3_SQ001.NAOK >= 3",
    "Q7": 'regexMatch("/x/", Q10_SQ001.NAOK)',
    "Q14": "Q13.NAOK == 1",
}
_ATTRIBUTES = [
    ("Q2", "max_answers", "2"),
    ("Q2", "exclude_all_others", "SQ002"),
    ("Q4", "num_value_int_only", "1"),
    ("Q4", "max_num_value_n", "5000"),
    ("Q8", "equals_num_value", "100"),
    ("Q3", "random_order", "1"),
    ("Q9", "multiflexible_min", "1"),
    ("Q9", "multiflexible_max", "5"),
    ("Q11", "date_min", "2020-01-01"),
    ("Q11", "date_max", "today"),
]


def limesurvey(version=6):  # noqa: PLR0912 - one branch for each place of texts
    """A survey file; from version 4 on its texts stand in tables of their own."""
    questions, subquestions, answers, texts, answer_texts, attributes = [], [], [], [], [], []
    for at, (code, (kind, en, de, options)) in enumerate(_LIME_TYPES.items(), start=1):
        common = {"qid": at, "parent_qid": 0, "sid": 77, "gid": 1 + at // 12, "type": kind, "title": code}
        common |= {"mandatory": "S" if code == "Q6" else "Y" if at < 4 else "N", "other": "Y" if code == "Q1" else "N"}
        common |= {"question_order": at, "relevance": _RELEVANCE.get(code, "1")}
        told = [("en", en), ("de", de)]
        if version < 4:
            questions += [_row(**common, language=tag, question=text, help="") for tag, text in told]
        else:
            questions.append(_row(**common))
            texts += [_row(qid=at, question=text, help="", language=tag) for tag, text in told]
        rows = [(f"SQ00{n}", 0) for n in (1, 2)] if code in _WITH_ROWS else []
        rows += [(f"C{n}", 1) for n in (1, 2)] if kind in ":;" else []
        for n, (sub, scale) in enumerate(rows):
            qid = at * 100 + n
            cells = {
                "qid": qid,
                "parent_qid": at,
                "title": sub,
                "scale_id": scale,
                "question_order": n,
                "relevance": "1",
            }
            told = [("en", f"Row {n + 1} of {code}"), ("de", f"Zeile {n + 1} von {code}")]
            if version < 4:
                subquestions += [_row(**cells, language=tag, question=text) for tag, text in told]
            else:
                subquestions.append(_row(**cells))
                texts += [_row(qid=qid, question=text, language=tag) for tag, text in told]
        for n, option in enumerate(options):
            for scale in (0, 1) if kind == "1" else (0,):
                aid = at * 1000 + n * 10 + scale
                cells = {"aid": aid, "qid": at, "code": option, "sortorder": n, "scale_id": scale}
                told = [("en", f"Answer {option}"), ("de", f"Antwort {option}")]
                if version < 4:
                    answers += [_row(**cells, answer=text, language=tag) for tag, text in told]
                else:
                    answers.append(_row(**cells))
                    answer_texts += [_row(aid=aid, answer=text, language=tag) for tag, text in told]
        attributes += [_row(qid=at, attribute=name, value=value) for key, name, value in _ATTRIBUTES if key == code]
    groups = [(1, "Shopping", "Einkaufen"), (2, "More", "Mehr"), (3, "Last", "Zuletzt")]
    if version < 4:
        group_rows = [
            _row(gid=g, group_name=text, group_order=g, language=tag, description="", grelevance="1")
            for g, en, de in groups
            for tag, text in (("en", en), ("de", de))
        ]
    else:
        group_rows = [_row(gid=g, group_order=g, grelevance="1" if g < 3 else 'Q6.NAOK == "Y"') for g, _, _ in groups]
    group_texts = [
        _row(gid=g, group_name=text, description="", language=tag)
        for g, en, de in groups
        for tag, text in (("en", en), ("de", de))
    ]
    settings = [
        _row(surveyls_language=tag, surveyls_title=title, surveyls_welcometext=hello, surveyls_endtext=bye)
        for tag, title, hello, bye in (
            ("en", "Shopping &amp; you", "<p>Welcome!</p>", "Bye"),
            ("de", "Einkaufen &amp; Sie", "<p>Willkommen!</p>", ""),
        )
    ]
    tables = [
        _table("surveys", [_row(sid=77, language="en", additional_languages="de")]),
        _table("surveys_languagesettings", settings),
        _table("groups", group_rows),
        _table("questions", questions),
        _table("subquestions", subquestions),
        _table("answers", answers),
        _table("question_attributes", attributes),
        _table("quota", [_row(id=1, name="Women")]),
    ]
    if version >= 4:
        tables += [
            _table("group_l10ns", group_texts),
            _table("question_l10ns", texts),
            _table("answer_l10ns", answer_texts),
        ]
    head = f"<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>{600 if version >= 4 else 178}</DBVersion>"
    languages = "<languages><language>en</language><language>de</language></languages>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<document>{head}{languages}{"".join(tables)}</document>'.encode()


def limesurvey_part(kind):
    """A file of one group or question, which has neither settings nor a title."""
    content = re.sub("<(surveys|surveys_languagesettings|quota)>.*?</\\1>", "", limesurvey().decode())
    content = content.replace("<LimeSurveyDocType>Survey<", f"<LimeSurveyDocType>{kind}<")
    if kind == "Question":
        content = re.sub("<(groups|group_l10ns)>.*?</\\1>", "", content)
    kept = "gid" if kind == "Group" else "qid"

    def only_first(found):
        rows = re.findall("<row>.*?</row>", found[2])
        return f"<{found[1]}><rows>" + "".join(row for row in rows if f"<{kept}><![CDATA[1]]>" in row) + "</rows>"

    return re.sub("<(groups|group_l10ns|questions)><fields/><rows>(.*?)</rows>", only_first, content).encode()


def logic(question, choice, *, operator="Selected", kind="SelectableChoice", right=None):
    locator = f"q://{question}/{kind}/{choice}"
    told = {"LogicType": "Question", "QuestionID": question, "ChoiceLocator": locator, "LeftOperand": locator}
    told |= {"Operator": operator, "Type": "Expression"} | ({"RightOperand": right} if right else {})
    return {"0": {"0": told, "Type": "If"}, "Type": "BooleanExpression"}


def _choices(*texts, **more):
    return {str(n): {"Display": text, **more.get(f"c{n}", {})} for n, text in enumerate(texts, start=1)}


def _question(key, kind, selector, text, **more):
    german = {"DE": {"QuestionText": f"{text} (deutsch)"}}
    if isinstance(more.get("Choices"), dict):
        german["DE"]["Choices"] = {n: {"Display": f"{c['Display']} (deutsch)"} for n, c in more["Choices"].items()}
    if isinstance(more.get("Answers"), dict):
        german["DE"]["Answers"] = {n: {"Display": f"{c['Display']} (deutsch)"} for n, c in more["Answers"].items()}
    payload = {"QuestionID": key, "QuestionType": kind, "Selector": selector, "QuestionText": text}
    payload |= {
        "DataExportTag": f"Q{key[3:]}",
        "Language": german,
        "Validation": {"Settings": {"ForceResponse": "OFF"}},
    }
    return {"Element": "SQ", "PrimaryAttribute": key, "Payload": payload | more}


_QUESTIONS = [
    _question(
        "QID1",
        "MC",
        "SAVR",
        "Do you <b>buy</b> coffee?",
        Choices=_choices("Yes", "No"),
        RecodeValues={"1": "1", "2": "0"},
    ),
    _question(
        "QID2",
        "MC",
        "MAVR",
        "Where?",
        Choices=_choices("Alba", "Brio", "Elsewhere", c3={"TextEntry": "true"}),
        DisplayLogic=logic("QID1", "1"),
        Randomization={"Type": "All"},
    ),
    _question(
        "QID3",
        "Matrix",
        "Likert",
        "Your view of ${lm://Field/1}?",
        SubSelector="SingleAnswer",
        Choices=_choices("It is good.", "It is mine."),
        Answers=_choices("Disagree", "Neither", "Agree"),
    ),
    _question(
        "QID4",
        "TE",
        "SL",
        "Why, ${q://QID1/ChoiceGroup/SelectedChoices}?",
        Validation={"Settings": {"ForceResponse": "ON"}},
    ),
    _question(
        "QID5",
        "Slider",
        "HSLIDER",
        "How warm?",
        Choices=_choices("Warmth"),
        Configuration={"CSSliderMin": 0, "CSSliderMax": 10},
    ),
    _question("QID6", "DB", "TB", "<p>Thank you!</p>"),
    _question("QID7", "RO", "DND", "Rank.", Choices=_choices("Price", "Taste", "Staff")),
    _question(
        "QID8",
        "CS",
        "HR",
        "Share out.",
        Choices=_choices("Price", "Taste"),
        Validation={"Settings": {"ForceResponse": "OFF", "Type": "ChoicesTotal", "ChoiceTotal": "100"}},
    ),
    _question("QID9", "Timing", "PageTimer", "Timing"),
    _question("QID10", "Captcha", "V2", "Robot?"),
    _question("QID11", "HotSpot", "OnOff", "Click."),
    _question(
        "QID12",
        "SBS",
        "SBSMatrix",
        "Side by side.",
        Choices=_choices("Bread", "Milk"),
        AdditionalQuestions={
            "1": {
                "QuestionText": "Quality",
                "QuestionType": "Matrix",
                "Selector": "Likert",
                "SubSelector": "SingleAnswer",
                "Choices": _choices("Bread", "Milk"),
                "Answers": _choices("Bad", "Good"),
            }
        },
    ),
    _question(
        "QID13",
        "TE",
        "SL",
        "How many?",
        Validation={
            "Settings": {"Type": "ContentType", "ContentType": "ValidNumber", "ValidNumber": {"Min": "0", "Max": "9"}}
        },
        DisplayLogic=logic("QID3", "1/3", kind="SelectableAnswer"),
    ),
    _question("QID14", "MC", "NPS", "Recommend?", Choices=[{"Display": str(n)} for n in range(11)]),
    _question(
        "QID15",
        "Matrix",
        "MaxDiff",
        "Best and worst?",
        Choices=_choices("A", "B", "C", "D"),
        Answers=_choices("Worst", "Best"),
    ),
]


def _part(*keys):
    return [{"Type": "Question", "QuestionID": key} for key in keys]


def qualtrics():
    """A survey file with a loop over chosen brands, a branch and what has no counterpart."""
    blocks = [
        {
            "Type": "Default",
            "Description": "Start",
            "ID": "BL_1",
            "BlockElements": [*_part("QID1"), {"Type": "Page Break"}, *_part("QID2")],
        },
        {
            "Type": "Standard",
            "Description": "Each brand",
            "ID": "BL_2",
            "BlockElements": _part("QID3"),
            "Options": {"Looping": "Question", "LoopingOptions": {"Locator": "q://QID2/ChoiceGroup/SelectedChoices"}},
        },
        {
            "Type": "Standard",
            "Description": "Rest",
            "ID": "BL_3",
            "BlockElements": _part(*(f"QID{n}" for n in range(4, 16))),
        },
        {"Type": "Trash", "Description": "Trash", "ID": "BL_4", "BlockElements": []},
    ]
    end = {
        "Type": "Branch",
        "FlowID": "FL_5",
        "BranchLogic": logic("QID1", "2"),
        "Flow": [{"Type": "EndSurvey", "FlowID": "FL_6"}],
    }
    flow = [
        {"Type": "EmbeddedData", "FlowID": "FL_2", "EmbeddedData": [{"Field": "panel"}]},
        {"Type": "Block", "ID": "BL_1", "FlowID": "FL_3"},
        end,
        {"Type": "Standard", "ID": "BL_2", "FlowID": "FL_7"},
        {"Type": "BlockRandomizer", "FlowID": "FL_8", "Flow": [{"Type": "Standard", "ID": "BL_3", "FlowID": "FL_9"}]},
    ]
    elements = [
        {"Element": "BL", "Payload": blocks},
        {"Element": "FL", "Payload": {"Type": "Root", "FlowID": "FL_1", "Flow": flow}},
        *_QUESTIONS,
    ]
    entry = {"SurveyName": "Coffee", "SurveyLanguage": "EN", "SurveyDescription": ""}
    return json.dumps({"SurveyEntry": entry, "SurveyElements": elements}).encode()
