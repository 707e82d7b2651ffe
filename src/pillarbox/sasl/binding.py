"""tls-server-end-point: what binds an authentication to a TLS connection (RFC 5929 §4).

It is the hash of the server's certificate, so it works with every TLS version, and both
sides know it from the handshake alone.
"""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes


def tls_server_end_point(certificate: bytes) -> bytes | None:
    """Return the channel binding for a DER certificate, or None where RFC 5929 has none.

    None: the certificate cannot be read, or its signature names no hash (Ed25519).
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        algorithm = parsed.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        return None
    if algorithm is None:
        return None
    # RFC 5929 §4.1: MD5 and SHA-1 are replaced by SHA-256.
    if isinstance(algorithm, hashes.MD5 | hashes.SHA1):
        algorithm = hashes.SHA256()
    return parsed.fingerprint(algorithm)
