# What other domains require of those who send to them.

step-attempt-sts = { $domain } announces that mail to it goes encrypted, and only to its own servers.
    .explanation = MTA-STS policy of { $domain }, id { $id }: mode { $mode }, mx { $mx }.
step-attempt-sts-none = { $domain } has taken back what it announced of encryption.
    .explanation = MTA-STS policy of { $domain }, id { $id }: mode none.
step-attempt-sts-unfetched = { $domain } announces rules of encryption, which could not be read.
    .explanation = The MTA-STS policy of { $domain } could not be fetched, and none is kept: { $problem }. The message goes as if there were none (RFC 8461 §3.3).
step-attempt-sts-stale = { $domain } announces new rules of encryption, which could not be read; the old ones count.
    .explanation = The MTA-STS policy of { $domain } could not be fetched again: { $problem }. The one that is kept counts.
step-attempt-policy-kept = { $host } proved that it is the server that takes this mail.
    .explanation = { $host } keeps to { $policy }: { $proof }.
step-attempt-policy-unusable = { $host } must be reached encrypted; who it is could not be proven.
    .explanation = The TLSA records at { $name } are signed, but none can be used: encryption is demanded, a certificate is not (RFC 7672 §2.2).
step-attempt-policy-tested = { $host } does not do what its domain announces; the domain is only testing, so the message went all the same.
    .explanation = { $host } does not keep to { $policy }, which is in testing mode: { $problem }.
step-attempt-policy-failed = The message was not handed to { $host }: it does not prove that it is the right server.
    .explanation = { $host } was not used, because it does not keep to { $policy }: { $problem }. It may be set up wrongly, or somebody stands in between.
step-attempt-policy-waived = The sender asked to deliver even where the right server cannot be proven.
    .explanation = { $policy } of { $host } was not applied: the message has TLS-Required: No.
phrase-proof-tlsa = its certificate is the one of the TLSA record at { $name }
phrase-proof-certificate = its certificate is valid for { $host }
