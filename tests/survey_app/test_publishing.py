"""What may not be published: a study that signs with the secret of another."""

import pytest

from survey_app.design.publishing import SecretTakenError, publish_study
from survey_app.store import open_store
from tests.survey_app.small_study import INSTRUMENT, STUDY

SOURCE = """\
retention: 2030-12-31
sources:
  panel:
    label: {{en: Panel, zh: 样本库}}
    kind: panel
    id: psid
    exits: {{complete: "https://{exit}.example/?id={{id}}"}}
    signature: {{kind: hmac_sha256, parameter: sig, secret: {secret}}}
"""


@pytest.fixture
def publish(tmp_path):
    """Publish a study under a key, as the command line does."""
    store = open_store(f"sqlite:///{tmp_path / 'a.sqlite'}")
    (tmp_path / "small.yaml").write_text(INSTRUMENT, encoding="utf-8")

    def _publish(key, *, secret="PANEL_A", leads_to="panel"):  # noqa: S107 - the name of one
        text = STUDY.replace("study: coffee", f"study: {key}").replace("instrument: small", "instrument: small.yaml")
        file = tmp_path / f"{key}.yaml"
        file.write_text(text + SOURCE.format(secret=secret, exit=leads_to), encoding="utf-8")
        return publish_study(store, file).version

    yield _publish
    store.close()


def test_a_secret_signs_for_the_study_that_named_it_first(publish):
    assert publish("coffee") == 1
    with pytest.raises(SecretTakenError, match="PANEL_A is study coffee's; name another, such as TEA_PANEL_A"):
        publish("tea", leads_to="evil")
    assert publish("tea", secret="TEA_PANEL_A") == 1  # noqa: S106 - its name
    assert publish("coffee", leads_to="other") == 2
    with pytest.raises(SecretTakenError, match="TEA_PANEL_A is study tea's"):
        publish("coffee", secret="TEA_PANEL_A")  # noqa: S106 - its name
