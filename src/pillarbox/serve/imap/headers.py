"""Headers of messages that were read a short while ago, kept unpacked, within a limit.

Mail programs ask for the header fields of a whole mailbox again and again, and people search it
word by word. What unpacking costs is most of what that costs.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from pillarbox.store.blobs import BlobRef

MAX_OCTETS: Final = 16 * 1024 * 1024  # of one worker
MAX_HEADER_OCTETS: Final = 32 * 1024  # larger ones are read each time
_OVERHEAD: Final = 200  # octets of memory beside each header

ReadBlob = Callable[[BlobRef, int, int | None], bytes]


class Headers:
    """Reads messages, and keeps the headers that were read last. Any thread may ask.

    read: `Database.blob_now`. The octets at a ref never change.
    """

    def __init__(self, read: ReadBlob, max_octets: int = MAX_OCTETS) -> None:
        self.read = read
        self._max_octets = max_octets
        self._octets = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def octets(self) -> int:
        """How much is kept."""
        return self._octets

    def get(self, ref: str, octets: int) -> bytes:
        """Return the first `octets` of a blob: the header of a message. Raises as `read`."""
        with self._lock:
            found = self._kept.get(ref)
            if found is not None:
                self._kept.move_to_end(ref)
                return found
        header = self.read(BlobRef.parse(ref), 0, octets)
        if len(header) <= MAX_HEADER_OCTETS:
            self._keep(ref, header)
        return header

    def _keep(self, ref: str, header: bytes) -> None:
        with self._lock:
            before = self._kept.pop(ref, None)
            if before is not None:
                self._octets -= len(before) + _OVERHEAD
            self._kept[ref] = header
            self._octets += len(header) + _OVERHEAD
            while self._octets > self._max_octets:
                _, gone = self._kept.popitem(last=False)
                self._octets -= len(gone) + _OVERHEAD
