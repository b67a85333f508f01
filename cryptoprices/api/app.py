"""The API's routes put together: everything under /v1, its document and its page."""

from fastapi import FastAPI

from cryptoprices.api import problems
from cryptoprices.api.parts import Parts
from cryptoprices.api.routes import prices

__all__ = ["Parts", "build"]


def build(parts: Parts) -> FastAPI:
    """The app that answers what the gate lets through and what is not published."""
    app = FastAPI(title="Crypto Prices", version=parts.version, openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app)
    for module in (prices,):
        app.include_router(module.router(parts))
    return app
