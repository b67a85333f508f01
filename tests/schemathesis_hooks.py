"""What schemathesis is to know that an OpenAPI document has no words for."""

import schemathesis

NO_WORDS = {
    "Wrong cursor": "a cursor is one that came with the page before",
    "Wrong pair": "a coin has no price in itself",
    "Wrong price": "a price is above zero",
    "Wrong time": "a minute has no 61st second",
    "Wrong value": "each setting has bounds of its own",
    "Wrong name": "a name has no control characters",
}
"""Titles of problems that data may meet with which the document allows, and why."""


@schemathesis.hook
def before_call(context, case, kwargs):
    """Who has not read cannot name a state: whatever it is, is to be changed."""
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False for what is none."""
    if failure.code == "ST401":
        return "429" not in failure.message  # too many wrong tokens by now
    if response is None or response.status_code < 400:
        return True
    title = response.json()["title"]
    if failure.code == "ST202" and response.status_code in (400, 422):
        return title not in NO_WORDS
    if failure.code == "ST204":
        return response.status_code != 415  # the gate looks at the form before anybody looks for a route
    if failure.code == "ST205":
        return title != "No such method"  # nor does it know routes
    return True
