"""What can be wrong with the text of an SPF record (RFC 7208 §12): a code, and words for it.

The words are English, for whoever reads errors; the codes are for those who tell them otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import Invalid

MAX_VALUE: Final = 100  # characters of what is quoted

REASONS: Final[Mapping[str, str]] = {
    "too_long": "the record is longer than {limit} octets",
    "not_ascii": "only ASCII characters are allowed",
    "no_version": "the record does not begin with v=spf1 and a space",
    "too_many_terms": "the record has more than {limit} terms",
    "twice": "{name}= appears twice",
    "no_term": "{given!r} is neither a mechanism nor a modifier",
    "not_one": "{given!r} is not one mechanism",
    "modifier_sign": "a modifier takes no {sign!r}",
    "no_mechanism": "there is no mechanism {name!r}",
    "no_mechanism_redirect": "there is no mechanism {name!r}: write redirect=",
    "all_argument": '"all" takes no argument',
    "domain_wanted": '"{name}" needs a domain, after a colon',
    "prefix_here": "no prefix length is allowed here",
    "prefix": "/{given} is not a prefix length of 0 to {bits}",
    "address_wanted": '"{name}" needs an address, after a colon',
    "zone": "an address in a record has no zone",
    "not_address": "{given!r} is not an {name} address",
    "invisible": "only visible ASCII characters are allowed",
    "percent": 'a "%" must begin a macro such as %{{d}}, or be one of %% %_ %-',
    "letter_elsewhere": "the macro letter {letter!r} is allowed only in explanations",
    "no_letter": "there is no macro letter {letter!r}",
    "zero_parts": "a macro cannot keep zero parts",
    "name_missing": "a domain name is missing",
    "one_label": "a domain name needs at least two labels",
    "not_top": "{label!r} cannot be a top-level domain",
    "is_address": "{given} is an address, not a name: write ip4:{given}",
}


class SyntaxProblem(Invalid):
    """The text is not what RFC 7208 §12 allows.

    code: of REASONS. position: where in the text that was given to the parser, from 0. values:
    what the sentence names. reason: one sentence for the person who published it.
    """

    def __init__(self, code: str, position: int, **values: str | int) -> None:
        self.code = code
        self.position = position
        self.values: Mapping[str, str | int] = {
            name: value[:MAX_VALUE] if isinstance(value, str) else value
            for name, value in values.items()
        }
        self.reason = REASONS[code].format(**self.values)
        super().__init__(f"{self.reason} (at character {position + 1})")


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """A SyntaxProblem of the record of a domain, kept; fields as there."""

    domain: str
    code: str
    position: int
    values: Mapping[str, str | int]
