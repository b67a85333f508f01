"""The API's routes put together: everything under /v1, its document and its page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from cryptoprices.api import health, problems
from cryptoprices.api.bodies import Bodies
from cryptoprices.api.fills import Fills
from cryptoprices.api.parts import Parts
from cryptoprices.api.routes import compare, manual, market, past, prices, settings, stream, tokens, watchlists

__all__ = ["Parts", "build"]


def build(parts: Parts) -> FastAPI:
    """The app that answers what the gate lets through and what is not published."""
    fills = Fills(parts.past, parts.live.clock)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        yield
        fills.close()

    app = FastAPI(
        title="Crypto Prices",
        version=parts.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=running,
    )
    problems.install(app)
    app.add_middleware(Bodies)
    for module in (manual, prices, market, watchlists, settings, tokens):  # manual prices before the pairs of prices
        app.include_router(module.router(parts))
    for module in (past, compare):
        app.include_router(module.router(parts, fills))
    app.include_router(health.router(parts))
    app.include_router(stream.router(parts.events, parts.live))
    return app
