"""Handlers: functions, with what their type hints say of payload and result."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, create_model
from pydantic_core import PydanticSerializationError

from ..errors import SettingError
from ..models.asked import plain
from ..transport import encoded
from .context import Context
from .failure import Completed, Ending, Failed, chain

Function = Callable[..., Any]


@dataclass(frozen=True)
class Pool:
    """Slots, and the types whose tasks may take them."""

    types: tuple[str, ...]
    size: int


@dataclass(frozen=True)
class Handler:
    """A function that handles tasks of a type."""

    type: str
    function: Function
    concurrency: int | None
    """Slots of its own; none: it shares those of the worker."""
    is_async: bool
    context: str | None
    """The parameter that takes the context."""
    payload: str | None
    """The parameter that takes the whole payload; with several parameters each takes a member of it."""
    takes: TypeAdapter[Any] | None
    returns: TypeAdapter[Any] | None

    @classmethod
    def of(cls, type: str, function: Function, concurrency: int | None, names: Mapping[str, Any] | None = None) -> Handler:
        """The handler that a function is; `names` are those that its hints may use beside its module's."""
        hints = _hints(function, names)
        parameters = list(inspect.signature(function).parameters.values())
        context = next((one.name for one in parameters if _is_context(one, hints)), None)
        others = [one for one in parameters if one.name != context]
        if any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD, one.POSITIONAL_ONLY) for one in others):
            raise SettingError(f"the handler of {type!r} has parameters that are not named")
        single = others[0].name if len(others) == 1 else None
        return cls(
            type=type,
            function=function,
            concurrency=concurrency,
            is_async=inspect.iscoroutinefunction(function),
            context=context,
            payload=single,
            takes=_takes(type, others, hints),
            returns=TypeAdapter(hints["return"]) if "return" in hints else None,
        )

    def arguments(self, context: Context) -> dict[str, Any] | Failed:
        """What the function is called with, or the failure of a payload of another shape."""
        arguments: dict[str, Any] = {} if self.context is None else {self.context: context}
        if self.takes is None:
            return arguments
        try:
            taken = self.takes.validate_json(encoded(context.task.payload))
        except (ValidationError, ValueError) as error:
            return Failed("data_error", f"cannot read the payload: {_short(error)}")
        if self.payload is not None:
            return {**arguments, self.payload: taken}
        # Only what was given: the function has its own defaults.
        return {**arguments, **{name: getattr(taken, name) for name in taken.model_fields_set}}

    def ending(self, result: Any) -> Ending:
        """The completion with what the function returned, or the failure of a result without a JSON form."""
        try:
            if self.returns is None:
                shown = plain(result)
            else:
                shown = self.returns.dump_python(result, mode="json", warnings="error")
            encoded(shown)
        except (PydanticSerializationError, ValueError, TypeError) as error:
            return Failed("data_error", f"cannot write the result: {chain(error)}")
        return Completed(shown)


class Handlers:
    """The handlers of a worker, by type."""

    def __init__(self) -> None:
        self._by_type: dict[str, Handler] = {}

    def add(self, handler: Handler) -> None:
        """Another handler; a type has one."""
        if handler.type in self._by_type:
            raise SettingError(f"two handlers for the type {handler.type!r}")
        self._by_type[handler.type] = handler

    def get(self, type: str) -> Handler | None:
        """The handler of a type."""
        return self._by_type.get(type)

    def type_of(self, function: Function) -> str | None:
        """The type that a function handles."""
        return next((one.type for one in self._by_type.values() if one.function is function), None)

    def types(self) -> list[str]:
        """All types."""
        return list(self._by_type)

    def pools(self, shared: int) -> list[Pool]:
        """A pool for each type that has slots of its own, and one of `shared` slots for the rest."""
        own = [Pool((one.type,), one.concurrency) for one in self._by_type.values() if one.concurrency]
        rest = tuple(one.type for one in self._by_type.values() if not one.concurrency)
        return [*own, *([Pool(rest, shared)] if rest else [])]


def _hints(function: Function, names: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, localns=dict(names or {}), include_extras=True)
    except NameError as error:
        raise SettingError(f"the hints of {function.__qualname__} cannot be read: {error}") from None


def _is_context(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> bool:
    hint = hints.get(parameter.name)
    return hint is Context or (hint is None and parameter.name in ("ctx", "context"))


def _takes(type: str, parameters: list[inspect.Parameter], hints: Mapping[str, Any]) -> TypeAdapter[Any] | None:
    if not parameters:
        return None
    if len(parameters) == 1:
        return TypeAdapter(hints.get(parameters[0].name, Any))
    fields: dict[str, Any] = {
        one.name: (hints.get(one.name, Any), ... if one.default is one.empty else one.default) for one in parameters
    }
    return TypeAdapter(create_model(f"payload of {type}", __config__=ConfigDict(extra="forbid"), **fields))


def _short(error: Exception) -> str:
    """What does not fit, without the payload itself, which may be long or secret."""
    if not isinstance(error, ValidationError):
        return str(error)
    shown = [
        f"{'.'.join(str(place) for place in one['loc']) or 'it'}: {one['msg']}"
        for one in error.errors(include_url=False, include_input=False)
    ]
    return "; ".join(shown)
