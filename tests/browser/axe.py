"""Asks axe-core what keeps people out of a page: every rule of WCAG 2.0 to 2.2, levels A and AA."""

from pathlib import Path

SOURCE = Path(__file__).parents[1] / "vendor" / "axe" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
RUN = """async (tags) => {
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ").slice(0, 300)}`);
}"""


def violations(page):
    """What a page does wrong, one sentence for each rule it breaks."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(SOURCE.read_text(encoding="utf-8"))
    return page.evaluate(RUN, list(RULES))
