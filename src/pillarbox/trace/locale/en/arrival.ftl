# How a message came in.
#
# A step of a trace has a sentence for the reader, without acronyms, and an explanation for the
# administrator. An empty parameter arrives here as "none", a missing one as "?".

step-connect = A server with the address { $ip } brought this message.
    .explanation = { $ip } ({ $rdns }) connected to { $listener } and greeted as { $helo }.
step-signin = { $account } wrote this message, signed in here.
    .explanation = { $account } signed in from { $ip } with { $mechanism } and submitted the message.
step-signin-other = { $account } wrote this message, signed in here.
    .explanation = { $account } signed in here and submitted the message.
step-local = This server wrote this message itself.
    .explanation = The message was made here: { $what }.
step-tls = The connection that brought it was encrypted.
    .explanation = The connection used { $version } with { $cipher }.
step-tls-none = The connection that brought it was not encrypted.
    .explanation = The client did not ask for TLS. Others on the way could have read the message.
step-envelope = It came for { $recipients }.
    .explanation = Envelope: from <{ $sender }> to { $recipients }; { $size } octets.
step-untested = Nothing was checked, because this network needs no check.
    .explanation = { $ip } is in a network whose mail is not judged (checks.trusted_networks).
step-loop = It went round in circles and was stopped.
    .explanation = { $count } Received lines, { $limit } are allowed: a mail loop.
step-reply = { $class ->
        [2] We told the other server that we took it.
        [4] We told the other server to come back later, and why.
       *[other] We told the other server that we refused it, and why.
    }
    .explanation = Our answer: { $code } { $enhanced } { $text }

# The way before us, by the account of others.

step-claimed-hop = It passed { $by }, { $encrypted ->
        [yes] over an encrypted connection
       *[no] and nothing says that the connection was encrypted
    }.{ $gap ->
        [waited] {" "}It had waited { $amount } { $unit } before that.
        [clock] {" "}The clocks differ by { $amount } { $unit }.
       *[no] {""}
    }
    .explanation = A Received line says: from { $from } by { $by } with { $with }. We did not see this.

step-boundary = What stands above is told by others; what follows we saw ourselves.{ $gap ->
        [waited] {" "}The last of them kept it for { $amount } { $unit }.
        [clock] {" "}Its clock and ours differ by { $amount } { $unit }.
       *[no] {""}
    }
    .explanation = The trust boundary: Received lines above it were written by other servers, or by whoever sent the message, and can be invented.

phrase-no-reverse-name = no reverse name that fits
phrase-nobody = nobody that can be read
phrase-unnamed = a server without a name
phrase-local-security = a notice about the security of { $account }
phrase-local-vacation = the answer of { $account }, who is away, to the message of trace { $trace }
phrase-local-notice = a delivery notice about the message of trace { $trace }
phrase-local-verdict = the verdict about the message of trace { $trace }
phrase-local-report-dmarc = the DMARC report for { $domain } about { $day }
phrase-local-report-tls = the report on encryption for { $domain } about { $day }
unit-s = { $amount ->
        [one] second
       *[other] seconds
    }
unit-min = { $amount ->
        [one] minute
       *[other] minutes
    }
unit-h = { $amount ->
        [one] hour
       *[other] hours
    }
unit-d = { $amount ->
        [one] day
       *[other] days
    }
claimed = By others' account:
