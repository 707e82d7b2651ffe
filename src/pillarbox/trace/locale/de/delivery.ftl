# Wohin sie ging.

step-route-account = Die Adresse { $recipient } ist das Konto { $account }.
    .explanation = { $recipient } ist das Konto { $account }{ $detail ->
        [none] {""}
       *[other] , Unteradresse { $detail }
    }.
step-route-alias = Die Adresse { $recipient } steht für { $targets }.
    .explanation = { $recipient } ist ein Alias für { $targets }.
step-route-catchall = Post an unbekannte Namen bei dieser Domain geht an { $targets }.
    .explanation = { $recipient } ist unbekannt; der Auffangname seiner Domain ist { $targets }.
step-route-forward = Sie wird an { $target } weitergegeben.
    .explanation = Weitergeleitet an { $target } mit der Rückadresse { $sender }, damit der andere Server uns, die wir senden, in SPF findet (SRS).
step-route-forward-unchanged = Sie wird an { $target } weitergegeben.
    .explanation = Weitergeleitet an { $target } mit der Rückadresse { $sender }, wie sie war.
step-route-return = Sie geht zurück an { $target }, von dem kam, worum es geht.
    .explanation = Der Empfänger ist eine Rückadresse, die wir geschrieben haben (SRS); sie führt zurück zu { $target }.
step-route-forward-junk = Sie wird nicht an { $targets } weitergegeben, denn wir halten sie für Spam.
    .explanation = Nicht weitergeleitet an { $targets }: { $because }. Was wir weitergeben, halten andere uns vor.
step-route-unknown = Ein Postfach { $recipient } gibt es hier nicht.
    .explanation = { $recipient } ist weder Konto noch Alias, und kein Auffangname passt.
step-filed = Zugestellt in { $mailbox } von { $account }.
    .explanation = Abgelegt in { $mailbox } von { $account } als UID { $uid }.
step-own-muted = Sie haben diese Unterhaltung stummgeschaltet, darum ging sie am Posteingang vorbei.
    .explanation = { $account } hat den Thread stummgeschaltet ($muted): abgelegt in { $mailbox }, ungelesen.
step-own-blocked = Sie haben { $sender } gesperrt, darum kam sie in den Spam-Ordner.
    .explanation = { $account } sperrt die Adresse in From, { $sender }: abgelegt in { $mailbox }. Die Adresse wurde verglichen, nicht bewiesen.
step-vacation = Sie sind abwesend: { $sender } bekommt Ihre Antwort.
    .explanation = { $account } ist abwesend (VacationResponse): Eine automatische Antwort geht an die Rücksendeadresse { $sender }; an niemanden mehr als einmal in sieben Tagen.
step-vacation-none = Sie sind abwesend, aber { $sender ->
        [none] darauf geht
       *[other] an { $sender } geht
    } keine Antwort: { $why }.
    .explanation = { $account } ist abwesend (VacationResponse); keine automatische Antwort an { $sender }: { $why }.
phrase-unanswered-no-return = die Nachricht hat keine Rücksendeadresse
phrase-unanswered-nobody = unter dieser Adresse liest niemand
phrase-unanswered-program = ein Programm hat die Nachricht geschrieben
phrase-unanswered-bulk = sie ging an viele
phrase-unanswered-list = sie kam über eine Mailingliste
phrase-unanswered-asked = sie bittet darum, nicht automatisch beantwortet zu werden
phrase-unanswered-doubted = der Absender ist zweifelhaft, und die Antwort könnte jemand anderen treffen
phrase-unanswered-own = Sie haben sie selbst gesendet
phrase-unanswered-not-named = Ihre Adresse steht nicht unter denen, an die sie geschrieben ist
phrase-unanswered-many = es gingen schon zu viele Antworten hinaus
phrase-unanswered-again = der Absender bekam in den letzten sieben Tagen schon eine

step-signed = Für { $domain } signiert, damit andere sehen, dass sie unversehrt ist.
    .explanation = DKIM-Signatur hinzugefügt: { $domain }, Selektor { $selector }, { $algorithm }.
step-sealed = Von { $domain } gesiegelt, damit andere sehen, was wir gefunden haben.
    .explanation = ARC-Satz { $instance } hinzugefügt: { $domain }, Selektor { $selector }, cv={ $cv }.
step-sealed-not = Sie wurde ohne Siegel weitergegeben: { $problem }.
    .explanation = Es wurde kein ARC-Satz hinzugefügt: { $problem }.
phrase-no-sealing-key = { $domain } hat keinen Schlüssel, der signiert
phrase-chain-key-unavailable = ein Schlüssel der Kette ließ sich nicht holen
step-unsigned = Eine Signatur für { $domain } blieb weg, denn niemand hätte sie prüfen können.
    .explanation = Der Schlüssel { $selector } von { $domain } hat nicht signiert: sein Eintrag steht nicht im DNS. Siehe: pillarbox domain dkim status { $domain }.
step-queued = Wartet auf das Senden an { $recipients }.
    .explanation = In der Warteschlange für { $recipients }.
