"""A waitress server that runs in a thread of its own, and stops without leaving anything half closed."""

import threading
from contextlib import contextmanager

from waitress import wasyncore


@contextmanager
def running(server):
    """Run a server; at the end answers are finished first, then its own thread closes every socket."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))  # noqa: SLF001 - it has no public door
        thread.join()
