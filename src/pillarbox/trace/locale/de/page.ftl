question-spf = Darf dieser Server für { $domain } senden?
question-dkim = { $domain ->
        [none] Gibt es eine Signatur?
       *[other] Ist die Signatur von { $domain } unversehrt?
    }
question-dmarc = Passt davon etwas zu der Adresse, die Sie sehen?
question-arc = Hat sie jemand weitergegeben, der sagt, wie sie ankam?

answer-yes = Ja
answer-no = Nein
answer-probably-not = Wohl nicht
answer-no-answer = Keine Antwort
answer-nothing = Nichts ist veröffentlicht
answer-no-signature = Es gibt keine
answer-partly = Nur zum Teil
answer-not-known = Ließ sich nicht fragen
answer-yes-broken = Ja, aber ein Siegel passt nicht

asked-some = Wir fragten nach { $name } { $type } und erhielten: { $records } ({ $ttl } s gültig, signiert: { $signed ->
        [yes] ja
       *[no] nein
    }).
asked-none = Wir fragten nach { $name } { $type }: so etwas gibt es nicht.
asked-failed = Wir fragten nach { $name } { $type } und bekamen keine Antwort.

again-same = { $name } { $type } ist, wie es war.
again-changed = { $name } { $type } hat sich seither geändert.
again-silent = Für { $name } { $type } antwortet gerade niemand.

claim-name = Jeder kann jeden Namen schreiben.
claim-address-both = Bewiesen durch Signatur und Server.
claim-address-signature = Bewiesen durch die Signatur.
claim-address-server = Bewiesen durch den Server.
claim-address-signed-in = Der Absender ist hier angemeldet und darf diese Adresse benutzen.
claim-address-not = Nichts beweist sie.
claim-address-unchecked = Sie wurde nicht geprüft.
claim-return-pass = Der Server darf für { $domain } senden.
claim-return-fail = { $domain } sagt, dass dieser Server sie nicht benutzen darf.
claim-return-unknown = Nichts beweist sie.
claim-return-none = Es gibt keine, wie bei Meldungen üblich.
claim-reply-same = Dieselbe Adresse.
claim-reply-organisation = Bei derselben Organisation.
claim-reply-other = Eine andere Adresse; niemand hat sie geprüft.

recipient-delivered = Hier zugestellt.
recipient-accepted = { $encrypted ->
        [yes] Von { $host } angenommen, über eine verschlüsselte Verbindung.
       *[no] Von { $host } angenommen, über eine unverschlüsselte Verbindung.
    }
recipient-queued = Wartet auf das Senden.
recipient-again = Noch nicht angenommen; wir versuchen es wieder.
recipient-no-more = Nicht angenommen, und die Frist ist vorbei.
recipient-refused = Abgelehnt: { $meaning }
recipient-expired = Niemand hat sie angenommen, und die Frist ist vorbei.
recipient-held = Zurückgehalten, bis Sie es anders sagen.
recipient-not-taken = Sie wurde nicht angenommen.
recipient-unknown = Darüber ist nichts bekannt.
recipient-passed-on-accepted = Weitergegeben und dort angenommen.
recipient-passed-on-queued = Soll weitergegeben werden; wartet auf das Senden.
recipient-passed-on-held = Soll weitergegeben werden; zurückgehalten.
recipient-passed-on-failed = Sie ließ sich nicht weitergeben.

for-sender = { $name ->
        [none] Ihre Nachricht
       *[other] Ihre Nachricht „{ $name }“
    } vom { $date } an { $recipient } hat unser Server abgelehnt; er sagte: { $reply }


phrase-security-dane = Geht verschlüsselt an { $domain }, und nur an einen Server, dessen Zertifikat { $domain } selbst nennt.
phrase-security-mta-sts = Geht verschlüsselt an { $domain }, und nur an Server, die ihren Namen beweisen.
phrase-security-tls-demanded = Geht verschlüsselt an { $domain } oder gar nicht; wer sie dort annimmt, ist nicht bewiesen.
phrase-security-tls-before = Ihre letzte Nachricht an diese Adresse ging verschlüsselt; dass es die nächste tut, gewährleistet niemand.
phrase-security-none = Geht verschlüsselt, wenn der Server von { $domain } es anbietet; gewährleistet ist das nicht.
phrase-security-none-before = Ihre letzte Nachricht an diese Adresse war unterwegs nicht verschlüsselt; der Server von { $domain } bot nichts an.
phrase-security-testing = Geht verschlüsselt, wenn der Server von { $domain } es anbietet; { $domain } erprobt seine Regeln dafür erst.
phrase-security-local = Bleibt auf diesem Server.
phrase-security-unknown = Es ließ sich gerade nicht herausfinden, wie { $domain } seine Post schützt.
phrase-security-no-such-domain = Die Domain { $domain } gibt es nicht. Prüfen Sie die Schreibweise.
phrase-security-no-mail = { $domain } nimmt keine Post an.
phrase-security-no-such-mailbox = Ein Postfach { $address } gibt es hier nicht. Prüfen Sie die Schreibweise.
phrase-security-not-an-address = An diese Adresse lässt sich keine Post senden.
