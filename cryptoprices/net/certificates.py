"""Whether this machine has certificates to check exchanges against, found out without asking anybody."""

import ssl
import sys
from pathlib import Path

import truststore


def why_no_certificates() -> str | None:
    """One sentence that names what to install, None where its store can be used. Raises SSLError, OSError."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    end = context.wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
    )  # loads the store, asks nobody
    if sys.platform in ("darwin", "win32"):
        return None  # the system itself judges each certificate
    folder = ssl.get_default_verify_paths().capath  # its files are read when they are needed, and so are not counted
    if end.context.cert_store_stats()["x509_ca"] or (folder and any(Path(folder).iterdir())):
        return None
    return (
        "The system has no certificates to check exchanges against: install them, e.g. apt-get install ca-certificates"
    )