step-held = Sie wird für { $recipients } zurückgehalten, wie Sie es wollten.
    .explanation = In der Warteschlange für { $recipients } angehalten bis { $until }: Rückgängig oder ein späterer Zeitpunkt war gewünscht.
step-released = Sie ist nun auf dem Weg zu { $recipients }.
    .explanation = In der Warteschlange für { $recipients } freigegeben.
step-signin-web = { $account } hat sie von hier gesendet.
    .explanation = { $account } war angemeldet und hat sie über JMAP übergeben.
step-canceled = Sie haben sie zurückgezogen, bevor sie gesendet wurde.
    .explanation = Zurückgezogen, während sie angehalten war; sie ging an niemanden.
step-mx = Post für { $domain } nimmt { $hosts } an.
    .explanation = MX von { $domain }: { $hosts }.
step-attempt-tls = Die Verbindung zu { $host } war verschlüsselt.
    .explanation = { $host } [{ $ip }]: { $version }, { $cipher }; Zertifikat { $certificate }.
phrase-certificate-verified = geprüft, ausgestellt von { $issuer }
phrase-certificate-self-signed = nicht prüfbar (selbst ausgestellt)
phrase-certificate-wrong-name = nicht prüfbar (für einen anderen Namen)
phrase-certificate-expired = nicht prüfbar (abgelaufen)
phrase-certificate-unknown-authority = nicht prüfbar (von einer unbekannten Stelle ausgestellt)
phrase-certificate-unreadable = nicht prüfbar (nicht lesbar)
phrase-certificate-none = nicht gesendet
step-attempt-plain = Die Verbindung zu { $host } war nicht verschlüsselt, denn er bietet keine Verschlüsselung an.
    .explanation = { $host } [{ $ip }] bietet kein STARTTLS an.
step-attempt-plain-failed = Die Verbindung zu { $host } war nicht verschlüsselt, denn dessen Verschlüsselung misslang.
    .explanation = Die Verbindung zu { $host } [{ $ip }] war nicht verschlüsselt: { $problem }.
step-attempt-rewritten = { $host } nimmt nur einfache Zeichen, darum wurde der Text für ihn in anderer Form geschrieben.
    .explanation = { $host } [{ $ip }] bietet kein 8BITMIME an: die Nachricht wurde für ihn neu kodiert (quoted-printable, base64). Sie sagt dasselbe, Signaturen passen nicht mehr.
step-attempt-unreached = { $host } war nicht zu gebrauchen, darum wurde der nächste Server versucht.
    .explanation = { $host } [{ $ip }]: { $problem }
step-attempt-accepted = { $host } hat sie für { $recipient } angenommen. Was danach geschieht, weiß nur { $host }.
    .explanation = { $host } [{ $ip }] antwortete { $reply } für { $recipient }.
step-attempt-deferred = { $host } nahm sie für { $recipient } jetzt nicht an; { $next ->
        [none] einen weiteren Versuch gibt es nicht
       *[other] der nächste Versuch ist um { $next }
    }.
    .explanation = { $host } [{ $ip }] antwortete { $reply } für { $recipient }; nächster Versuch: { $next ->
        [none] nie
       *[other] { $next }
    }.
step-attempt-refused = { $host } hat sie für { $recipient } abgelehnt: { $meaning }
    .explanation = { $host } [{ $ip }] antwortete { $reply } für { $recipient }. { $meaning }
step-attempt-refused-here = An { $recipient } lässt sie sich nicht senden: { $meaning }
    .explanation = { $reply }. { $meaning }
step-attempt-failed = Kein Server von { $domain } war für { $recipient } zu erreichen; { $next ->
        [none] einen weiteren Versuch gibt es nicht
       *[other] der nächste Versuch ist um { $next }
    }.
    .explanation = { $problem }; nächster Versuch: { $next ->
        [none] nie
       *[other] { $next }
    }.
step-expired = Wir haben { $recipient } nach { $hours ->
        [one] einer Stunde
       *[other] { $hours } Stunden
    } aufgegeben.
    .explanation = { $recipient }: die Frist der Warteschlange ist erreicht; letzte Antwort: { $reply }
step-notice = Eine Nachricht darüber ging an { $sender }.
    .explanation = Eine Zustellnachricht ({ $action }) wurde für { $sender } gemacht.
step-notice-none = Es wurde niemand benachrichtigt: { $why }.
    .explanation = Es wurde keine Zustellnachricht gemacht: { $why }.
phrase-no-return-address = die Nachricht hat keine Rückadresse
phrase-no-mailbox = ein Postfach { $address } gibt es hier nicht
phrase-no-room = { $address } hat keinen Platz dafür
phrase-notice-failed = gescheitert
phrase-notice-delayed = verspätet
phrase-notice-relayed = weitergegeben
step-tested = Ein Bericht über diese Nachricht ging an { $sender }.
    .explanation = Der Mailtester { $address } antwortete { $sender }, der bewiesen ist, mit dem Urteil.
step-tested-refused = Über diese Nachricht wurde nichts berichtet.
    .explanation = Der Mailtester antwortete { $sender } nicht: { $text }
