# SPF, DKIM, DMARC, ARC, and what the address looks like.

step-spf-pass = { $relation ->
        [other] The server { $ip } may send for { $domain }. That says nothing of { $author }, the address you see.
       *[own] The list that { $domain } publishes allows the server { $ip }.
    }
    .explanation = SPF for { $domain }: pass. { $ip } matched { $term } in the record of { $owner }.
step-spf-fail = { $domain } says that the server { $ip } must not send in its name.
    .explanation = SPF for { $domain }: fail. { $ip } is in none of the listed places and { $term } says that nobody else may send. Forwarding breaks this check too.
step-spf-fail-forwarded = { $domain } does not list the server { $ip }, as is normal for forwarded mail.
    .explanation = SPF for { $domain }: fail. { $ip } is none of the sender's servers but the forwarder's. SPF cannot see through forwarding; the signature can.
step-spf-softfail = { $settled ->
        [yes] { $domain } says that the server { $ip } is probably not one of its own, but other proof settles it.
       *[no] { $domain } says that the server { $ip } is probably not one of its own.
    }
    .explanation = SPF for { $domain }: softfail. The record ends in { $term }: everybody else is probably not allowed, but do not refuse for that alone.
step-spf-neutral = { $domain } makes no statement about the server { $ip }.
    .explanation = SPF for { $domain }: neutral. { $term } means that the owner says neither yes nor no; it counts like no record.
step-spf-none = { $domain } publishes no list of the servers that may send in its name.
    .explanation = SPF for { $domain }: none. There is no SPF record, or no domain to ask about.
step-spf-temperror = The name servers of { $domain } could not be asked just now.
    .explanation = SPF for { $domain }: temperror. { $problem }
step-spf-permerror = The list that { $domain } publishes is faulty, so it counts as absent.
    .explanation = SPF for { $domain }: permerror. { $problem }
phrase-record-end = the end of the record
phrase-spf-fault-unanswered = A name server did not answer in time.
phrase-spf-fault-several_records = There are several SPF records where only one may be.
phrase-spf-fault-syntax = The record is not written as the standard asks: { $detail }.
phrase-spf-fault-no_target = The record refers to a name that has no SPF record.
phrase-spf-fault-too_many_lookups = The record asks for more than the 10 look-ups that are allowed.
phrase-spf-fault-too_many_voids = More than 2 names in the record lead to nothing.
phrase-spf-fault-too_many_servers = A name in the record has more than 10 mail servers.
phrase-spf-fault-no_domain = There is no domain name to ask about.
phrase-spf-syntax = { $domain }: { $why } (at character { $position })
phrase-spf-syntax-too_long = the record is longer than { $limit } octets
phrase-spf-syntax-not_ascii = only ASCII characters are allowed
phrase-spf-syntax-no_version = the record does not begin with v=spf1 and a space
phrase-spf-syntax-too_many_terms = the record has more than { $limit } terms
phrase-spf-syntax-twice = { $name }= appears twice
phrase-spf-syntax-no_term = “{ $given }” is neither a mechanism nor a modifier
phrase-spf-syntax-not_one = “{ $given }” is not one mechanism
phrase-spf-syntax-modifier_sign = a modifier takes no “{ $sign }”
phrase-spf-syntax-no_mechanism = there is no mechanism “{ $name }”
phrase-spf-syntax-no_mechanism_redirect = there is no mechanism “{ $name }”: write redirect=
phrase-spf-syntax-all_argument = “all” takes no argument
phrase-spf-syntax-domain_wanted = “{ $name }” needs a domain, after a colon
phrase-spf-syntax-prefix_here = no prefix length is allowed here
phrase-spf-syntax-prefix = /{ $given } is not a prefix length of 0 to { $bits }
phrase-spf-syntax-address_wanted = “{ $name }” needs an address, after a colon
phrase-spf-syntax-zone = an address in a record has no zone
phrase-spf-syntax-not_address = “{ $given }” is not an { $name } address
phrase-spf-syntax-invisible = only visible ASCII characters are allowed
phrase-spf-syntax-percent = a “%” must begin a macro such as %{"{"}d{"}"}, or be one of %% %_ %-
phrase-spf-syntax-letter_elsewhere = the macro letter “{ $letter }” is allowed only in explanations
phrase-spf-syntax-no_letter = there is no macro letter “{ $letter }”
phrase-spf-syntax-zero_parts = a macro cannot keep zero parts
phrase-spf-syntax-name_missing = a domain name is missing
phrase-spf-syntax-one_label = a domain name needs at least two labels
phrase-spf-syntax-not_top = “{ $label }” cannot be a top-level domain
phrase-spf-syntax-is_address = { $given } is an address, not a name: write ip4:{ $given }

step-dkim-pass = { $relation ->
        [other] The signature of { $domain } is whole. That proves { $domain }, not { $author }.
       *[own] The signature of { $domain } (key { $selector }) is whole: what it covers is as it was.
    }
    .explanation = DKIM by { $domain }, selector { $selector } ({ $algorithm }, { $bits } bits): pass. Signed fields: { $headers }.
step-dkim-none = There is no signature.
    .explanation = DKIM: none. The message carries no DKIM-Signature field.
step-dkim-fail = The signature of { $domain } does not count: { $why }.
    .explanation = DKIM by { $domain }, selector { $selector }: { $result }, because { $why }.
step-dkim-fail-body_hash = Signed by { $domain }, but the text was changed after signing.
    .explanation = DKIM by { $domain }, selector { $selector }: fail. The hash of the body differs: lists and scanners that add a footer do this, and so does forgery.
step-dkim-fail-signature = Signed by { $domain }, but the sender, subject or another line was changed after signing.
    .explanation = DKIM by { $domain }, selector { $selector }: fail. The body is whole, the signed fields ({ $headers }) are not, or the key is another one.
