# SPF, DKIM, DMARC, ARC, und wie die Adresse aussieht.

step-spf-pass = { $relation ->
        [other] Der Server { $ip } darf für { $domain } senden. Das sagt nichts über { $author }, die Adresse, die zu sehen ist.
       *[own] Die Liste, die { $domain } veröffentlicht, erlaubt den Server { $ip }.
    }
    .explanation = SPF für { $domain }: pass. { $ip } passt auf { $term } im Eintrag von { $owner }.
step-spf-fail = { $domain } sagt, dass der Server { $ip } nicht in seinem Namen senden darf.
    .explanation = SPF für { $domain }: fail. { $ip } steht an keiner der genannten Stellen, und { $term } sagt, dass sonst niemand senden darf. Auch Weiterleiten bricht diese Prüfung.
step-spf-fail-forwarded = { $domain } nennt den Server { $ip } nicht, wie es bei weitergeleiteter Post normal ist.
    .explanation = SPF für { $domain }: fail. { $ip } gehört nicht dem Absender, sondern dem, der weiterleitet. SPF sieht durch Weiterleitungen nicht hindurch; die Signatur schon.
step-spf-softfail = { $settled ->
        [yes] { $domain } sagt, dass der Server { $ip } wohl nicht zu ihm gehört, aber ein anderer Beweis entscheidet.
       *[no] { $domain } sagt, dass der Server { $ip } wohl nicht zu ihm gehört.
    }
    .explanation = SPF für { $domain }: softfail. Der Eintrag endet mit { $term }: alle anderen dürfen wohl nicht, aber allein deshalb soll nichts abgelehnt werden.
step-spf-neutral = { $domain } macht keine Aussage über den Server { $ip }.
    .explanation = SPF für { $domain }: neutral. { $term } heißt: der Inhaber sagt weder ja noch nein; das zählt wie kein Eintrag.
step-spf-none = { $domain } veröffentlicht keine Liste der Server, die in seinem Namen senden dürfen.
    .explanation = SPF für { $domain }: none. Es gibt keinen SPF-Eintrag, oder keine Domain, nach der man fragen könnte.
step-spf-temperror = Die Nameserver von { $domain } ließen sich gerade nicht fragen.
    .explanation = SPF für { $domain }: temperror. { $problem }
step-spf-permerror = Die Liste, die { $domain } veröffentlicht, ist fehlerhaft und zählt darum nicht.
    .explanation = SPF für { $domain }: permerror. { $problem }
