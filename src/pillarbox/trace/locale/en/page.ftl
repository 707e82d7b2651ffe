# The page of a trace, and the state of each recipient of what somebody sent.

question-spf = May this server send for { $domain }?
question-dkim = { $domain ->
        [none] Is there a signature?
       *[other] Is the signature of { $domain } whole?
    }
question-dmarc = Does one of them match the address you see?
question-arc = Was it passed on by someone who says how it came?

answer-yes = Yes
answer-no = No
answer-probably-not = Probably not
answer-no-answer = No answer
answer-nothing = Nothing is published
answer-no-signature = There is none
answer-partly = Only in part
answer-not-known = Could not be asked
answer-yes-broken = Yes, but a seal does not fit

asked-some = We asked for { $name } { $type } and got: { $records } (kept { $ttl } s, signed: { $signed ->
        [yes] yes
       *[no] no
    }).
asked-none = We asked for { $name } { $type }: there is nothing of that kind.
asked-failed = We asked for { $name } { $type } and got no answer.

again-same = { $name } { $type } is as it was.
again-changed = { $name } { $type } has changed since.
again-silent = Nobody answers for { $name } { $type } just now.

claim-name = Anyone may write any name.
claim-address-both = Proven by signature and by server.
claim-address-signature = Proven by signature.
claim-address-server = Proven by server.
claim-address-signed-in = The sender is signed in here and may use this address.
claim-address-not = Nothing proves it.
claim-address-unchecked = It was not checked.
claim-return-pass = Its server may send for { $domain }.
claim-return-fail = { $domain } says that this server must not use it.
claim-return-unknown = Nothing proves it.
claim-return-none = There is none, as with notices.
claim-reply-same = The same address.
claim-reply-organisation = At the same organisation.
claim-reply-other = Another address; nobody checked it.

recipient-delivered = Delivered here.
recipient-accepted = { $encrypted ->
        [yes] Accepted by { $host }, over an encrypted connection.
       *[no] Accepted by { $host }, over a connection that was not encrypted.
    }
recipient-queued = Waiting to be sent.
recipient-again = Not taken yet; we try again.
recipient-no-more = Not taken, and the time for trying is over.
recipient-refused = Refused: { $meaning }
recipient-expired = Nobody took it, and the time for trying is over.
recipient-held = Held back until you say otherwise.
recipient-not-taken = It was not accepted.
recipient-unknown = Nothing is known of it.
recipient-passed-on-accepted = Passed on, and accepted there.
recipient-passed-on-queued = To be passed on; waiting to be sent.
recipient-passed-on-held = To be passed on; held back.
recipient-passed-on-failed = It could not be passed on.

for-sender = { $name ->
        [none] Your message
       *[other] Your message “{ $name }”
    } of { $date } to { $recipient } was refused by our server, which said: { $reply }


# How well a message would be protected, told before it is sent.

phrase-security-dane = Goes encrypted to { $domain }, and only to a server whose certificate { $domain } itself names.
phrase-security-mta-sts = Goes encrypted to { $domain }, and only to servers that prove their name.
phrase-security-tls-demanded = Goes encrypted to { $domain } or not at all; who takes it there is not proven.
phrase-security-tls-before = Your last message to this address went encrypted; nothing makes sure that the next one does.
phrase-security-none = Goes encrypted if the server of { $domain } offers it; nothing makes sure of that.
phrase-security-none-before = Your last message to this address was not encrypted on its way; the server of { $domain } offered nothing.
phrase-security-testing = Goes encrypted if the server of { $domain } offers it; { $domain } is only testing its rules for that.
phrase-security-local = Stays on this server.
phrase-security-unknown = It could not be found out just now how { $domain } protects its mail.
phrase-security-no-such-domain = The domain { $domain } does not exist. Check the spelling.
phrase-security-no-mail = { $domain } takes no mail.
phrase-security-no-such-mailbox = There is no mailbox { $address } here. Check the spelling.
phrase-security-not-an-address = This is no address that mail can be sent to.
