"""The keys that protect messages at rest, derived from one master key (RFC 5869).

Each pack record names the number of its key, so that a later number can take over.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pillarbox.base.errors import NotFound

MASTER_OCTETS: Final = 32
CURRENT: Final = 1
_OCTETS: Final = 32


class MasterKeyring:
    """Implements `blobs.Keyring`. master: MASTER_OCTETS.

    sealing: new blobs are sealed; what is sealed opens anyway.
    """

    def __init__(self, master: bytes, *, sealing: bool) -> None:
        self._sealing = sealing
        self._keys = {CURRENT: _derive(master, CURRENT)}

    def current(self) -> tuple[int, bytes] | None:
        """Return the key for new blobs, None where they are not sealed."""
        return (CURRENT, self._keys[CURRENT]) if self._sealing else None

    def get(self, number: int) -> bytes:
        """Return a key. Raises NotFound for a number that was never used."""
        key = self._keys.get(number)
        if key is None:
            raise NotFound(f"key {number} of the stored messages")
        return key


def signin_key(master: bytes) -> bytes:
    """Return the key of the marks of tokens (`base/token.py`)."""
    return _hkdf(master, b"pillarbox sign-in marks")


def _derive(master: bytes, number: int) -> bytes:
    return _hkdf(master, b"pillarbox blobs %d" % number)


def _hkdf(master: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), _OCTETS, salt=None, info=info).derive(master)
