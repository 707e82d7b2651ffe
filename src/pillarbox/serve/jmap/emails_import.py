"""Email/import and Email/copy (RFC 8621 §4.7, §4.8)."""

import re
from typing import Any, Final

from pillarbox.jmap import arguments
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.jmap.types.email import EmailImport, names
from pillarbox.serve.jmap import email_filing
from pillarbox.serve.jmap.email_filing import NewEmail
from pillarbox.serve.jmap.emails_parse import is_message
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.set_answer import SetAnswer, created_ids
from pillarbox.store import changes, mailboxes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import MessageId

MAX_OCTETS: Final = 100_000_000
"""Of all messages of one call."""
_IMPORT: Final = frozenset({"accountId", "ifInState", "emails"})
_PROPERTIES: Final = names(EmailImport)
_BARE: Final = re.compile(rb"(?<!\r)\n|\r(?!\n)")


class EmailsImport:
    """The method that makes emails of blobs. fetch: gives the blobs."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def import_(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Email/import."""
        arguments.check_names(args, _IMPORT)
        if args.get("emails") is None:
            raise arguments.invalid("emails is missing")
        wanted = {"create": args["emails"], "ifInState": args.get("ifInState")}
        given = arguments.Set.read(wanted, context.limits.max_objects_in_set)
        refused: dict[str, Any] = {}
        new: dict[str, NewEmail] = {}
        left = MAX_OCTETS
        for name, value in given.create.items():
            try:
                new[name] = await self._prepare(context, value, left)
            except SetError as exc:
                refused[name] = exc.as_object()
            else:
                left -= len(new[name].octets)
        account_id = context.visitor.account_id

        def apply(tx: Transaction) -> tuple[SetAnswer, str, str]:
            # A transaction may be run again: the answer begins with it.
            answer = SetAnswer(not_created=dict(refused))
            mailboxes.next_modseq(tx, account_id)
            old = str(changes.states(tx, account_id).emails)
            given.check_state(old)
            known = frozenset(m.mailbox_id for m in mailboxes.list_(tx, account_id))
            filed: dict[str, MessageId] = {}
            for (name, email), blob in zip(new.items(), tx.blobs, strict=True):
                try:
                    filed[name] = email_filing.file(tx, account_id, email, blob, known, {})
                except SetError as exc:
                    answer.not_created[name] = exc.as_object()
            answer.created = email_filing.created(tx, account_id, filed)
            return answer, old, str(changes.states(tx, account_id).emails)

        blobs = tuple(email.octets for email in new.values())
        answer, old, state = await context.db.write(apply, blobs=blobs)
        if old != state:
            context.changed(account_id)
        return {
            "accountId": args["accountId"],
            "oldState": old,
            "newState": state,
            "created": answer.created or None,
            "notCreated": answer.not_created or None,
        }

    async def _prepare(self, context: Context, given: dict[str, Any], left: int) -> NewEmail:
        wrong = sorted(set(given) - _PROPERTIES)
        wrong += ["blobId"] if not isinstance(given.get("blobId"), str) else []
        wrong += ["mailboxIds"] if not given.get("mailboxIds") else []
        if wrong:
            raise SetError("invalidProperties", "", wrong)
        octets = await self._fetch(context, created_ids(context)(given["blobId"]))
        if octets is None:
            raise SetError("invalidProperties", "no such blob", ["blobId"])
        if not is_message(octets):
            raise SetError("invalidEmail", "it does not begin with the fields of a message")
        if len(octets) > left:
            raise SetError("tooLarge", "", (), maxSize=MAX_OCTETS)
        if b"\r\n" not in octets:
            # From a file with the line ends of Unix; the store holds mail as it travels.
            octets = _BARE.sub(b"\r\n", octets)
        return await email_filing.prepare(octets, given, context.now, created_ids(context), {})


async def copy(_: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Email/copy. A visitor has one account, so there is nothing to copy from."""
    source = arguments.string(args, "fromAccountId")
    if source == args["accountId"]:
        raise arguments.invalid("fromAccountId is accountId (RFC 8620 §5.4)")
    raise MethodError("fromAccountNotFound")
