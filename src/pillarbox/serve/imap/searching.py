"""SEARCH, SORT and THREAD of one session (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 5256)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pillarbox.imap import command as c
from pillarbox.imap import criteria as k
from pillarbox.imap import format as f
from pillarbox.imap.search import Context
from pillarbox.imap.values import sequence_set
from pillarbox.imap.view import View
from pillarbox.serve.imap import search
from pillarbox.serve.imap.owner import Owner
from pillarbox.serve.imap.selected import Selected
from pillarbox.serve.imap.sorting import sorted_messages, threads


class Searching:
    """Answers them."""

    def __init__(self, session: Owner) -> None:
        self._s = session

    def handlers(self) -> dict[type[c.Command], Callable[[Any], Awaitable[None]]]:
        """Return who answers which command."""
        return {
            c.Search: self._search,
            c.Sort: self._sort,
            c.Thread: self._thread,
        }

    @property
    def _box(self) -> Selected:
        selected = self._s.selected
        assert selected is not None, "the engine lets these commands through only when selected"
        return selected

    def _question(self, key: k.Key) -> search.Question:
        box = self._box
        view = box.view
        pairs = list(enumerate(view.uids(), 1))
        context = Context(
            self._s.services.clock.now(), len(view), view.highest_uid, view.saved, save_dates=True
        )
        recent = frozenset(view.recent)
        return search.Question(self._s.account_id, box.mailbox_id, pairs, key, context, recent)

    async def _search(self, command: c.Search) -> None:
        s, box = self._s, self._box
        question = self._question(command.key)
        found = await s.db.scan(search.find, question, s.services.headers)
        with_modseq = k.has_modseq(command.key)
        if with_modseq:
            s.enabled.add("CONDSTORE")
        highest = _highest(found, command.returns) if with_modseq else None
        numbers = [uid if command.uid else seq for seq, uid, _ in found]
        returns = command.returns
        if returns is not None and k.Return.SAVE in returns:
            _save(box.view, returns, [uid for _, uid, _ in found])
        if returns is None and "IMAP4REV2" not in s.enabled:
            s.send(f.search(numbers, highest))
        else:
            self._esearch(returns or frozenset((k.Return.ALL,)), numbers, highest, uid=command.uid)
        await s.tell(allow_expunge=command.uid)
        s.ok("Searched")

    def _esearch(
        self,
        returns: frozenset[k.Return],
        numbers: Sequence[int],
        highest: int | None,
        *,
        uid: bool,
    ) -> None:
        if returns == {k.Return.SAVE}:
            return
        items: dict[str, bytes | int] = {}
        if numbers and k.Return.MIN in returns:
            items["MIN"] = min(numbers)
        if numbers and k.Return.MAX in returns:
            items["MAX"] = max(numbers)
        if numbers and k.Return.ALL in returns:
            items["ALL"] = f.esearch_all(numbers)
        if k.Return.COUNT in returns:
            items["COUNT"] = len(numbers)
        if highest and numbers:
            items["MODSEQ"] = highest
        self._s.send(f.esearch(self._s.tag, items, uid=uid))

    async def _sort(self, command: c.Sort) -> None:
        s = self._s
        question = self._question(command.key)
        found = await s.db.scan(sorted_messages, question, command.criteria, s.services.headers)
        numbers = [uid if command.uid else seq for seq, uid in found]
        if command.returns is None:
            s.send(f.sort(numbers))
        else:
            self._esearch(command.returns, numbers, None, uid=command.uid)
        await s.tell(allow_expunge=command.uid)
        s.ok("Sorted")

    async def _thread(self, command: c.Thread) -> None:
        s = self._s
        question = self._question(command.key)
        line = await s.db.scan(
            threads, question, command.algorithm, command.uid, s.services.headers
        )
        s.send(line)
        await s.tell(allow_expunge=command.uid)
        s.ok("Threaded")


def _highest(found: Sequence[tuple[int, int, int]], returns: frozenset[k.Return] | None) -> int:
    """Return the mod-sequence of what is told: all, or the first and the last (RFC 4731 §3.2)."""
    if not found:
        return 0
    if not returns or returns & {k.Return.ALL, k.Return.COUNT, k.Return.SAVE}:
        return max(modseq for *_, modseq in found)
    ends = [found[0]] if k.Return.MIN in returns else []
    ends += [found[-1]] if k.Return.MAX in returns else []
    return max(modseq for *_, modseq in ends)


def _save(view: View, returns: frozenset[k.Return], uids: Sequence[int]) -> None:
    """Keep the result for "$" (RFC 5182 §2.1)."""
    kept = set(uids)
    if not returns & {k.Return.ALL, k.Return.COUNT} and returns & {k.Return.MIN, k.Return.MAX}:
        kept = set()
        if uids and k.Return.MIN in returns:
            kept.add(min(uids))
        if uids and k.Return.MAX in returns:
            kept.add(max(uids))
    view.saved = sequence_set(kept)
