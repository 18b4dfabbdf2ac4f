"""An id enters once, however many try at the same moment."""

import threading

from survey_app.store import panel, sittings
from survey_app.store.panel import PanelEntry
from survey_app.store.tables import spent_id

KEY = "key"


def test_of_eight_who_enter_at_once_under_one_id_one_is_let_in(published, noon):
    def enter():
        gate.wait()
        with published.transaction() as tx:
            one = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon)
            let_in.append(panel.enter(tx, PanelEntry("coffee", "a", "u1", one.id, {"pid": "7"}), KEY))

    let_in, gate = [], threading.Barrier(8)
    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(let_in) == [False] * 7 + [True]


def test_ids_are_of_a_study_and_a_source(published, noon):
    with published.transaction() as tx:
        ids = [sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon).id for _ in range(3)]
        assert panel.enter(tx, PanelEntry("coffee", "a", "u1", ids[0], {"pid": "7"}), KEY)
        assert panel.enter(tx, PanelEntry("coffee", "b", "u1", ids[1], {}), KEY)
        assert not panel.enter(tx, PanelEntry("coffee", "a", "u1", ids[2], {}), KEY)
        assert panel.of_sitting(tx, ids[0]).kept == {"pid": "7"}
        assert panel.of_sitting(tx, ids[2]) is None
        assert panel.empty(tx, "coffee", KEY) == 2


def test_an_id_that_was_erased_does_not_enter_its_study_again(published, noon):
    with published.transaction() as tx:
        ids = [sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon).id for _ in range(6)]
        assert panel.enter(tx, PanelEntry("coffee", "a", "u1", ids[0], {}), KEY)
        assert panel.enter(tx, PanelEntry("coffee", "a", "u2", ids[1], {}), KEY)
        panel.forget(tx, ids[0], KEY)
        assert panel.find(tx, "coffee", "a", "u1") is None
        assert panel.empty(tx, "coffee", KEY) == 1
        assert "u1" not in str(tx.execute(spent_id.select()).all())
    entered = []
    for study, source, uid, sitting in (
        ("coffee", "a", "u1", ids[2]),
        ("coffee", "a", "u2", ids[3]),
        ("coffee", "b", "u1", ids[4]),
        ("tea", "a", "u1", ids[5]),
    ):
        with published.transaction() as tx:
            entered.append(panel.enter(tx, PanelEntry(study, source, uid, sitting, {}), KEY))
    assert entered == [False, False, True, True]


def test_who_enters_while_the_same_id_is_being_erased_is_not_let_in(published, noon):
    def enter():
        with published.transaction() as tx:
            let_in.append(panel.enter(tx, PanelEntry("coffee", "a", "u1", second.id, {}), KEY))

    with published.transaction() as tx:
        first, second = (sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon) for _ in range(2))
        panel.enter(tx, PanelEntry("coffee", "a", "u1", first.id, {}), KEY)
    let_in, thread = [], threading.Thread(target=enter)
    with published.transaction() as tx:
        panel.forget(tx, first.id, KEY)
        thread.start()
        thread.join(0.5)
        assert not let_in
    thread.join()
    assert let_in == [False]
