"""The settings, as the file and `cryptoprices settings` have them: /v1/settings. And /v1/admin/refresh."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from cryptoprices.api.asked import SettingChange
from cryptoprices.api.conditional import PRIVATE, answer, check_match, etag_of
from cryptoprices.api.paging import page_of
from cryptoprices.api.parts import Parts
from cryptoprices.api.problems import Problem
from cryptoprices.api.routes.changes import IfMatch, asker_scope, done
from cryptoprices.api.routes.common import ONLY_KNOWN, USUAL_LIMIT, Cursor, Limit, changed, problems_of, said
from cryptoprices.api.schemas import Refreshed, Setting, Settings
from cryptoprices.core.grants import Scope
from cryptoprices.settings import declare, values
from cryptoprices.settings.logins import masked, unmasked
from cryptoprices.settings.options import PROXY, declared, options_of
from cryptoprices.settings.values import WrongSetting, checked, find

_PATH = "/v1/settings"
_encode = msgspec.json.encode
Key = Annotated[
    str,
    Path(description="Its key.", pattern=r"^[a-z0-9_.]{1,80}$", examples=["poll.interval_seconds"]),
]
_CHANGED = changed(Setting, "As it is now.", 403, 404, 409, 412, 413, 415, 422, 428, 500)


def router(parts: Parts) -> APIRouter:
    """The routes of settings, and of what only an administrator may do."""
    routes = APIRouter(dependencies=ONLY_KNOWN)
    live, owner = parts.live, parts.owner
    changing = asyncio.Lock()  # between looking at a setting and changing it

    def table() -> Mapping[str, declare.Setting[Any]]:
        moment = live.moment()
        both = (*moment.exchanges.values(), *moment.switched_off.values())
        return declared(options_of(exchange.source) for exchange in both)

    def found(key: str) -> declare.Setting[Any]:
        try:
            return find(key, table())
        except WrongSetting as error:
            raise Problem(404, "No such setting", str(error)) from None

    def read(setting: declare.Setting[Any]) -> bytes:
        return _encode(_report(setting, live.moment().settings, owner.takes_at_once(setting)))

    @routes.get(_PATH, tags=["Settings"], summary="All settings", responses=said(Settings, "A page of them.", 422))
    async def list_settings(request: Request, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> Response:
        """Every setting with its value, its default and what it means. Passwords in addresses are shown as ***."""
        page = page_of(request, list(table().values()), lambda one: one.key, read, cursor, limit)
        return answer(request, page.json(), PRIVATE | page.headers(request))

    @routes.get(f"{_PATH}/{{key}}", tags=["Settings"], summary="One setting", responses=said(Setting, "It.", 404, 422))
    async def read_setting(request: Request, key: Key) -> Response:
        """A setting."""
        return answer(request, read(found(key)), PRIVATE)

    @routes.put(f"{_PATH}/{{key}}", tags=["Settings"], summary="Set a setting", responses=_CHANGED)
    async def put_setting(request: Request, key: Key, wanted: SettingChange, _if_match: IfMatch = None) -> Response:
        """It is kept in the settings file. What is not `at_once` holds from the next start on. An exchange is switched
        on or off by exchanges.NAME.enabled. Addresses and the proxy take a token that may admin."""
        return await change(request, key, wanted)

    @routes.patch(f"{_PATH}/{{key}}", tags=["Settings"], summary="Change a setting", responses=_CHANGED)
    async def patch_setting(request: Request, key: Key, wanted: SettingChange, _if_match: IfMatch = None) -> Response:
        """The same as PUT: a setting has nothing but its value that could change."""
        return await change(request, key, wanted)

    async def change(request: Request, key: str, wanted: SettingChange) -> Response:
        setting = found(key)
        if _says_who_is_asked(setting.key) and asker_scope(request) < Scope.ADMIN:
            detail = f"{setting.key} says whom this program asks; to change it takes a token that may admin."
            raise Problem(403, "Token may not", detail)
        async with changing:
            check_match(request, etag_of(read(setting)))
            try:
                value, kept = wanted.value, live.moment().settings[setting]
                if isinstance(value, str) and isinstance(kept, str):
                    value = unmasked(value, kept)
                value = checked(setting, value)
            except ValueError as error:
                said_ = str(error) if isinstance(error, WrongSetting) else f"{setting.key}: {error}"
                raise Problem(422, "Wrong value", said_) from None
            await done(owner.set_setting(setting.key, value))
            return answer(request, read(setting), PRIVATE)

    @routes.post(
        "/v1/admin/refresh",
        tags=["Admin"],
        summary="Ask the exchanges now",
        status_code=202,
        responses={202: {"model": Refreshed, "description": "They are asked."}, **problems_of(413, 415, 422, 500, 503)},
    )
    async def refresh() -> Response:
        """All exchanges are asked now, but for those that have asked for patience."""
        version = live.moment().version
        await done(owner.ask_now())
        return Response(_encode({"version": version}), 202, PRIVATE, "application/json")

    return routes


def _says_who_is_asked(key: str) -> bool:
    """Addresses and the proxy: by them prices could be made to come from anywhere."""
    return key == PROXY.key or key.endswith("_url")


def _report(setting: declare.Setting[Any], settings: values.Settings, at_once: bool) -> dict[str, Any]:
    value = settings[setting]
    return {
        "key": setting.key,
        "value": masked(value) if isinstance(value, str) else value,
        "default": setting.default,
        "chosen": settings.value(setting.key) is not None,
        "help": setting.help,
        "unit": setting.unit or None,
        "low": setting.low,
        "high": setting.high,
        "choices": list(setting.choices) or None,
        "at_once": at_once,
    }
