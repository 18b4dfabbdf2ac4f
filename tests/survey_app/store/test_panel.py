"""An id enters once, however many try at the same moment."""

import threading

from survey_app.store import panel, sittings
from survey_app.store.panel import PanelEntry


def test_of_eight_who_enter_at_once_under_one_id_one_is_let_in(published, noon):
    def enter():
        gate.wait()
        with published.transaction() as tx:
            one = sittings.create(tx, "coffee", 1, language="en", seed=1, draw="{}", now=noon)
            let_in.append(panel.enter(tx, PanelEntry("coffee", "a", "u1", one.id, {"pid": "7"})))

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
        assert panel.enter(tx, PanelEntry("coffee", "a", "u1", ids[0], {"pid": "7"}))
        assert panel.enter(tx, PanelEntry("coffee", "b", "u1", ids[1], {}))
        assert not panel.enter(tx, PanelEntry("coffee", "a", "u1", ids[2], {}))
        assert panel.of_sitting(tx, ids[0]).kept == {"pid": "7"}
        assert panel.of_sitting(tx, ids[2]) is None
        assert panel.empty(tx, "coffee") == 2
