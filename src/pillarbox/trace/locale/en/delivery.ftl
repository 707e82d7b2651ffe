# Where it went.

step-route-account = The address { $recipient } is the account { $account }.
    .explanation = { $recipient } is the account { $account }{ $detail ->
        [none] {""}
       *[other] , subaddress { $detail }
    }.
step-route-alias = The address { $recipient } stands for { $targets }.
    .explanation = { $recipient } is an alias for { $targets }.
step-route-catchall = Mail to any unknown name at this domain goes to { $targets }.
    .explanation = { $recipient } is unknown; the catch-all of its domain is { $targets }.
step-route-forward = It is passed on to { $target }.
    .explanation = Forwarded to { $target } with the return address { $sender }, so that the other server finds us, who send it, in SPF (SRS).
step-route-forward-unchanged = It is passed on to { $target }.
    .explanation = Forwarded to { $target } with the return address { $sender }, as it was.
step-route-return = It goes back to { $target }, who sent what it is about.
    .explanation = The recipient is a return address that we wrote (SRS); it leads back to { $target }.
step-route-forward-junk = It is not passed on to { $targets }, because we judged it junk.
    .explanation = Not forwarded to { $targets }: { $because }. What we pass on, others hold against us.
step-route-unknown = There is no mailbox { $recipient } here.
    .explanation = { $recipient } matches no account, alias or catch-all.
step-filed = Delivered to { $mailbox } of { $account }.
    .explanation = Stored in { $mailbox } of { $account } as UID { $uid }.
step-own-muted = You muted this conversation, so it went past the inbox.
    .explanation = { $account } muted the thread ($muted): filed in { $mailbox }, unread.
step-own-blocked = You blocked { $sender }, so it went to Junk.
    .explanation = { $account } blocks the address in From, { $sender }: filed in { $mailbox }. The address was matched, not proven.
step-vacation = You are away: { $sender } gets your answer.
    .explanation = { $account } is away (VacationResponse): an automatic answer goes to the return address { $sender }; to nobody more than once in seven days.
step-vacation-none = You are away, but { $sender ->
        [none] it gets
       *[other] { $sender } gets
    } no answer: { $why }.
    .explanation = { $account } is away (VacationResponse); no automatic answer to { $sender }: { $why }.
phrase-unanswered-no-return = the message has no return address
phrase-unanswered-nobody = nobody reads mail at that address
phrase-unanswered-program = a program wrote the message
phrase-unanswered-bulk = it was sent to many
phrase-unanswered-list = it came by way of a mailing list
phrase-unanswered-asked = it asks for no automatic answers
phrase-unanswered-doubted = its sender is in doubt, and the answer could reach somebody else
phrase-unanswered-own = you sent it yourself
phrase-unanswered-not-named = your address is not among those that it was written to
phrase-unanswered-many = too many answers were sent already
phrase-unanswered-again = the sender had one within the last seven days

# Sending on.

step-signed = Signed for { $domain }, so that others can see that it is whole.
    .explanation = DKIM signature added: { $domain }, selector { $selector }, { $algorithm }.
step-sealed = Sealed by { $domain }, so that others can see what we found.
    .explanation = ARC set { $instance } added: { $domain }, selector { $selector }, cv={ $cv }.
step-sealed-not = It was passed on without a seal: { $problem }.
    .explanation = No ARC set was added: { $problem }.
phrase-no-sealing-key = { $domain } has no key that signs
phrase-chain-key-unavailable = a key of the chain could not be fetched
step-unsigned = One signature for { $domain } was left out, because nobody could have checked it.
    .explanation = The key { $selector } of { $domain } did not sign: its record is not in DNS. See: pillarbox domain dkim status { $domain }.
step-queued = Waiting to be sent to { $recipients }.
    .explanation = In the queue for { $recipients }.
step-held = It is held back for { $recipients }, as you asked.
    .explanation = Held in the queue for { $recipients } until { $until }: undo or a later time was asked for.
step-released = It is on its way to { $recipients } now.
    .explanation = Released from the queue for { $recipients }.
step-signin-web = { $account } sent it from here.
    .explanation = { $account } was signed in, and handed it in over JMAP.
step-canceled = You cancelled it before it was sent.
    .explanation = Cancelled while it was held; it went to nobody.
step-mx = Mail for { $domain } is taken by { $hosts }.
    .explanation = MX of { $domain }: { $hosts }.
step-attempt-tls = The connection to { $host } was encrypted.
    .explanation = { $host } [{ $ip }]: { $version }, { $cipher }; certificate { $certificate }.
phrase-certificate-verified = verified, issued by { $issuer }
phrase-certificate-self-signed = not verified (self-signed)
phrase-certificate-wrong-name = not verified (for another name)
phrase-certificate-expired = not verified (expired)
phrase-certificate-unknown-authority = not verified (issued by an unknown authority)
phrase-certificate-unreadable = not verified (unreadable)
phrase-certificate-none = not sent
step-attempt-plain = The connection to { $host } was not encrypted, because it offers none.
    .explanation = { $host } [{ $ip }] offers no STARTTLS.
step-attempt-plain-failed = The connection to { $host } was not encrypted, because its encryption failed.
    .explanation = The connection to { $host } [{ $ip }] was not encrypted: { $problem }.
step-attempt-rewritten = { $host } takes plain characters only, so the text was written in another form for it.
    .explanation = { $host } [{ $ip }] does not offer 8BITMIME: the message was re-encoded for it (quoted-printable, base64). What it says is the same, signatures no longer fit.
step-attempt-unreached = { $host } could not be used, so the next server was tried.
    .explanation = { $host } [{ $ip }]: { $problem }
step-attempt-accepted = { $host } accepted it for { $recipient }. What happens after that, only { $host } knows.
    .explanation = { $host } [{ $ip }] answered { $reply } for { $recipient }.
step-attempt-deferred = { $host } did not take it for { $recipient } now; { $next ->
        [none] there is no further try
       *[other] the next try is at { $next }
    }.
    .explanation = { $host } [{ $ip }] answered { $reply } for { $recipient }; next try: { $next ->
        [none] never
       *[other] { $next }
    }.
step-attempt-refused = { $host } refused it for { $recipient }: { $meaning }
    .explanation = { $host } [{ $ip }] answered { $reply } for { $recipient }. { $meaning }
step-attempt-refused-here = It cannot be sent to { $recipient }: { $meaning }
    .explanation = { $reply }. { $meaning }
step-attempt-failed = No server of { $domain } could be reached for { $recipient }; { $next ->
        [none] there is no further try
       *[other] the next try is at { $next }
    }.
    .explanation = { $problem }; next try: { $next ->
        [none] never
       *[other] { $next }
    }.
step-expired = We gave up on { $recipient } after { $hours ->
        [one] one hour
       *[other] { $hours } hours
    }.
    .explanation = { $recipient }: the queue's time limit is reached; last answer: { $reply }
step-notice = A notice went to { $sender }.
    .explanation = A delivery notice ({ $action }) was made for { $sender }.
step-notice-none = No notice was sent: { $why }.
    .explanation = No delivery notice was made: { $why }.
phrase-no-return-address = the message has no return address
phrase-no-mailbox = there is no mailbox { $address } here
phrase-no-room = { $address } has no room for it
phrase-notice-failed = failed
phrase-notice-delayed = delayed
phrase-notice-relayed = relayed
step-tested = A report about this message went to { $sender }.
    .explanation = The mail-tester { $address } answered { $sender }, who is proven, with the verdict.
step-tested-refused = No report about this message was sent.
    .explanation = The mail-tester did not answer { $sender }: { $text }
