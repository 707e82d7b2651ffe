"""Email/set (RFC 8621 §4.6): a whole call in one transaction."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from pillarbox.jmap import arguments, compose, ids
from pillarbox.jmap.error import SetError
from pillarbox.mime.date import format_date
from pillarbox.serve.jmap import email_changes, email_filing, email_patch
from pillarbox.serve.jmap.email_filing import NewEmail
from pillarbox.serve.jmap.email_patch import EmailPatch
from pillarbox.serve.jmap.extras import Extras
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.set_answer import SetAnswer, created_ids
from pillarbox.store import changes, mailboxes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId

MAX_OCTETS: Final = 50_000_000
"""Of a message that a client makes."""
MAX_CALL_OCTETS: Final = 150_000_000
"""Of all messages of one call."""


class EmailsSet:
    """The method that changes emails.

    fetch: gives the blobs that new emails are made of. max_octets: of a new email.
    """

    def __init__(self, extras: Extras, fetch: Fetch, max_octets: int = MAX_OCTETS) -> None:
        self._extras = extras
        self._fetch = fetch
        self._max_octets = max_octets

    async def set(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/set."""
        given = arguments.Set.read(args, context.limits.max_objects_in_set)
        extras = {n: e for n, e in self._extras.items() if e.urn in context.using and e.change}
        new: dict[str, NewEmail] = {}
        refused: dict[str, Any] = {}
        left = MAX_CALL_OCTETS
        for name, value in given.create.items():
            try:
                new[name] = await self._compose(context, value, extras, left)
            except SetError as exc:
                refused[name] = exc.as_object()
            else:
                left -= len(new[name].octets)
        account_id = context.visitor.account_id
        blobs = tuple(email.octets for email in new.values())

        def apply(tx: Transaction) -> tuple[SetAnswer, str, str]:
            # A transaction may be run again: the answer begins with it.
            answer = SetAnswer(not_created=dict(refused))
            return answer, *_apply(tx, context, given, new, extras, answer)

        answer, old, state = await context.db.write(apply, blobs=blobs)
        if old != state:
            context.changed(account_id)
        return answer.as_object(given.account_id, old, state)

    def following(
        self,
        context: Context,
        update: dict[str, dict[str, Any]],
        destroy: list[str],
    ) -> Callable[[Transaction], tuple[SetAnswer, str, str]]:
        """Return what changes emails inside of a transaction, as a call that implies it wants.

        What it returns is the answer, and the states before and after.
        """
        extras = {n: e for n, e in self._extras.items() if e.urn in context.using and e.change}
        given = arguments.Set("", None, {}, update, destroy)

        def apply(tx: Transaction) -> tuple[SetAnswer, str, str]:
            answer = SetAnswer()
            return answer, *_apply(tx, context, given, {}, extras, answer)

        return apply

    async def _compose(
        self, context: Context, given: dict[str, Any], extras: Extras, left: int
    ) -> NewEmail:
        """Build a new message of at most `left` octets. Raises SetError."""
        limit = min(left, self._max_octets)
        draft = compose.read(given, frozenset(extras))
        blobs: dict[str, bytes] = {}
        missing = []
        for blob_id in sorted(draft.blob_ids()):
            octets = await self._fetch(context, blob_id)
            if octets is None:
                missing.append(blob_id)
            else:
                blobs[blob_id] = octets
            if sum(map(len, blobs.values())) > limit:
                raise SetError("tooLarge", "", (), maxSize=self._max_octets)
        if missing:
            raise SetError("blobNotFound", "", (), notFound=missing)
        domain = context.visitor.address.rpartition("@")[2] or "localhost"
        how = (blobs, format_date(context.now), f"{secrets.token_hex(16)}@{domain}")
        if sum(map(len, blobs.values())) > email_filing.THREAD_OCTETS:
            octets = await asyncio.to_thread(draft.build, *how)
        else:
            octets = draft.build(*how)
        if len(octets) > limit:
            raise SetError("tooLarge", "", (), maxSize=self._max_octets)
        return await email_filing.prepare(octets, given, context.now, created_ids(context), extras)


def _apply(
    tx: Transaction,
    context: Context,
    given: arguments.Set,
    new: Mapping[str, NewEmail],
    extras: Extras,
    answer: SetAnswer,
) -> tuple[str, str]:
    """Do all that can be done; return the states before and after. Raises MethodError."""
    account_id = context.visitor.account_id
    # The lock on the account comes first: nothing changes between looking and doing.
    mailboxes.next_modseq(tx, account_id)
    old = str(changes.states(tx, account_id).emails)
    given.check_state(old)
    known = frozenset(mailbox.mailbox_id for mailbox in mailboxes.list_(tx, account_id))
    answer.created = _create(tx, account_id, new, known, extras, answer)
    created = created_ids(context, answer)
    doomed = list(dict.fromkeys(map(created, given.destroy)))
    patches: dict[int, EmailPatch] = {}
    for name, patch in given.update.items():
        target = created(name)
        number = ids.number(ids.EMAIL, target)
        if number is None or target in doomed:
            kind = "notFound" if number is None else "willDestroy"
            answer.not_updated[target] = SetError(kind).as_object()
            continue
        try:
            patches[number] = email_patch.read(patch, extras, created)
        except SetError as exc:
            answer.not_updated[target] = exc.as_object()
    failed = email_changes.update(tx, account_id, patches, known, extras)
    for number in patches:
        target = ids.make(ids.EMAIL, number)
        if number in failed:
            answer.not_updated[target] = failed[number].as_object()
        else:
            answer.updated[target] = None
    numbers = {target: ids.number(ids.EMAIL, target) for target in doomed}
    gone = email_changes.destroy(tx, account_id, [n for n in numbers.values() if n is not None])
    for target, number in numbers.items():
        if number in gone:
            answer.destroyed.append(target)
        else:
            answer.not_destroyed[target] = SetError("notFound").as_object()
    return old, str(changes.states(tx, account_id).emails)


def _create(
    tx: Transaction,
    account_id: AccountId,
    new: Mapping[str, NewEmail],
    known: frozenset[int],
    extras: Extras,
    answer: SetAnswer,
) -> dict[str, dict[str, Any]]:
    filed: dict[str, MessageId] = {}
    if not new:
        return {}
    for (name, email), blob in zip(new.items(), tx.blobs, strict=True):
        try:
            filed[name] = email_filing.file(tx, account_id, email, blob, known, extras)
        except SetError as exc:
            answer.not_created[name] = exc.as_object()
    return email_filing.created(tx, account_id, filed)
