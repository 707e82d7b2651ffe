"""Email/query and Email/queryChanges (RFC 8621 §4.4, §4.5).

Changes can be told for every filter and sort: whatever may have come, gone or moved is named as
removed, and as added again where it is now. That is every email changed since, and where threads
matter every email of a changed thread: the others keep their order among themselves, for nothing
that they are sorted by has changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.email_filter import (
    NEWEST_FIRST,
    Comparator,
    Filter,
    is_text,
    parse_filter,
    parse_sort,
    walk,
)
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap import matching
from pillarbox.serve.jmap.mail_words import Words
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.results import Results
from pillarbox.serve.jmap.roster import Roster, Rosters
from pillarbox.serve.jmap.sort_keys import sort_keys
from pillarbox.store import rosters

MAX_LIMIT: Final = 10_000
"""Ids in an answer."""
MAX_CHANGED: Final = 20_000
"""Messages changed since, above which a client should ask for the whole list again."""
_ATTEMPTS: Final = 5

_COLLAPSE: Final = ("collapseThreads",)


@dataclass(frozen=True, slots=True)
class _Query:
    filter: Filter
    sort: tuple[Comparator, ...]
    collapse: bool

    @property
    def touches_threads(self) -> bool:
        return self.collapse or matching.depends_on_threads(self.filter, self.sort)


@dataclass(slots=True)
class _Answer:
    """results are those of `state`, on a roster that must not have changed since.

    found: for the conditions on words.
    """

    results: Results
    found: matching.Found
    state: int
    roster: Roster


class EmailsQuery:
    """The methods that ask which emails there are."""

    def __init__(self, rosters_: Rosters, words: Words) -> None:
        self._rosters = rosters_
        self._words = words

    async def query(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/query."""
        asked = arguments.Query.read(args, _COLLAPSE)
        query = _read(context, asked, args)
        answer = await self._evaluate(context, query)
        position, page, limit = answer.results.window(asked, _number, MAX_LIMIT)
        response: dict[str, Any] = {
            "accountId": asked.account_id,
            "queryState": str(answer.state),
            "canCalculateChanges": True,
            "position": position,
            "ids": [f"{ids.EMAIL}{number}" for number in page],
        }
        if asked.calculate_total:
            response["total"] = answer.results.total()
        if limit is not None:
            response["limit"] = limit
        return response

    async def query_changes(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/queryChanges."""
        asked = arguments.QueryChanges.read(args, _COLLAPSE)
        query = _read(context, asked, args)
        since = arguments.state_number(asked.since_query_state)
        limit = asked.max_changes
        account_id = context.visitor.account_id
        for _ in range(_ATTEMPTS):
            changed = await context.db.read(rosters.changed, account_id, since, MAX_CHANGED)
            if changed is None:
                raise MethodError("cannotCalculateChanges")
            answer = await self._evaluate(context, query)
            if answer.roster.modseq <= changed.modseq:
                break
        else:
            raise MethodError("cannotCalculateChanges", "the mail changes too quickly")
        removed, added = _differences(query, answer, changed, since)
        if limit is not None and len(removed) + len(added) > limit:
            raise MethodError("tooManyChanges")
        response: dict[str, Any] = {
            "accountId": asked.account_id,
            "oldQueryState": asked.since_query_state,
            "newQueryState": str(max(answer.state, since)),
            "removed": [ids.make(ids.EMAIL, number) for number in removed],
            "added": [{"id": ids.make(ids.EMAIL, n), "index": index} for n, index in added],
        }
        if asked.calculate_total:
            response["total"] = answer.results.total()
        return response

    async def _evaluate(self, context: Context, query: _Query) -> _Answer:
        """Return the results. The caller must not await before it is done with them."""
        account_id = context.visitor.account_id
        roster = await self._rosters.get(context.db, account_id)
        state = roster.modseq
        cached = roster.results.get(query)
        if cached is not None:
            roster.results.move_to_end(query)
            results, found = cached
            return _Answer(results, found, state, roster)
        texts = [condition for condition in walk(query.filter) if is_text(condition)]
        found = {}
        keys: matching.Keys = matching.NO_KEYS
        if texts or any(c.name in ("from", "to", "subject", "sentAt") for c in query.sort):
            # What is asked for meanwhile changes the roster; new mail is then left to the next
            # state, for nobody has looked at its words.
            entries, _ = matching.candidates(roster, query.filter)
            wanted = [entry.message_id for entry in entries]
            for condition in dict.fromkeys(texts):
                found[condition] = await self._words.find(context.db, account_id, condition, wanted)
            keys = await sort_keys(context.db, account_id, query.sort, wanted)
            roster = await self._rosters.get(context.db, account_id)
            if roster.modseq != state:
                known: set[int] = set(wanted)
                results = _results(roster, query, found, keys, known)
                return _Answer(results, found, state, roster)
        results = _results(roster, query, found, keys, None)
        roster.remember(query, (results, found))
        return _Answer(results, found, state, roster)


def _results(
    roster: Roster,
    query: _Query,
    found: matching.Found,
    keys: matching.Keys,
    known: set[int] | None,
) -> Results:
    entries = matching.matches(roster, query.filter, query.sort, found, keys, known)
    total = None
    if query.sort == NEWEST_FIRST and known is None:
        total = _quick_total(roster, query)
    if query.collapse:
        entries = matching.collapsed(entries)
    return Results((entry.message_id for entry in entries), total)


def _quick_total(roster: Roster, query: _Query) -> int | None:
    """Return how many there are, where that is counted already."""
    listed, rest = matching.candidates(roster, query.filter)
    if not matching.is_everything(rest):
        return None
    if not query.collapse:
        return len(listed)
    mailboxes = [c.value for c in walk(query.filter) if c.name == "inMailbox"]
    return roster.threads(mailboxes[0]) if mailboxes else len(roster.members)


def _differences(
    query: _Query, answer: _Answer, changed: rosters.Changed, since: int
) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
    """Return the ids to take out of an old list, and (id, index) to put in, by index."""
    roster = answer.roster
    touched = set(changed.messages)
    if query.touches_threads:
        threads = changed.threads_of_gone | {
            roster.entries[m].thread_id for m in changed.messages if m in roster.entries
        }
        for thread_id in threads:
            touched.update(roster.members.get(thread_id, ()))
    removed = sorted(number for number in touched if number <= since)
    test = matching.test(roster, query.filter, answer.found)
    matched = [
        entry for n in touched if (entry := roster.entries.get(n)) is not None and test(entry)
    ]
    left = len({entry.thread_id for entry in matched} if query.collapse else matched)
    added: list[tuple[int, int]] = []
    # Most changes are near the top: nobody goes on when all that is expected was seen.
    results = answer.results.each() if left else ()
    for index, number in enumerate(results):
        if number in touched:
            added.append((number, index))
            left -= 1
            if not left:
                break
    return removed, added


def _read(
    context: Context, asked: arguments.Query | arguments.QueryChanges, args: dict[str, Any]
) -> _Query:
    collapse = arguments.boolean(args, "collapseThreads")
    return _Query(parse_filter(asked.filter, context.using), parse_sort(asked.sort), collapse)


def _number(text: str) -> int | None:
    return ids.number(ids.EMAIL, text)
