# What the answer of another server means.

reply-blocklist = They use a list of unwanted senders, which names our server{ $link ->
        [none] {""}
       *[other] {" "}({ $link })
    }.
reply-tls = They only accept encrypted delivery, and our offer was refused.
reply-greylist = Their server asks new senders to come back in a few minutes.
reply-full = The mailbox of { $recipient } is full.
reply-disabled = The mailbox of { $recipient } exists, but takes no mail at present.
reply-moved = The mailbox { $recipient } has moved.
reply-null_mx = The domain { $domain } takes no mail at all, and says so.
reply-no_domain = The domain { $domain } does not exist.
reply-no_mailbox = There is no mailbox { $localpart }@ at { $domain }.
reply-bad_recipient = Their server does not understand the address { $recipient }.
reply-sender_domain = Their server does not accept your address as a sender.
reply-reverse = The network address of our server has no matching reverse name.
reply-unproven = They do not believe that the mail is from { $sender_domain }.
reply-rate = Their server thinks that we send too much at once.
reply-too_big = The message is too big for their server.
reply-eight_bit = Their server cannot take messages with letters beyond ASCII.
reply-utf8_address = Their server does not know addresses or header lines with letters beyond ASCII.
reply-content = Their server refused what the message contains, or took it for spam.
reply-relay = Their server says that it is not responsible for { $domain }.
reply-loop = The message would go round in circles: the servers of { $domain } point at each other.
reply-no_server = The domain { $domain } has no server that takes mail.
reply-dns = The name servers of { $domain } did not answer, so its mail server is not known.
reply-silent = Their server does not answer.
reply-expired = Their server could not take it in all the time that we tried.
reply-many = Their server takes fewer recipients at once.
reply-policy = The rules of their server do not allow it.
reply-system = Their server has a problem of its own.
reply-later = Their server did not take it, and may later.
reply-refused = Their server refused it.
reply-tls_policy = The domain { $domain } requires proven encryption, and its server did not prove itself. So the message was not handed over.
