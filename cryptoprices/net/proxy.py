"""Which proxy a request goes through: the setting's, the system's as it is now, or none."""

import ipaddress
import urllib.request
from urllib.parse import urlsplit


def proxy_for(url: str, setting: str) -> str | None:
    """The proxy's address, None for a direct connection. setting: "system", "none" or an address.

    This machine itself is never asked through a proxy. Through SOCKS the proxy looks the names up.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if setting == "none" or is_loopback(host):
        return None
    address: str | None = setting
    if setting == "system":
        if urllib.request.proxy_bypass(host):
            return None
        proxies = urllib.request.getproxies()
        address = proxies.get(parts.scheme) or proxies.get("all")
    if not address:
        return None
    if "://" not in address:
        address = f"http://{address}"
    scheme, _, rest = address.partition("://")
    return f"{ {'socks5': 'socks5h', 'socks': 'socks5h', 'socks4': 'socks4a'}.get(scheme, scheme) }://{rest}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