phrase-record-end = das Ende des Eintrags
phrase-spf-fault-unanswered = Ein Nameserver hat nicht rechtzeitig geantwortet.
phrase-spf-fault-several_records = Es gibt mehrere SPF-Einträge, wo nur einer stehen darf.
phrase-spf-fault-syntax = Der Eintrag ist nicht so geschrieben, wie der Standard es verlangt: { $detail }.
phrase-spf-fault-no_target = Der Eintrag verweist auf einen Namen, der keinen SPF-Eintrag hat.
phrase-spf-fault-too_many_lookups = Der Eintrag verlangt mehr als die 10 erlaubten Abfragen.
phrase-spf-fault-too_many_voids = Mehr als 2 Namen im Eintrag führen ins Leere.
phrase-spf-fault-too_many_servers = Ein Name im Eintrag hat mehr als 10 Mailserver.
phrase-spf-fault-no_domain = Es gibt keinen Domainnamen, nach dem zu fragen wäre.
phrase-spf-syntax = { $domain }: { $why } (an Zeichen { $position })
phrase-spf-syntax-too_long = der Eintrag ist länger als { $limit } Oktette
phrase-spf-syntax-not_ascii = nur ASCII-Zeichen sind erlaubt
phrase-spf-syntax-no_version = der Eintrag beginnt nicht mit v=spf1 und einem Leerzeichen
phrase-spf-syntax-too_many_terms = der Eintrag hat mehr als { $limit } Teile
phrase-spf-syntax-twice = { $name }= steht zweimal da
phrase-spf-syntax-no_term = „{ $given }“ ist weder ein Mechanismus noch ein Modifikator
phrase-spf-syntax-not_one = „{ $given }“ ist nicht ein Mechanismus
phrase-spf-syntax-modifier_sign = vor einem Modifikator steht kein „{ $sign }“
phrase-spf-syntax-no_mechanism = den Mechanismus „{ $name }“ gibt es nicht
phrase-spf-syntax-no_mechanism_redirect = den Mechanismus „{ $name }“ gibt es nicht: es muss redirect= heißen
phrase-spf-syntax-all_argument = „all“ hat kein Argument
phrase-spf-syntax-domain_wanted = „{ $name }“ braucht eine Domain, nach einem Doppelpunkt
phrase-spf-syntax-prefix_here = eine Präfixlänge ist hier nicht erlaubt
phrase-spf-syntax-prefix = /{ $given } ist keine Präfixlänge von 0 bis { $bits }
phrase-spf-syntax-address_wanted = „{ $name }“ braucht eine Adresse, nach einem Doppelpunkt
phrase-spf-syntax-zone = eine Adresse in einem Eintrag hat keine Zone
phrase-spf-syntax-not_address = „{ $given }“ ist keine { $name }-Adresse
phrase-spf-syntax-invisible = nur sichtbare ASCII-Zeichen sind erlaubt
phrase-spf-syntax-percent = ein „%“ muss ein Makro wie %{"{"}d{"}"} beginnen oder zu %% %_ %- gehören
phrase-spf-syntax-letter_elsewhere = der Makrobuchstabe „{ $letter }“ ist nur in Erklärungen erlaubt
phrase-spf-syntax-no_letter = den Makrobuchstaben „{ $letter }“ gibt es nicht
phrase-spf-syntax-zero_parts = ein Makro kann nicht null Teile behalten
phrase-spf-syntax-name_missing = ein Domainname fehlt
phrase-spf-syntax-one_label = ein Domainname hat mindestens zwei Teile
phrase-spf-syntax-not_top = „{ $label }“ kann keine oberste Domain sein
phrase-spf-syntax-is_address = { $given } ist eine Adresse, kein Name: es muss ip4:{ $given } heißen

step-dkim-pass = { $relation ->
        [other] Die Signatur von { $domain } ist unversehrt. Das beweist { $domain }, nicht { $author }.
       *[own] Die Signatur von { $domain } (Schlüssel { $selector }) ist unversehrt: was sie umfasst, ist wie es war.
    }
    .explanation = DKIM von { $domain }, Selektor { $selector } ({ $algorithm }, { $bits } Bit): pass. Signierte Felder: { $headers }.
step-dkim-none = Es gibt keine Signatur.
    .explanation = DKIM: none. Die Nachricht trägt kein Feld DKIM-Signature.
step-dkim-fail = Die Signatur von { $domain } zählt nicht: { $why }.
    .explanation = DKIM von { $domain }, Selektor { $selector }: { $result }, denn { $why }.
step-dkim-fail-body_hash = Von { $domain } signiert, aber der Text wurde danach geändert.
    .explanation = DKIM von { $domain }, Selektor { $selector }: fail. Der Hash des Textes weicht ab: das tun Listen und Scanner, die etwas anhängen, und das tun Fälschungen.
step-dkim-fail-signature = Von { $domain } signiert, aber Absender, Betreff oder eine andere Zeile wurde danach geändert.
    .explanation = DKIM von { $domain }, Selektor { $selector }: fail. Der Text ist unversehrt, die signierten Felder ({ $headers }) sind es nicht, oder der Schlüssel ist ein anderer.
step-dkim-fail-expired = Die Signatur von { $domain } ist abgelaufen.
    .explanation = DKIM von { $domain }, Selektor { $selector }: { $result }. Sie galt bis zur Zeit in x=.
