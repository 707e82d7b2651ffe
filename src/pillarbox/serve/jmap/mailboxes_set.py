"""Mailbox/set (RFC 8621 §2.5): a whole call in one transaction.

A mailbox may be made inside one that the same call makes, and a role or name may pass from one to
another in one call: what cannot be done yet is tried again after the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.jmap import arguments, ids
from pillarbox.jmap.error import SetError
from pillarbox.serve.jmap.mailboxes import as_object
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.roster import Counts, Rosters
from pillarbox.serve.jmap.set_answer import SetAnswer, created_ids
from pillarbox.store import changes, mailboxes, renaming
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId, ModSeq, Uid
from pillarbox.store.mailboxes import MAX_PART_OCTETS, SEPARATOR, Mailbox, Role

_REMOVE: Final = "onDestroyRemoveEmails"
_SETTABLE: Final = frozenset({"name", "parentId", "role", "sortOrder", "isSubscribed"})
_ROLES: Final = frozenset(role.value for role in Role)
_EMPTY: Final = Mailbox(
    MailboxId(0), MailboxId(0), "", None, True, 0, Uid(1), ModSeq(0), ModSeq(0), 0, 0, 0, 0, Uid(1)
)  # fmt: skip


class MailboxesSet:
    """The method that changes mailboxes."""

    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters

    async def set(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer Mailbox/set."""
        given = arguments.Set.read(args, context.limits.max_objects_in_set, (_REMOVE,))
        remove = arguments.boolean(args, _REMOVE)
        account_id = context.visitor.account_id
        counts = await self._counts(context, given)

        def apply(tx: Transaction) -> tuple[SetAnswer, str, str]:
            # A transaction may be run again: the answer begins with it.
            answer = SetAnswer()
            change = _Change(tx, account_id, context, answer, counts)
            return answer, *change.run(given, remove_emails=remove)

        answer, old, state = await context.db.write(apply)
        if old != state:
            context.changed(account_id)
        return answer.as_object(given.account_id, old, state)

    async def _counts(self, context: Context, given: arguments.Set) -> Mapping[int, Counts]:
        """Return what mailboxes hold whose objects come back whole: nothing may differ."""
        if not any(set(patch) - _SETTABLE for patch in given.update.values()):
            return {}
        roster = await self._rosters.get(context.db, context.visitor.account_id)
        numbers = [ids.number(ids.MAILBOX, name) or 0 for name in given.update]
        return {number: roster.counts(number) for number in numbers}


