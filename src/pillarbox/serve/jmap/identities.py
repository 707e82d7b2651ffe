"""Identity/get, /changes and /set (RFC 8621 §6).

The addresses that an account has (its own, and aliases that lead to it) are identities of their
own accord, which cannot be destroyed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from pillarbox.base.address import AddressProblem, parse
from pillarbox.base.errors import TooMany
from pillarbox.delivery.handing_in import HandingIn
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import SetError
from pillarbox.jmap.patch import apply_patch
from pillarbox.jmap.types.email import EmailAddress
from pillarbox.jmap.types.submission import Identity, names
from pillarbox.serve.jmap import object_changes
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.set_answer import SetAnswer
from pillarbox.store import accounts, aliases, identities, mailboxes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_NAME: Final = 500  # characters
MAX_SIGNATURE: Final = 50_000
MAX_ADDRESSES: Final = 20
_DEFAULTS: Final[Mapping[str, Any]] = {
    "name": "",
    "replyTo": None,
    "bcc": None,
    "textSignature": "",
    "htmlSignature": "",
}
_ADDRESSES: Final = msgspec.json.Decoder(list[EmailAddress] | None)
_FIXED: Final = ("id", "email", "mayDelete")


class Identities:
    """The methods. handing_in: knows who may write as whom."""

    def __init__(self, handing_in: HandingIn) -> None:
        self._handing_in = handing_in

    async def get(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Identity/get."""
        limits = context.limits
        asked = arguments.Get.read(args, names(Identity), limits.max_objects_in_get)
        await _keep_standard(context)

        def read(tx: Transaction) -> tuple[int, list[identities.Identity]]:
            account_id = context.visitor.account_id
            return identities.state(tx, account_id), identities.list_(tx, account_id)

        state, found = await context.db.read(read)
        shown = {ids.make(ids.IDENTITY, one.identity_id): as_object(one) for one in found}
        wanted = list(shown) if asked.ids is None else asked.ids
        keep = None if asked.properties is None else {"id", *asked.properties}
        return {
            "accountId": asked.account_id,
            "state": str(state),
            "list": [_some(shown[one], keep) for one in wanted if one in shown],
            "notFound": [one for one in wanted if one not in shown],
        }

    async def changes(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Identity/changes."""
        await _keep_standard(context)
        return await object_changes.answer(context, args, ids.IDENTITY, identities.since)

    async def set(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Identity/set. All of it is one transaction."""
        asked = arguments.Set.read(args, context.limits.max_objects_in_set)
        await _keep_standard(context)
        address = context.visitor.address
        refused: dict[str, Any] = {}
        new: dict[str, identities.Identity] = {}
        for name, value in asked.create.items():
            try:
                one = _created(value)
            except SetError as exc:
                refused[name] = exc.as_object()
                continue
            if await self._handing_in.may_send_as(address, one.address):
                new[name] = one
            else:
                # RFC 8621 §6.3
                refused[name] = SetError("forbiddenFrom", "not the account's").as_object()

        def apply(tx: Transaction) -> tuple[SetAnswer, int, int]:
            return _apply(tx, context.visitor.account_id, asked, new, refused)

        answer, old, state = await context.db.write(apply)
        if old != state:
            context.changed(context.visitor.account_id)
        return answer.as_object(asked.account_id, str(old), str(state))


async def _keep_standard(context: Context) -> None:
    """Make the identities that there are of their own accord."""
    account_id, address = context.visitor.account_id, context.visitor.address

    def wanted(tx: Transaction) -> list[str]:
        accounts.get(tx, account_id)
        return [address, *aliases.pointing_to(tx, address)]

    def keep(tx: Transaction) -> bool:
        return identities.keep_standard(tx, account_id, wanted(tx))

    def is_kept(tx: Transaction) -> bool:
        return identities.is_standard(tx, account_id, wanted(tx))

    if not await context.db.read(is_kept) and await context.db.write(keep):
        context.changed(account_id)


def _apply(
    tx: Transaction,
    account_id: AccountId,
    asked: arguments.Set,
    new: Mapping[str, identities.Identity],
    refused: Mapping[str, Any],
) -> tuple[SetAnswer, int, int]:
    mailboxes.next_modseq(tx, account_id)
    old = identities.state(tx, account_id)
    asked.check_state(str(old))
    answer = SetAnswer(not_created=dict(refused))
    for name, one in new.items():
        try:
            number = identities.add(tx, account_id, one)
        except TooMany:
            answer.not_created[name] = SetError("overQuota", "too many identities").as_object()
            continue
        whole = as_object(replace(one, identity_id=number))
        given = asked.create[name]
        answer.created[name] = {
            key: value for key, value in whole.items() if key not in given or given[key] != value
        }
    for target, patch in asked.update.items():
        try:
            one = _known(tx, account_id, target)
            if target in asked.destroy:
                raise SetError("willDestroy")  # noqa: TRY301 - one way for all that is wrong
            identities.put(tx, account_id, _changed(one, patch))
            answer.updated[target] = None
        except SetError as exc:
            answer.not_updated[target] = exc.as_object()
    for target in asked.destroy:
        try:
            one = _known(tx, account_id, target)
            if one.standard:
                raise SetError("forbidden", "the account has this address")  # noqa: TRY301
            identities.remove(tx, account_id, one.identity_id)
            answer.destroyed.append(target)
        except SetError as exc:
            answer.not_destroyed[target] = exc.as_object()
    return answer, old, identities.state(tx, account_id)


def _known(tx: Transaction, account_id: AccountId, target: str) -> identities.Identity:
    number = ids.number(ids.IDENTITY, target)
    found = None if number is None else identities.find(tx, account_id, number)
    if found is None:
        raise SetError("notFound")
    return found


def _wrong(name: str, why: str = "") -> SetError:
    return SetError("invalidProperties", why, [name])


def _created(value: Mapping[str, Any]) -> identities.Identity:
    """Read a new identity. Raises SetError."""
    unknown = sorted(value.keys() - _DEFAULTS.keys() - {"email"})
    if unknown:
        raise _wrong(unknown[0][:100], "cannot be set")
    email = value.get("email")
    try:
        address = str(parse(email)) if isinstance(email, str) else ""
    except AddressProblem as exc:
        raise _wrong("email", exc.reason) from None
    if not address or "@" not in address:
        raise _wrong("email")
    whole = {**_DEFAULTS, **value}
    return _read(identities.Identity(0, False, address.lower()), whole)


def _changed(one: identities.Identity, patch: Mapping[str, Any]) -> identities.Identity:
    before = as_object(one)
    after = apply_patch(before, patch, _DEFAULTS)
    unknown = sorted(after.keys() - before.keys())
    for name in (*unknown, *_FIXED):
        if name in unknown or after.get(name) != before[name]:
            raise _wrong(name[:100], "cannot be changed")
    return _read(one, after)


def _read(one: identities.Identity, whole: Mapping[str, Any]) -> identities.Identity:
    texts = {}
    for name, most in (
        ("name", MAX_NAME), ("textSignature", MAX_SIGNATURE), ("htmlSignature", MAX_SIGNATURE),
    ):  # fmt: skip
        given = whole[name]
        if not isinstance(given, str) or len(given) > most:
            raise _wrong(name, f"a text of at most {most} characters")
        texts[name] = given
    return replace(
        one,
        name=texts["name"],
        text_signature=texts["textSignature"],
        html_signature=texts["htmlSignature"],
        reply_to=_written("replyTo", whole["replyTo"]),
        bcc=_written("bcc", whole["bcc"]),
    )


def _written(name: str, value: Any) -> str:
    if value is None:
        return ""
    try:
        found = msgspec.convert(value, list[EmailAddress])
    except msgspec.ValidationError as exc:
        raise _wrong(name, str(exc)[:200]) from None
    if len(found) > MAX_ADDRESSES or any(
        len(one.email) > MAX_NAME or len(one.name or "") > MAX_NAME for one in found
    ):
        raise _wrong(name, f"at most {MAX_ADDRESSES} addresses")
    return msgspec.json.encode(found).decode()


def as_object(one: identities.Identity) -> dict[str, Any]:
    """Return an Identity as it is sent."""
    found: dict[str, Any] = msgspec.to_builtins(
        Identity(
            id=ids.make(ids.IDENTITY, one.identity_id),
            name=one.name,
            email=one.address,
            reply_to=_ADDRESSES.decode(one.reply_to or "null"),
            bcc=_ADDRESSES.decode(one.bcc or "null"),
            text_signature=one.text_signature,
            html_signature=one.html_signature,
            may_delete=not one.standard,
        )
    )
    return found


def _some(whole: dict[str, Any], keep: set[str] | None) -> dict[str, Any]:
    return whole if keep is None else {n: v for n, v in whole.items() if n in keep}
