import dataclasses
import json

import pytest

from analysis.errors import AnalysisError
from analysis.saving import dump_findings, load_findings


def test_findings_survive_the_way_to_bytes_and_back(findings):
    data = dump_findings(findings)
    assert load_findings(data) == findings
    assert dump_findings(load_findings(data)) == data


def test_bytes_are_canonical_json(findings):
    data = dump_findings(findings)
    assert data.endswith(b"}\n")
    text = data.decode()
    content = json.loads(text)
    assert list(content) == sorted(content)
    assert "NaN" not in text
    assert content["archetypes"]["archetypes"][0]["label"].keys() >= {"en", "zh"}


def test_a_number_json_cannot_hold_is_named_by_its_place(findings):
    broken = dataclasses.replace(findings, factors=dataclasses.replace(findings.factors, kmo=float("nan")))
    with pytest.raises(ValueError, match=r"findings\.factors\.kmo is nan"):
        dump_findings(broken)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_findings"),
        (b"\x89PNG\r\n", "not_findings"),
        (b"[1, 2]", "not_findings"),
        (b'{"title": "x"}', "not_findings"),
        (b'{"schema_version": 2}', "other_version"),
        (b'{"schema_version": 1, "study": {}}', "not_findings"),
    ],
)
def test_other_files_are_refused_by_name(data, code):
    with pytest.raises(AnalysisError) as refusal:
        load_findings(data)
    assert refusal.value.code == code
