"""Why a signature fails, in words: the causes of `mailauth/forensics`, a sentence each.

The keys are the values of its `Cause`; a test holds the two together.
"""

from collections.abc import Mapping
from typing import Any, Final

CAUSES: Final[dict[str, str]] = {
    "none": "Nothing is wrong with it.",
    "unknown": "What changed could not be found out.",
    "footer_added": "Text was added at the end, as mailing lists and virus scanners do.",
    "banner_added": "Text was added at the beginning, as warning banners are.",
    "body_shortened": "Something is missing at the end of the text.",
    "body_whitespace": "Spaces or tabs in the text were changed.",
    "line_ends": "The line ends were changed.",
    "from_stuffed": "A line that begins with From got a > in front, as mailbox files need it.",
    "dots_stuffed": "A line that begins with a dot got one too many or too few on the way.",
    "blank_line_removed": "Empty lines at the beginning of the text were taken out.",
    "lines_wrapped": "Long lines were broken in two.",
    "links_rewritten": "Links in the text were made to lead by way of a checker.",
    "reencoded": "The text was encoded anew on the way; the signature covers the old form.",
    "charset_converted": "The text was converted to another character set.",
    "wrapped_in_multipart": "The text was wrapped in another message part.",
    "wrong_canonicalisation": "The signer normalised the message otherwise than c= says.",
    "subject_tagged": "Something was put before the subject, as mailing lists do.",
    "header_added": "A header field was added that the signer said does not exist.",
    "header_removed": "A signed header field was taken out.",
    "header_changed": "A signed header field was changed.",
    "header_refolded": "A signed header field was folded anew, which c=simple does not bear.",
    "header_name_case": "The name of a signed header field is written in other letters.",
    "from_rewritten": "The author's address was rewritten, as mailing lists do.",
    "signed_from_top": "Of repeated fields the signer took the first, where the last counts.",
    "signature_refolded": "The signature itself was folded anew, which c=simple does not bear.",
    "signature_damaged": "The signature itself is damaged.",
    "wrong_key": "It was made with another key than the one that is published.",
    "wrong_key_type": "The published key is of another kind than the signature.",
    "key_missing": "Its key is not published.",
    "key_unavailable": "Its key could not be asked for just now.",
    "key_revoked": "Its key was revoked.",
    "key_not_for_this": "Its key may not be used for this.",
    "key_too_short": "Its key is too short to prove anything.",
    "key_split": "The published key was split wrongly into strings.",
    "key_quoted": "The published key has quotation marks in it.",
    "key_escaped": "The published key has backslashes in it.",
    "key_truncated": "The published key was cut short.",
    "key_wrapped": "The published key holds the lines of a file around it.",
    "key_broken": "The published key cannot be read.",
    "expired": "The signature has expired.",
    "clock": "The signature is dated in the future: a clock is wrong.",
    "not_accepted": "The signature breaks a rule, so it does not count.",
}

_SURE: Final = 0.9


def explain(cause: str, params: Mapping[str, str | int], where: str) -> str:
    """Return the sentence for a cause, with the place in brackets. params: shown as they are."""
    text = CAUSES.get(cause, CAUSES["unknown"])
    details = [where, *(f"{name} {value}" for name, value in params.items())]
    shown = "; ".join(detail for detail in details if detail)
    return f"{text} ({shown})" if shown else text


def tell(kept: Mapping[str, Any]) -> str:
    """Return the sentences for what a step keeps of forensics, "" if that is nothing."""
    cause = str(kept.get("cause", "unknown"))
    if cause in {"unknown", "none"}:
        return ""
    details = kept.get("details")
    told = explain(cause, details if isinstance(details, Mapping) else {}, str(kept["where"]))
    sure = "Certainly" if float(kept.get("confidence", 0)) >= _SURE else "Perhaps"
    more = [tell(each) for each in kept.get("also", ())]
    return " ".join([f"{sure}: {told}", *filter(None, more)])
