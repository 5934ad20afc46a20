"""Calls, answers and pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
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

    async def _get(self, model: type[S], *path: str) -> S:
        return await self._fetch(model, Call("GET", path, safety=Safety.SAFE))

    async def _post(self, model: type[S], path: tuple[str, ...], body: Any = None, key: str | None = None) -> S:
        call = Call("POST", path).keyed(key)
        return await self._fetch(model, call if body is None else call.json(body))

    async def _verb(self, model: type[S], path: tuple[str, ...], **fields: Any) -> S:
        """A verb changes nothing when what it asks already holds, so it may be repeated."""
        call = Call("POST", path, safety=Safety.SAFE)
        return await self._fetch(model, call.json({name: value for name, value in fields.items() if value is not None}))

    async def _fetch(self, model: type[S], call: Call) -> S:
        answer = await self._answer(call)
        return understood(model, call.name, answer.json())

    async def _walk(
        self, model: type[S], path: tuple[str, ...], query: Mapping[str, Any], *, endless: bool = False
    ) -> AsyncIterator[S]:
        """Every item of a list, as this version knows it."""
        async for item in self._items(path, query, lambda call, item: understood(model, call, item), endless=endless):
            yield item

    async def _items(
        self, path: tuple[str, ...], query: Mapping[str, Any], read: Callable[[str, Any], T], *, endless: bool = False
    ) -> AsyncIterator[T]:
        """Every item of a list, page by page. One whose cursor is never null ends where nothing new is."""
        cursor: str | None = None
        while True:
            call = Call("GET", path, query={"limit": 500, **query, "cursor": cursor}, safety=Safety.SAFE)
            page = (await self._answer(call)).json()
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
