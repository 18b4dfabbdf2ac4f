"""The web server in a thread of its own, stopped without leaving anything half closed."""

import threading
from contextlib import contextmanager


@contextmanager
def running(server):
    """Run a server; at the end answers are finished first."""
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