step-dkim-fail-expired = The signature of { $domain } has expired.
    .explanation = DKIM by { $domain }, selector { $selector }: { $result }. It was valid until its x= time.
step-dkim-fail-key = The signature of { $domain } cannot be checked: { $why }.
    .explanation = DKIM by { $domain }, selector { $selector }: { $result }, because { $why }.
step-dkim-temperror = The key for the signature of { $domain } could not be fetched just now.
    .explanation = DKIM by { $domain }, selector { $selector }: temperror. Its name server did not answer in time.
step-dkim-partial = Only the beginning is signed by { $domain }. We ignore this signature.
    .explanation = DKIM by { $domain }, selector { $selector }: l={ $limit } leaves { $unsigned } octets unsigned: anything may stand there.

# Why a signature does not count; completes "..., because ...".
reason-tag_syntax = it is not written as the standard asks
reason-tag_missing = something that it must say is missing
reason-version = it is of a version that does not exist
reason-algorithm_unknown = it is made in a way that nobody here knows
reason-algorithm_weak = it is made in a way that can be forged today
reason-canonicalisation = its way of comparing text is not known
reason-query_method = it names no way to find its key that is known
reason-domain = its domain is no domain name
reason-identity = the identity it names is not of its domain
reason-from_not_signed = it does not cover the sender's address
reason-arc_seal_signed = it covers a seal, which it must not
reason-expired = it has expired
reason-future = it is dated in the future
reason-key_missing = its key is not published
reason-key_unavailable = its key could not be fetched
reason-key_revoked = its key was revoked
reason-key_syntax = its key is not written as the standard asks
reason-key_version = its key is of another version
reason-key_type = its key is of another kind
reason-key_hash = its key may not be used with this hash
reason-key_service = its key is not for mail
reason-key_domain = its key may not be used for this identity
reason-key_too_short = its key is too short to prove anything
reason-key_too_long = its key is longer than anybody needs
reason-body_length = the text is shorter than what was signed
reason-body_hash = the text was changed after signing
reason-signature = something that it covers was changed after signing
reason-header_too_large = the lines above the text are too long to be read
reason-not_evaluated = there are too many signatures
reason-structure = the chain has a gap
reason-cv = the chain was broken before
reason-too_many = the chain is too long

step-dmarc-pass = The address you see, at { $domain }, is proven by { $by }.
    .explanation = DMARC for { $domain }: pass, aligned by { $by_technical }. Published policy: { $policy }.
step-dmarc-fail = Nothing proves the address you see; { $domain } asks: { $policy_words }.
    .explanation = DMARC for { $domain }: fail. Neither SPF nor DKIM passed for { $domain } or its organisation { $org }. Published policy: { $policy }.
step-dmarc-none = { $domain } has not said what to do with mail that fails the checks.
    .explanation = DMARC for { $domain }: none. No record was found in the tree walk.
step-dmarc-temperror = What { $domain } wishes could not be asked just now.
    .explanation = DMARC for { $domain }: temperror. A name server did not answer in time.
step-dmarc-permerror = Whose address this is cannot be told.
    .explanation = DMARC: permerror. From does not hold one usable author domain.
phrase-proof-spf = its server
phrase-proof-dkim = its signature
phrase-proof-both = its server and its signature
phrase-wish-none = nothing
phrase-wish-quarantine = treat it as suspicious
phrase-wish-reject = refuse it

step-arc-pass = It was passed on by { $sealers }, whose seals are whole.
    .explanation = ARC: pass, { $count ->
        [one] one set
       *[other] { $count } sets
    }, sealed by { $sealers }; unchanged since set { $oldest_pass } (0: since the first). That says who handled it, not that they are honest.
step-arc-fail = It was passed on by { $sealers }, but a seal does not fit.
    .explanation = ARC: fail at set { $instance }, because { $why }. The chain counts for nothing.
step-arc-temperror = It was passed on by { $sealers }; their seals could not be checked just now.
    .explanation = ARC: the key of set { $instance } could not be fetched.
step-arc-stranger = { $sealer }, which we do not know, says that it was fine when it came in.
    .explanation = { $sealer } sealed { $said }. We have no reason to believe it: it is no known sealer here.
step-override-sealer = { $by } says that it fitted when it came in, and we believe this server.
    .explanation = Exception for { $domain }: { $by } is a known sealer and wrote down { $said }.
step-override-network = The server { $by } is known here as a forwarder, so we made an exception.
    .explanation = Exception for { $domain }: { $by } is in a network of known forwarders.
step-override-list = It came through the mailing list { $by }, which is known here.
    .explanation = Exception for { $domain }: the known list { $by } signed the message.
step-list-rewritten = The mailing list { $list } put its own address in place of { $author }, so that the checks pass.
    .explanation = List-Id { $list }: From is the list's own domain { $domain }, while { $field } names { $author }. Nothing proves that other address.

step-looks-name = The name says { $claimed }, the real address is { $real }.
    .explanation = The display name in From holds the address { $claimed }; mail programs that show names alone mislead. The address is { $real }.
step-looks-like = { $domain } is not { $own }, though it looks like it.
    .explanation = The author's domain { $domain } differs from our own { $own } by { $how }.
step-looks-known = You know somebody named { $name }, but with another address than { $real }.
    .explanation = A contact has the name { $name } that stands in From, and none of its addresses is { $real }. Names can be written by anybody.
step-looks-ours = It says that it is from { $domain }, our own domain, but came from outside.
    .explanation = From names our own domain { $domain }, the client is none of ours, and neither SPF nor DKIM proves it.
phrase-how-confusable = characters that look alike
phrase-how-edit = one character
