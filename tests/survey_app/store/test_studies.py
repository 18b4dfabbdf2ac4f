import pytest

from survey_app.store import studies


@pytest.fixture
def publish(noon):
    def _publish(tx, digest, key="coffee"):
        return studies.publish(
            tx,
            key,
            study_text=f"text of {digest}",
            instrument_text="",
            digest=digest,
            instrument_digest="i",
            now=noon,
        )

    return _publish


def test_publishing_the_same_text_twice_is_one_version(store, publish):
    with store.transaction() as tx:
        assert publish(tx, "a") == publish(tx, "a")
        assert publish(tx, "a").version == 1


def test_a_changed_text_is_another_version_and_the_old_one_stays(store, publish, noon):
    with store.transaction() as tx:
        publish(tx, "a")
        changed = publish(tx, "b")
        assert changed.version == 2
        assert studies.find(tx, "coffee") == changed
        assert studies.find(tx, "coffee", 1).study_text == "text of a"
        assert changed.published_at == noon


def test_every_study_is_listed_once(store, publish):
    with store.transaction() as tx:
        publish(tx, "b", "tea")
        publish(tx, "a")
        publish(tx, "b")
        assert [(study.key, study.version) for study in studies.every(tx)] == [("coffee", 2), ("tea", 1)]


def test_closing_a_study_closes_all_its_versions(store, publish):
    with store.transaction() as tx:
        publish(tx, "a")
        publish(tx, "b")
        studies.set_status(tx, "coffee", "closed")
        assert {studies.find(tx, "coffee", version).status for version in (1, 2)} == {"closed"}


def test_an_absent_study_is_none(store):
    with store.reading() as tx:
        assert studies.find(tx, "nothing") is None