class _Change:
    """One call, in its transaction. counts: of the mailboxes."""

    def __init__(
        self,
        tx: Transaction,
        account_id: AccountId,
        context: Context,
        answer: SetAnswer,
        counts: Mapping[int, Counts],
    ) -> None:
        self._tx, self._account_id = tx, account_id
        self._answer = answer
        self._counts = counts
        self._resolve = created_ids(context, answer)

    def run(self, given: arguments.Set, *, remove_emails: bool) -> tuple[str, str]:
        """Do all that can be done; return the states before and after. Raises MethodError."""
        # The lock on the account comes first: nothing changes between looking and doing.
        mailboxes.next_modseq(self._tx, self._account_id)
        old = str(changes.states(self._tx, self._account_id).mailboxes)
        given.check_state(old)
        doomed = list(dict.fromkeys(map(self._resolve, given.destroy)))
        self._answer.not_created = self._each(given.create, self._create)
        updates = {}
        for name, patch in given.update.items():
            if self._resolve(name) in doomed:
                self._answer.not_updated[name] = SetError("willDestroy").as_object()
            else:
                updates[self._resolve(name)] = patch
        self._answer.not_updated |= self._each(updates, self._update)
        self._destroy(doomed, remove_emails=remove_emails)
        return old, str(changes.states(self._tx, self._account_id).mailboxes)

    def _each(
        self, wanted: Mapping[str, dict[str, Any]], do: Callable[[str, dict[str, Any]], None]
    ) -> dict[str, dict[str, Any]]:
        """Do what can be done, until a round does nothing; return the errors of the rest."""
        waiting = dict(wanted)
        failed: dict[str, dict[str, Any]] = {}
        progress = True
        while waiting and progress:
            progress = False
            failed = {}
            for name, value in list(waiting.items()):
                try:
                    do(name, value)
                except SetError as exc:
                    failed[name] = exc.as_object()
                else:
                    del waiting[name]
                    progress = True
        return failed

    def _create(self, name: str, given: dict[str, Any]) -> None:
        wrong = _different(given, _NEW) + _check(given, needs_name=True)
        if wrong:
            raise SetError("invalidProperties", "", wrong)
        path = self._path(given.get("parentId"), given["name"])
        role = Role(given["role"]) if given.get("role") else None
        if role is Role.INBOX:
            raise SetError("invalidProperties", "there is an inbox", ["role"])
        self._check_role(role, None)
        self._check_name(path, None)
        with _errors("name"):
            made = mailboxes.create(
                self._tx,
                self._account_id,
                path,
                role,
                given.get("sortOrder", 0),
                subscribed=given.get("isSubscribed", True),
            )
        found = as_object(made, Counts(), None)
        self._answer.created[name] = {
            key: value for key, value in found.items() if key not in given or given[key] != value
        }

    def _update(self, target: str, patch: dict[str, Any]) -> None:
        mailbox = self._get(target)
        if any("/" in key for key in patch):
            raise SetError("invalidPatch")
        held = self._counts.get(mailbox.mailbox_id, Counts())
        wrong = _different(patch, as_object(mailbox, held, None))
        settable = {key: value for key, value in patch.items() if key in _SETTABLE}
        settable = _with_defaults(settable)
        wrong += _check(settable, needs_name=False)
        if wrong:
            raise SetError("invalidProperties", "", wrong)
        self._rename(mailbox, settable)
        self._set_rest(mailbox.mailbox_id, settable)
        self._answer.updated[target] = None

    def _rename(self, mailbox: Mailbox, patch: Mapping[str, Any]) -> None:
        """Check role and name, then change them, so that all is changed or nothing."""
        role = mailbox.role
        if "role" in patch:
            role = Role(patch["role"]) if patch["role"] else None
            if role is not mailbox.role and Role.INBOX in (role, mailbox.role):
                raise SetError("invalidProperties", "the inbox keeps its role", ["role"])
            self._check_role(role, mailbox)
        above, _, name = mailbox.name.rpartition(SEPARATOR)
        name = patch.get("name", name)
        if "parentId" in patch:
            path = self._path(patch["parentId"], name)
        else:
            path = f"{above}{SEPARATOR}{name}" if above else name
        changed = [key for key in ("name", "parentId") if key in patch]
        with _errors(*changed or ["name"]):
            path = mailboxes.canonical(path)
            if path != mailbox.name:
                if mailbox.role is Role.INBOX:
                    raise SetError("forbidden", "the inbox keeps its name")
                self._check_name(path, mailbox)
                renaming.rename(self._tx, self._account_id, mailbox.mailbox_id, path)
        if role is not mailbox.role:
            mailboxes.set_role(self._tx, self._account_id, mailbox.mailbox_id, role)

    def _set_rest(self, mailbox_id: MailboxId, patch: Mapping[str, Any]) -> None:
        mailbox = mailboxes.get(self._tx, self._account_id, mailbox_id)
        order = patch.get("sortOrder", mailbox.sort_order)
        if order != mailbox.sort_order:
            mailboxes.set_sort_order(self._tx, self._account_id, mailbox_id, order)
        subscribed = patch.get("isSubscribed", mailbox.subscribed)
        if subscribed != mailbox.subscribed:
            self._subscribe(mailbox.name, wanted=subscribed)

    def _destroy(self, doomed: list[str], *, remove_emails: bool) -> None:
        """Destroy mailboxes, those inside others first."""
        found: list[Mailbox] = []
        for target in doomed:
            try:
                found.append(self._get(target))
            except SetError as exc:
                self._answer.not_destroyed[target] = exc.as_object()
        found.sort(key=lambda mailbox: mailbox.name.count(SEPARATOR), reverse=True)
        for mailbox in found:
            target = ids.make(ids.MAILBOX, mailbox.mailbox_id)
            problem = ""
            if mailbox.role is Role.INBOX:
                problem = "forbidden"
            elif mailboxes.has_children(self._tx, self._account_id, mailbox.mailbox_id):
                problem = "mailboxHasChild"
            elif mailbox.total and not remove_emails:
                problem = "mailboxHasEmail"
            if problem:
                self._answer.not_destroyed[target] = SetError(problem).as_object()
                continue
            renaming.delete(self._tx, self._account_id, mailbox.mailbox_id)
            if mailbox.subscribed:
                mailboxes.unsubscribe(self._tx, self._account_id, mailbox.name)
            self._answer.destroyed.append(target)

    def _get(self, target: str) -> Mailbox:
        number = ids.number(ids.MAILBOX, target)
        try:
            return mailboxes.get(self._tx, self._account_id, MailboxId(number or 0))
        except NotFound:
            raise SetError("notFound") from None

    def _path(self, parent: Any, name: str) -> str:
        """Return the whole path of a mailbox. Raises SetError if there is no such parent."""
        if parent is None:
            return name
        try:
            above = self._get(self._resolve(parent)).name
        except SetError:
            raise SetError("invalidProperties", "no such mailbox", ["parentId"]) from None
        return f"{above}{SEPARATOR}{name}"

    def _check_role(self, role: Role | None, mailbox: Mailbox | None) -> None:
        if role is None:
            return
        owner = mailboxes.find_role(self._tx, self._account_id, role)
        if owner is not None and (mailbox is None or owner.mailbox_id != mailbox.mailbox_id):
            raise SetError("invalidProperties", "another mailbox has the role", ["role"])

    def _check_name(self, path: str, mailbox: Mailbox | None) -> None:
        owner = mailboxes.find(self._tx, self._account_id, path)
        if owner is not None and (mailbox is None or owner.mailbox_id != mailbox.mailbox_id):
            existing = ids.make(ids.MAILBOX, owner.mailbox_id)
            raise SetError("alreadyExists", "the name is taken", ["name"], existingId=existing)

    def _subscribe(self, name: str, *, wanted: bool) -> None:
        how = mailboxes.subscribe if wanted else mailboxes.unsubscribe
        with _errors("isSubscribed"):
            how(self._tx, self._account_id, name)


