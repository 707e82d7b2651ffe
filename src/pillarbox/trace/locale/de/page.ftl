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

