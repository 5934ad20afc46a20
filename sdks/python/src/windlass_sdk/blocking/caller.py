# Made from `aio` by `make_blocking`; change that.
"""Calls, answers and pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..errors import NotUnderstoodError
from ..models.shown import Shown
from ..repeat import Safety
from ..transport import Call
from .base import Base

S = TypeVar("S", bound=Shown)
T = TypeVar("T")


class Caller(Base):
    """What all calls are made of."""

    def _get(self, model: type[S], *path: str) -> S:
        return self._fetch(model, Call("GET", path, safety=Safety.SAFE))

    def _post(self, model: type[S], path: tuple[str, ...], body: Any = None, key: str | None = None) -> S:
        call = Call("POST", path).keyed(key)
        return self._fetch(model, call if body is None else call.json(body))

    def _verb(self, model: type[S], path: tuple[str, ...], **fields: Any) -> S:
        """A verb changes nothing when what it asks already holds, so it may be repeated."""
        call = Call("POST", path, safety=Safety.SAFE)
        return self._fetch(model, call.json({name: value for name, value in fields.items() if value is not None}))

    def _fetch(self, model: type[S], call: Call) -> S:
        answer = self._answer(call)
        return understood(model, call.name, answer.json())

    def _walk(
        self, model: type[S], path: tuple[str, ...], query: Mapping[str, Any], *, endless: bool = False
    ) -> Iterator[S]:
        """Every item of a list, as this version knows it."""
        for item in self._items(path, query, lambda call, item: understood(model, call, item), endless=endless):
            yield item

    def _items(
        self, path: tuple[str, ...], query: Mapping[str, Any], read: Callable[[str, Any], T], *, endless: bool = False
    ) -> Iterator[T]:
        """Every item of a list, page by page. One whose cursor is never null ends where nothing new is."""
        cursor: str | None = None
        while True:
            call = Call("GET", path, query={"limit": 500, **query, "cursor": cursor}, safety=Safety.SAFE)
            page = (self._answer(call)).json()
            for item in page["items"]:
                yield read(call.name, item)
            moved, cursor = page["next_cursor"] != cursor, page["next_cursor"]
            if cursor is None or (endless and not page["items"] and not moved):
                return


def understood(model: type[S], call: str, document: Any) -> S:
    """An answer as this version knows it."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise NotUnderstoodError(call, error) from None


R = TypeVar("R")


def result_as(hint: type[R], call: str, document: Any) -> R:
    """A task's result as its reader knows it."""
    try:
        return TypeAdapter(hint).validate_python(document)
    except ValidationError as error:
        raise NotUnderstoodError(call, error) from None