step-dkim-fail-key = Die Signatur von { $domain } lässt sich nicht prüfen: { $why }.
    .explanation = DKIM von { $domain }, Selektor { $selector }: { $result }, denn { $why }.
step-dkim-temperror = Der Schlüssel zur Signatur von { $domain } ließ sich gerade nicht holen.
    .explanation = DKIM von { $domain }, Selektor { $selector }: temperror. Sein Nameserver hat nicht rechtzeitig geantwortet.
step-dkim-partial = Nur der Anfang ist von { $domain } signiert. Diese Signatur beachten wir nicht.
    .explanation = DKIM von { $domain }, Selektor { $selector }: l={ $limit } lässt { $unsigned } Oktette unsigniert: dort kann alles stehen.

reason-tag_syntax = sie ist nicht so geschrieben, wie der Standard es verlangt
reason-tag_missing = etwas fehlt, das sie nennen muss
reason-version = sie ist von einer Version, die es nicht gibt
reason-algorithm_unknown = sie ist auf eine Weise gemacht, die hier niemand kennt
reason-algorithm_weak = sie ist auf eine Weise gemacht, die sich heute fälschen lässt
reason-canonicalisation = ihre Art, Text zu vergleichen, ist nicht bekannt
reason-query_method = sie nennt keinen bekannten Weg zu ihrem Schlüssel
reason-domain = ihre Domain ist kein Domainname
reason-identity = die Identität, die sie nennt, gehört nicht zu ihrer Domain
reason-from_not_signed = sie umfasst die Adresse des Absenders nicht
reason-arc_seal_signed = sie umfasst ein Siegel, was sie nicht darf
reason-expired = sie ist abgelaufen
reason-future = sie trägt ein Datum in der Zukunft
reason-key_missing = ihr Schlüssel ist nicht veröffentlicht
reason-key_unavailable = ihr Schlüssel ließ sich nicht holen
reason-key_revoked = ihr Schlüssel wurde widerrufen
reason-key_syntax = ihr Schlüssel ist nicht so geschrieben, wie der Standard es verlangt
reason-key_version = ihr Schlüssel ist von einer anderen Version
reason-key_type = ihr Schlüssel ist von anderer Art
reason-key_hash = ihr Schlüssel gilt nicht für diesen Hash
reason-key_service = ihr Schlüssel ist nicht für Mail
reason-key_domain = ihr Schlüssel gilt nicht für diese Identität
reason-key_too_short = ihr Schlüssel ist zu kurz, um etwas zu beweisen
reason-key_too_long = ihr Schlüssel ist länger, als irgendjemand braucht
reason-body_length = der Text ist kürzer als das, was signiert wurde
reason-body_hash = der Text wurde nach dem Signieren geändert
reason-signature = etwas, das sie umfasst, wurde nach dem Signieren geändert
reason-header_too_large = die Zeilen über dem Text sind zu lang zum Lesen
reason-not_evaluated = es gibt zu viele Signaturen
reason-structure = die Kette hat eine Lücke
reason-cv = die Kette war schon vorher gebrochen
reason-too_many = die Kette ist zu lang

step-dmarc-pass = Die Adresse, die zu sehen ist, bei { $domain }, ist durch { $by } bewiesen.
    .explanation = DMARC für { $domain }: pass, im Einklang mit { $by_technical }. Veröffentlichte Policy: { $policy }.
step-dmarc-fail = Nichts beweist die Adresse, die zu sehen ist; { $domain } wünscht dann: { $policy_words }.
    .explanation = DMARC für { $domain }: fail. Weder SPF noch DKIM gelten für { $domain } oder seine Organisation { $org }. Veröffentlichte Policy: { $policy }.
step-dmarc-none = { $domain } hat nicht gesagt, was mit Post geschehen soll, die die Prüfungen nicht besteht.
    .explanation = DMARC für { $domain }: none. Auf dem Weg durch den Baum fand sich kein Eintrag.
