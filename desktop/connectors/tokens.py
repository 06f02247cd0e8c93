"""One token that all threads of a connection share: fetched once, kept while it is good, renewed once where it is found dead.

A read that meets a dead token is repeated once with a new one; an effect never is. No vendor's word: what a token is, and how
it is got, the vendor's client says.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from desktop.domain.errors import ErrorCode, SyncError

BELIEVED_S = 5.0
"""A refused sign-in is believed for so long: the next thread does not knock again."""

_SPARE_S = 300.0
"""So long before its end a token counts as dead (a tenth of its life where that is less): one that dies under an effect costs
a look-up."""

T = TypeVar("T")
R = TypeVar("R")


class SharedToken(Generic[T]):
    """The token of one connection. fetch: answers a new token and the seconds it lives; tokens are told apart by identity."""

    def __init__(
        self, system_id: str, fetch: Callable[[], tuple[T, float]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._system_id, self._fetch, self._monotonic = system_id, fetch, monotonic
        self._held: T | None = None
        self._good_until = 0.0
        self._refused: tuple[SyncError, float] | None = None
        self._lock = threading.Lock()

    def current(self, *, instead_of: T | None = None) -> T:
        """The token in force; of many threads that found one dead, one fetches a new one and the others wait. Raises what
        `fetch` raises; SES-203 for a while without asking again."""
        with self._lock:
            now = self._monotonic()
            if self._held is not None and self._held is not instead_of and now < self._good_until:
                return self._held
            if self._refused and now - self._refused[1] < BELIEVED_S:
                raise _again(self._refused[0])
            self._held = None  # a failed renewal must not leave a dead token in force
            try:
                self._held, life_s = self._fetch()
            except SyncError as error:
                if error.code is ErrorCode.SIGN_IN_REFUSED:
                    self._refused = (_again(error), now)
                raise
            self._good_until = self._monotonic() + life_s - min(_SPARE_S, life_s / 10)
            return self._held

    def drop(self, token: T) -> None:
        """The next call fetches a new one, unless another thread has done so already."""
        with self._lock:
            if self._held is token:
                self._held = None

    def read(self, call: Callable[[T], R]) -> R:
        """A question, asked again once with a new token where the first is dead. SES-202 where that is dead, too."""
        token = self.current()
        try:
            return call(token)
        except SyncError as error:
            if error.code is not ErrorCode.SESSION_LOST:
                raise
        token = self.current(instead_of=token)
        try:
            return call(token)
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                self.drop(token)
                raise SyncError(ErrorCode.SESSION_LOST_TWICE, system=self._system_id) from None
            raise

    def effect(self, call: Callable[[T], R]) -> R:
        """*effect* Sent once. What fails before the call leaves is certain; a dead token is not: look before you repeat."""
        try:
            token = self.current()
        except SyncError as error:
            raise SyncError(error.code, certain=True, **error.facts) from None
        try:
            return call(token)
        except SyncError as error:
            if error.code is ErrorCode.SESSION_LOST:
                self.drop(token)
            raise


def _again(error: SyncError) -> SyncError:
    """A copy for each who hears it: facts are added to an error on its way."""
    return SyncError(error.code, certain=error.certain, **error.facts)
