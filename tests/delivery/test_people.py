"""delivery/people.py: whose contacts are asked."""

from typing import Any

import pytest

from pillarbox.delivery import people
from pillarbox.delivery.route import Local, Remote, Routing
from pillarbox.store.ids import AccountId

ANNA = Local(AccountId(1), "anna@example.org")
ALSO = Local(AccountId(1), "anna@example.org", "shop")
BEN = Local(AccountId(2), "ben@example.org")


class Contacts:
    async def read(self, _, account_id, name):
        return {f"{name}@{account_id}"}


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ([ANNA], {"A B@1"}),
        ([ANNA, ALSO], {"A B@1"}),
        ([ANNA, BEN], ()),
        ([ANNA, Remote("x@example.net")], ()),
        ([], ()),
    ],
)
async def test_contacts_are_told_to_their_owner_alone(targets, found):
    routings = [Routing("x@example.org", targets=[target]) for target in targets]
    contacts: Any = Contacts()
    friends = people.friends_of(contacts, routings)
    assert await friends("A B") == found
