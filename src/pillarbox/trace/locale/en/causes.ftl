# Why a signature fails: the causes of forensics.

sure = Certainly:
perhaps = Perhaps:

cause-none = Nothing is wrong with it.
cause-unknown = What changed could not be found out.
cause-footer_added = Text was added at the end, as mailing lists and virus scanners do.
cause-banner_added = Text was added at the beginning, as warning banners are.
cause-body_shortened = Something is missing at the end of the text.
cause-body_whitespace = Spaces or tabs in the text were changed.
cause-line_ends = The line ends were changed.
cause-from_stuffed = A line that begins with From got a > in front, as mailbox files need it.
cause-dots_stuffed = A line that begins with a dot got one too many or too few on the way.
cause-blank_line_removed = Empty lines at the beginning of the text were taken out.
cause-lines_wrapped = Long lines were broken in two.
cause-links_rewritten = Links in the text were made to lead by way of a checker.
cause-reencoded = The text was encoded anew on the way; the signature covers the old form.
cause-charset_converted = The text was converted to another character set.
cause-wrapped_in_multipart = The text was wrapped in another message part.
cause-wrong_canonicalisation = The signer normalised the message otherwise than c= says.
cause-subject_tagged = Something was put before the subject, as mailing lists do.
cause-header_added = A header field was added that the signer said does not exist.
cause-header_removed = A signed header field was taken out.
cause-header_changed = A signed header field was changed.
cause-header_refolded = A signed header field was folded anew, which c=simple does not bear.
cause-header_name_case = The name of a signed header field is written in other letters.
cause-from_rewritten = The author's address was rewritten, as mailing lists do.
cause-signed_from_top = Of repeated fields the signer took the first, where the last counts.
cause-signature_refolded = The signature itself was folded anew, which c=simple does not bear.
cause-signature_damaged = The signature itself is damaged.
cause-wrong_key = It was made with another key than the one that is published.
cause-wrong_key_type = The published key is of another kind than the signature.
cause-key_missing = Its key is not published.
cause-key_unavailable = Its key could not be asked for just now.
cause-key_revoked = Its key was revoked.
cause-key_not_for_this = Its key may not be used for this.
cause-key_too_short = Its key is too short to prove anything.
cause-key_split = The published key was split wrongly into strings.
cause-key_quoted = The published key has quotation marks in it.
cause-key_escaped = The published key has backslashes in it.
cause-key_truncated = The published key was cut short.
cause-key_wrapped = The published key holds the lines of a file around it.
cause-key_broken = The published key cannot be read.
cause-expired = The signature has expired.
cause-clock = The signature is dated in the future: a clock is wrong.
cause-not_accepted = The signature breaks a rule, so it does not count.
