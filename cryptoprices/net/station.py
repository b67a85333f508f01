"""From the settings and the discovered sources to a Fetcher that is ready to poll."""

from collections.abc import Mapping

from cryptoprices.clock import Clock
from cryptoprices.core.source import Source
from cryptoprices.net.fetch import Fetcher
from cryptoprices.net.http import Limits


def build(
    settings: object,
    sources: Mapping[str, Source],
    clock: Clock,
    pauses: Mapping[str, object] | None = None,
    demo_addresses: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> Fetcher:
    """The Fetcher of this run: enabled exchanges in the user's order, with their addresses.

    demo_addresses: name -> rest_url of the simulated market; then only those are asked, and `exchanges.*` is ignored.
    """
    raise NotImplementedError
