# Was andere Domains von denen verlangen, die ihnen senden.

step-attempt-sts = { $domain } kündigt an, dass Post dorthin verschlüsselt und nur an die eigenen Server geht.
    .explanation = MTA-STS-Policy von { $domain }, id { $id }: Modus { $mode }, mx { $mx }.
step-attempt-sts-none = { $domain } hat zurückgenommen, was es zur Verschlüsselung angekündigt hatte.
    .explanation = MTA-STS-Policy von { $domain }, id { $id }: Modus none.
step-attempt-sts-unfetched = { $domain } kündigt Regeln zur Verschlüsselung an, die sich nicht lesen ließen.
    .explanation = Die MTA-STS-Policy von { $domain } ließ sich nicht holen, und keine ist aufbewahrt: { $problem }. Die Nachricht geht, als gäbe es keine (RFC 8461 §3.3).
step-attempt-sts-stale = { $domain } kündigt neue Regeln zur Verschlüsselung an, die sich nicht lesen ließen; die alten gelten.
    .explanation = Die MTA-STS-Policy von { $domain } ließ sich nicht neu holen: { $problem }. Die aufbewahrte gilt.
step-attempt-policy-kept = { $host } hat sich als der Server ausgewiesen, der diese Post annimmt.
    .explanation = { $host } hält sich an { $policy }: { $proof }.
step-attempt-policy-unusable = { $host } muss verschlüsselt erreicht werden; wer es ist, ließ sich nicht beweisen.
    .explanation = Die TLSA-Einträge bei { $name } sind signiert, aber keiner ist brauchbar: Verschlüsselung wird verlangt, ein Zertifikat nicht (RFC 7672 §2.2).
step-attempt-policy-tested = { $host } tut nicht, was seine Domain ankündigt; diese erprobt es erst, darum ging die Nachricht trotzdem.
    .explanation = { $host } hält sich nicht an { $policy }, im Modus testing: { $problem }.
step-attempt-policy-failed = Die Nachricht wurde { $host } nicht übergeben: er weist sich nicht als der richtige Server aus.
    .explanation = { $host } wurde nicht benutzt, denn er hält sich nicht an { $policy }: { $problem }. Vielleicht ist er falsch eingerichtet, oder jemand steht dazwischen.
step-attempt-policy-waived = Der Absender bat darum zuzustellen, auch wo der richtige Server sich nicht ausweisen kann.
    .explanation = { $policy } von { $host } wurde nicht angewandt: die Nachricht hat TLS-Required: No.
phrase-proof-tlsa = sein Zertifikat ist das des TLSA-Eintrags bei { $name }
phrase-proof-certificate = sein Zertifikat gilt für { $host }
