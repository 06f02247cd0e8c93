"""What both toy systems share when they tell the outside that something happened: a thread that posts, and forgets."""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping

WAIT_S = 5.0


class Ringer:
    """Posts messages one after the other, off the caller's thread. answers: the statuses, 0 where nobody answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answers: list[int] = []
        self._waiting: queue.SimpleQueue[tuple[bytes, Mapping[str, str]] | None] = queue.SimpleQueue()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._thread = threading.Thread(target=self._post_all, name="sandbox-ringer", daemon=True)
        self._thread.start()

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Soon."""
        self._waiting.put((body, headers))

    def stop(self) -> None:
        """After what waits."""
        self._waiting.put(None)
        self._thread.join(WAIT_S)

    def _post_all(self) -> None:
        while (message := self._waiting.get()) is not None:
            self.answers.append(self._post(*message))

    def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        asked = urllib.request.Request(self._url, body, dict(headers), method="POST")
        try:
            with self._opener.open(asked, timeout=WAIT_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
