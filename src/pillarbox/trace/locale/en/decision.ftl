# The five verdicts, and what we decided.

verdict-proven = This really comes from { $domain }.
verdict-via = { $via ->
        [none] This really comes from { $domain }, passed on by another server.
       *[other] This really comes from { $domain }, passed on by { $via }.
    }
verdict-unproven = We cannot tell whether this comes from { $domain }.
verdict-vouched = This comes by way of { $via }, which is known here, and says it is from { $domain }.
verdict-misfit = Something does not fit: { $reason }.
verdict-forged = This does not come from { $domain }. The address was forged.
verdict-signed-in = This is from { $account }, signed in here.
verdict-ours = This server wrote it itself.
verdict-internal = This is from { $account }, signed in here. It never left this server.

step-decision-accept = We accepted it: { $because }.
    .explanation = Decision: accept, because { $because }.
step-decision-junk = We put it in Junk: { $because }.
    .explanation = Decision: file in Junk, because { $because }.
step-decision-refuse = We refused it: { $because }.
    .explanation = Decision: refuse in the session with { $code } { $enhanced }, because { $because }.
step-decision-defer = We asked the sender to come back later: { $because }.
    .explanation = Decision: try later with { $code } { $enhanced }, because { $because }.

# Why we decided so: a clause; in .detail what the reader should know of it, in .line what stands
# under the sender's name, in .advice what can be done.

phrase-proven-both = its server and its signature both prove the sender
    .detail = Signed by { $domain } and sent by a server it allows. That says who sent it, not that its content is honest.
phrase-proven-server = its server proves the sender
    .detail = Sent by a server that { $domain } allows. That says who sent it, not that its content is honest.
phrase-proven-signature = its signature proves the sender
    .detail = Signed by { $domain }, and unchanged since. That says who sent it, not that its content is honest.
phrase-forwarded = the signature of { $domain } is whole, as it stays when mail is forwarded
    .detail = The server that brought it is none of { $domain }'s own, as is usual when mail is forwarded. The signature is whole, so nothing was changed on the way.
    .line = passed on by { $via }
    .advice = If this is your own forwarding, your administrator can make it known here; then its mail counts even when signatures break.
phrase-dmarc-reject = nothing proves that it is from { $domain }, and { $domain } asks to refuse such mail
    .detail = { $domain } asks everyone to refuse such mail, and we did.
    .advice = You need not do anything. If you expected this message, the sender must mend it.
phrase-failed = { $reason }; { $wish }
    .detail = We put it in Junk, because { $wish }.
phrase-altered-body = { $domain } signed it, but the text was changed after signing
    .line = changed after it was signed
    .advice = If you did not expect it, ask the sender another way before you answer.
phrase-altered-header = { $domain } signed it, but something was changed after signing
    .line = changed after it was signed
    .advice = If you did not expect it, ask the sender another way before you answer.
phrase-nothing-proves = nothing proves that this is from { $domain }
    .line = sender not confirmed
    .advice = If you did not expect it, ask the sender another way before you answer.
phrase-wish-is-reject = { $domain } asks to refuse such mail, but our settings only put it in Junk
phrase-wish-is-quarantine = { $domain } asks to treat such mail as suspicious
phrase-wish-is-none = { $domain } publishes no wish to refuse such mail
phrase-wish-is-test-reject = { $domain } is only testing its wish to have such mail refused
phrase-wish-is-test-quarantine = { $domain } is only testing its wish to have such mail treated as suspicious
phrase-policy-unknown = the name servers of { $domain } could not be asked, so its wish is not known
    .detail = We asked the sender to come back in a few minutes.
phrase-never-sends = { $domain } never sends mail, it says so itself
    .detail = { $domain } never sends mail. It says so itself.
    .advice = You need not do anything.
phrase-spf-softfail = { $spf_domain } asks not to refuse for a probable no
    .detail = { $spf_domain } lists its servers, this one is not among them, and { $spf_domain } itself says: be careful, but do not refuse. Often this is a new web form or newsletter service that somebody forgot to list.
    .line = sender not confirmed
    .advice = If you know the sender, tell them that their list lacks this server.
phrase-spf-neutral = { $spf_domain } makes no statement about this server
    .detail = The owner of { $spf_domain } lists some servers and says nothing about all others.
    .line = sender not confirmed
