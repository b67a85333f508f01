"""The API's routes put together: everything under /v1, its document and its page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute

from cryptoprices.api import documentation, health, problems
from cryptoprices.api.bodies import Bodies
from cryptoprices.api.methods import Methods
from cryptoprices.api.parts import Parts
from cryptoprices.api.routes import compare, manual, market, past, prices, settings, stream, tokens, watchlists

__all__ = ["Parts", "build"]


def build(parts: Parts) -> FastAPI:
    """The app that answers what the gate lets through and what is not published."""

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.fills.close()

    app = FastAPI(
        title="Crypto Prices",
        version=parts.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=running,
        generate_unique_id_function=_name_of,
    )
    problems.install(app)
    modules = manual, prices, market, watchlists, settings, tokens, health, past, compare
    routers = [module.router(parts) for module in modules]
    routers += [stream.router(parts.events, parts.live), documentation.router()]
    for router in routers:  # manual prices before prices: their paths look like those of a pair
        app.include_router(router)
    app.add_middleware(Bodies)
    app.add_middleware(Methods, routes=[route for router in routers for route in router.routes])
    return app


def _name_of(route: APIRoute) -> str:
    """What the document calls it: the function's name."""
    return route.name
