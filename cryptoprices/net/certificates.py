"""Whether this machine has certificates to check exchanges against, found out without asking anybody."""

import ssl
import sys
from pathlib import Path

import truststore


def why_no_certificates() -> str | None:
    """One sentence that says what is wrong with its store, None where it can be used."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:  # loads the store, asks nobody
        end = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    except OSError as error:  # SSLError is one
        return f"The system's certificates cannot be read: {error.strerror or error}"
    if sys.platform in ("darwin", "win32"):
        return None  # the system itself judges each certificate
    folder = ssl.get_default_verify_paths().capath  # its files are read when they are needed, and so are not counted
    if end.context.cert_store_stats()["x509_ca"] or (folder and any(Path(folder).iterdir())):
        return None
    return (
        "The system has no certificates to check exchanges against: install them, e.g. apt-get install ca-certificates"
    )