step-dmarc-temperror = Was { $domain } wünscht, ließ sich gerade nicht erfragen.
    .explanation = DMARC für { $domain }: temperror. Ein Nameserver hat nicht rechtzeitig geantwortet.
step-dmarc-permerror = Wessen Adresse das ist, lässt sich nicht sagen.
    .explanation = DMARC: permerror. From enthält nicht genau eine brauchbare Domain des Absenders.
phrase-proof-spf = seinen Server
phrase-proof-dkim = seine Signatur
phrase-proof-both = seinen Server und seine Signatur
phrase-wish-none = nichts
phrase-wish-quarantine = als verdächtig behandeln
phrase-wish-reject = ablehnen

step-arc-pass = Sie wurde weitergegeben von { $sealers }, deren Siegel unversehrt sind.
    .explanation = ARC: pass, { $count ->
        [one] ein Satz
       *[other] { $count } Sätze
    }, gesiegelt von { $sealers }; unverändert seit Satz { $oldest_pass } (0: seit dem ersten). Das sagt, durch wessen Hände sie ging, nicht dass diese ehrlich sind.
step-arc-fail = Sie wurde weitergegeben von { $sealers }, aber ein Siegel passt nicht.
    .explanation = ARC: fail bei Satz { $instance }, denn { $why }. Die Kette zählt nichts.
step-arc-temperror = Sie wurde weitergegeben von { $sealers }; deren Siegel ließen sich gerade nicht prüfen.
    .explanation = ARC: der Schlüssel von Satz { $instance } ließ sich nicht holen.
step-arc-stranger = { $sealer }, hier nicht bekannt, sagt, dass sie bei der Ankunft in Ordnung war.
    .explanation = { $sealer } hat { $said } gesiegelt. Wir haben keinen Grund, das zu glauben: das Siegel gehört zu keinem, der hier bekannt ist.
step-override-sealer = { $by } sagt, dass sie bei der Ankunft passte, und wir glauben diesem Server.
    .explanation = Ausnahme für { $domain }: { $by } ist hier als Siegelnder bekannt und hat { $said } notiert.
step-override-network = Der Server { $by } ist hier als Weiterleiter bekannt, darum machten wir eine Ausnahme.
    .explanation = Ausnahme für { $domain }: { $by } liegt in einem Netz bekannter Weiterleiter.
step-override-list = Sie kam durch die Mailingliste { $by }, die hier bekannt ist.
    .explanation = Ausnahme für { $domain }: die bekannte Liste { $by } hat die Nachricht signiert.
step-list-rewritten = Die Mailingliste { $list } hat ihre eigene Adresse an die Stelle von { $author } gesetzt, damit die Prüfungen gelingen.
    .explanation = List-Id { $list }: From ist die eigene Domain der Liste, { $domain }, während { $field } { $author } nennt. Nichts beweist diese andere Adresse.

step-looks-name = Der Name sagt { $claimed }, die wirkliche Adresse ist { $real }.
    .explanation = Der Anzeigename in From enthält die Adresse { $claimed }; Mailprogramme, die nur Namen zeigen, führen damit in die Irre. Die Adresse ist { $real }.
step-looks-like = { $domain } ist nicht { $own }, auch wenn es so aussieht.
    .explanation = Die Domain { $domain } des Absenders weicht von unserer eigenen { $own } ab durch { $how }.
step-looks-known = { $name } ist bekannt, aber mit einer anderen Adresse als { $real }.
    .explanation = Ein Kontakt heißt { $name }, wie es in From steht, und keine seiner Adressen ist { $real }. Namen kann jeder schreiben.
step-looks-ours = Sie gibt vor, von { $domain } zu sein, unserer eigenen Domain, kam aber von außen.
    .explanation = From nennt unsere eigene Domain { $domain }, der Client ist keiner der unseren, und weder SPF noch DKIM beweisen sie.
phrase-how-confusable = Zeichen, die gleich aussehen
phrase-how-edit = ein einziges Zeichen
