"""The typing tool's JavaScript in a browser."""

import pytest

from reports.typing_exports import typing_javascript
from tests.typing_models import expected, invented_answers, invented_model

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("seed", [1, 2])
def test_javascript_types_alike(chromium, seed):
    model = invented_model(seed)
    rows = invented_answers(9, model)
    page = chromium.new_page()
    found = page.evaluate(f"(rows) => {{ {typing_javascript(model)}\nreturn rows.map(archetype); }}", rows)
    page.close()
    assert [(result["archetype"], result["unsure"]) for result in found] == expected(model, rows)
