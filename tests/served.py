"""Servers in a thread of their own, stopped without leaving anything half closed."""

import threading
from contextlib import contextmanager
from http.server import HTTPServer


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


@contextmanager
def answering(handler):
    """Run a server of somebody else's, on a port of its own."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