phrase-spf-temperror = { $spf_domain } could not be asked, which proves nothing
    .detail = The name servers of { $spf_domain } could not be asked just now. We accepted the message all the same.
    .line = sender not confirmed
phrase-spf-permerror = the list of { $spf_domain } is faulty and counts as absent
    .detail = What { $spf_domain } publishes is faulty, so it counts as absent. Its owner should mend it.
    .line = sender not confirmed
    .advice = If you know the sender, tell them that their list of servers is faulty.
phrase-spf-none = { $spf_domain ->
        [none] the sender publishes nothing to check
       *[other] { $spf_domain } publishes nothing to check
    }
    .detail = Its owner has not published anything that we could check. That is common for small domains and no bad sign by itself; it also means that anyone could use the address.
    .line = sender not confirmed
phrase-signature-unusable = { $domain } signed it, but the signature does not count: { $why }
    .detail = It is signed by { $domain }, but the signature does not count: { $why }. Nothing else proves the sender.
    .line = sender not confirmed
phrase-signed-partly = it covers only the beginning of the text
phrase-spf-pass = the server may send for { $spf_domain }, which is another name
    .detail = The server may send for { $spf_domain }. That says nothing about the address you see.
    .line = sender not confirmed
phrase-spf-fail = { $domain } says that this server must not send in its name
    .detail = Either it is forged, or somebody forwarded it without care. No signature shows that it was only forwarded.
    .line = sent from a server that { $domain } does not allow
    .advice = If you know the sender, tell them that their list lacks this server. Else do not believe it.
phrase-vouched-sealer = { $by } is known here, and its seal says that all was well when it came in
    .detail = Something was changed on the way, so the sender's own signature no longer fits. { $by } confirms with its seal that it fitted on arrival. We believe this server; nothing else proves the sender.
    .line = through { $via }
    .advice = Your administrator can stop believing this server.
phrase-vouched-network = the server { $by } is known here as a forwarder
    .detail = The server is known here as a forwarder; nothing else proves the sender.
    .line = passed on by { $via }
phrase-vouched-list = it came through the mailing list { $by }, which is known here and signed it
    .detail = The list changed the message, so the sender's own signature no longer fits. The list signed what it sent; nothing else proves the sender.
    .line = through the list { $via }
    .advice = Your administrator can stop believing this list.
phrase-stranger = { $reason }; { $sealer }, which we do not know, says that it was fine on arrival
    .detail = A server we do not know ({ $sealer }) says that it was fine on arrival. We have no reason to believe it yet.
phrase-no-author-many = it does not say whose it is: several addresses of different domains stand in From
phrase-no-author-empty = it does not say whose it is: From is empty
phrase-no-author-name = it does not say whose it is: the address in From has no domain that can exist
phrase-no-author-fields = it does not say whose it is: there are { $count } different From fields
phrase-name-is-address = the name says { $claimed }, the real address is { $real }
    .line = the name is another address
    .advice = Ask the person another way before you answer.
phrase-lookalike = { $domain } is not your { $own }, though it looks like it
    .line = looks like { $own }, and is not
    .advice = Ask the person another way before you answer.
phrase-known-name = you know somebody named { $name }, but with another address
    .line = not the address of your contact
    .advice = Ask the person another way before you answer.
phrase-claims-ours = it says that it is from { $domain }, our own domain, but came from outside
    .detail = It says that it is from { $domain }, your own domain, but came from outside, and nothing proves it.
    .line = pretends to be from here
    .advice = Do not answer. If a service of yours sends in your name, its mail must be signed.

# What became of it: a word for lists.

action-delivered = Delivered
action-junked = Put in Junk
action-refused = Refused
action-deferred = Asked to come back later
action-queued = Waiting to be sent
action-relayed = Accepted by the other server
action-answered = Tested, and answered
action-bounced = Returned to the sender
action-none = Under way

unknown = Something happened that has no words yet.
    .explanation = Step { $key }: { $params }

# What came before, told when a trace is read.

earlier-none = This is the first message from this address that the kept traces know of.
earlier-some = { $count ->
        [one] One message from this address came before, on { $since }.
       *[other] { $count } messages from this address came before, since { $since }.
    }
earlier-more = More than { $count } messages from this address came before.

# Above a story in a terminal.
subject = Subject: { $subject }