@contextmanager
def _errors(*properties: str) -> Iterator[None]:
    """Turn what the store says of a name into what a client is told."""
    try:
        yield
    except (AlreadyExists, Invalid):
        raise SetError("invalidProperties", "", properties) from None
    except TooMany:
        raise SetError("overQuota", "too many mailboxes") from None


_NEW: Final = {
    key: value
    for key, value in as_object(_EMPTY, Counts(), None).items()
    if key not in _SETTABLE and key != "id"
}
"""What a client cannot choose of a new mailbox, as it will be."""


def _different(given: Mapping[str, Any], fixed: Mapping[str, Any]) -> list[str]:
    """Return the properties that cannot be set and are not as they are (RFC 8620 §5.3)."""
    wrong: list[str] = []
    for key, value in given.items():
        if key in _SETTABLE:
            continue
        rights = fixed.get(key) if key == "myRights" else None
        if isinstance(rights, dict) and isinstance(value, dict):
            wrong += [f"{key}/{name}" for name in value if value[name] is not rights.get(name)]
        elif key not in fixed or fixed[key] != value:
            wrong.append(key)
    return wrong


def _with_defaults(patch: dict[str, Any]) -> dict[str, Any]:
    """Return a patch in which null stands only where it is a value (RFC 8620 §5.3)."""
    defaults = {"sortOrder": 0, "isSubscribed": True}
    return {k: defaults[k] if v is None and k in defaults else v for k, v in patch.items()}


def _check(given: Mapping[str, Any], *, needs_name: bool) -> list[str]:
    """Return the properties whose values cannot be."""
    checks: dict[str, Callable[[Any], bool]] = {
        "name": _is_name,
        "parentId": lambda v: v is None or isinstance(v, str),
        "role": lambda v: v is None or (isinstance(v, str) and v in _ROLES),
        "sortOrder": lambda v: isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**31,
        "isSubscribed": lambda v: isinstance(v, bool),
    }
    wrong = [name for name, check in checks.items() if name in given and not check(given[name])]
    if needs_name and "name" not in given:
        wrong.append("name")
    return wrong


def _is_name(value: Any) -> bool:
    if not isinstance(value, str) or SEPARATOR in value or not value.strip():
        return False
    return len(value.encode("utf-8", "replace")) <= MAX_PART_OCTETS
