"""The system's certificates: why there are none, in words."""

import errno

import truststore

from cryptoprices.net.certificates import why_no_certificates


def test_why_they_cannot_be_read_is_told_without_numbers(monkeypatch):
    def denied(*_args, **_more):
        raise PermissionError(errno.EACCES, "Permission denied", "/etc/ssl/cert.pem")

    monkeypatch.setattr(truststore.SSLContext, "wrap_bio", denied)
    assert why_no_certificates() == "The system's certificates cannot be read: Permission denied"
