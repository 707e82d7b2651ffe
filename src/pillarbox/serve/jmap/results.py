"""The results of a query as a list that is worked out as far as somebody looks (RFC 8620 §5.5)."""

from collections.abc import Callable, Iterator

from pillarbox.jmap.arguments import Query
from pillarbox.jmap.error import MethodError


class Results:
    """Ids in order. total: their number, if it is known.

    What the ids come from must not change while this is used.
    """

    def __init__(self, ids: Iterator[int], total: int | None = None) -> None:
        self._rest = ids
        self._ids: list[int] = []
        self._total = total
        self._whole = False

    def upto(self, stop: int) -> list[int]:
        """Return the list, whole up to `stop` at least. Do not change it."""
        missing = stop - len(self._ids)
        if missing > 0 and not self._whole:
            for found in self._rest:
                self._ids.append(found)
                missing -= 1
                if not missing:
                    break
            else:
                self._whole = True
        return self._ids

    def all(self) -> list[int]:
        """Return the whole list. Do not change it."""
        if not self._whole:
            self._ids.extend(self._rest)
            self._whole = True
        return self._ids

    def each(self) -> Iterator[int]:
        """Yield the ids in order, working out no more than is asked for."""
        yield from self._ids
        for found in self._rest:
            self._ids.append(found)
            yield found
        self._whole = True

    def total(self) -> int:
        """Return how many there are."""
        return len(self.all()) if self._total is None else self._total

    def find(self, wanted: int) -> int | None:
        """Return the index of an id, or None."""
        try:
            return self._ids.index(wanted)
        except ValueError:
            pass
        for found in self._rest:
            self._ids.append(found)
            if found == wanted:
                return len(self._ids) - 1
        self._whole = True
        return None

    def window(
        self, asked: Query, number: Callable[[str], int | None], max_limit: int
    ) -> tuple[int, list[int], int | None]:
        """Return position, ids, and the limit if it is ours and not the client's.

        Raises MethodError: anchorNotFound.
        """
        count = max_limit if asked.limit is None else min(asked.limit, max_limit)
        start = self._start(asked, number)
        found = self.upto(start + count + 1)
        page = found[start : start + count]
        is_ours = asked.limit is None or asked.limit > max_limit
        return start, page, max_limit if is_ours and len(found) > start + count else None

    def _start(self, asked: Query, number: Callable[[str], int | None]) -> int:
        if asked.anchor is None:
            position = asked.position
            return position if position >= 0 else max(0, self.total() + position)
        wanted = number(asked.anchor)
        index = None if wanted is None else self.find(wanted)
        if index is None:
            raise MethodError("anchorNotFound")
        return max(0, index + asked.anchor_offset)
