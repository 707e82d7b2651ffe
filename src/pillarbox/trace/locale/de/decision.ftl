# Die fünf Urteile, und was wir entschieden haben.

verdict-proven = Das kommt wirklich von { $domain }.
verdict-via = { $via ->
        [none] Das kommt wirklich von { $domain }, weitergegeben von einem anderen Server.
       *[other] Das kommt wirklich von { $domain }, weitergegeben von { $via }.
    }
verdict-unproven = Ob das von { $domain } kommt, lässt sich nicht sagen.
verdict-vouched = Das kommt über { $via }, hier bekannt, und gibt an, von { $domain } zu sein.
verdict-misfit = Etwas passt nicht: { $reason }.
verdict-forged = Das kommt nicht von { $domain }. Die Adresse ist gefälscht.
verdict-signed-in = Das ist von { $account }, hier angemeldet.
verdict-ours = Dieser Server hat es selbst geschrieben.
verdict-internal = Das ist von { $account }, hier angemeldet. Es hat diesen Server nie verlassen.

step-decision-accept = Wir haben sie angenommen: { $because }.
    .explanation = Entscheidung: annehmen, denn { $because }.
step-decision-junk = Wir haben sie zum Spam gelegt: { $because }.
    .explanation = Entscheidung: zum Spam legen, denn { $because }.
step-decision-refuse = Wir haben sie abgelehnt: { $because }.
    .explanation = Entscheidung: in der Sitzung mit { $code } { $enhanced } ablehnen, denn { $because }.
step-decision-defer = Wir haben den Absender gebeten, später wiederzukommen: { $because }.
    .explanation = Entscheidung: später noch einmal, mit { $code } { $enhanced }, denn { $because }.

phrase-proven-both = Server und Signatur beweisen beide den Absender
    .detail = Signiert von { $domain } und gesendet von einem Server, den { $domain } erlaubt. Das sagt, wer sie gesendet hat, nicht dass ihr Inhalt ehrlich ist.
phrase-proven-server = der Server beweist den Absender
    .detail = Gesendet von einem Server, den { $domain } erlaubt. Das sagt, wer sie gesendet hat, nicht dass ihr Inhalt ehrlich ist.
phrase-proven-signature = die Signatur beweist den Absender
    .detail = Signiert von { $domain } und seitdem unverändert. Das sagt, wer sie gesendet hat, nicht dass ihr Inhalt ehrlich ist.
phrase-forwarded = die Signatur von { $domain } ist unversehrt, wie sie es beim Weiterleiten bleibt
    .detail = Der Server, der sie brachte, gehört nicht zu { $domain }, wie es beim Weiterleiten üblich ist. Die Signatur ist unversehrt, unterwegs wurde also nichts geändert.
    .line = weitergegeben von { $via }
    .advice = Ist das die eigene Weiterleitung, kann die Verwaltung dieses Servers sie bekannt machen; dann zählt ihre Post auch, wenn Signaturen brechen.
phrase-dmarc-reject = nichts beweist, dass sie von { $domain } ist, und { $domain } bittet, solche Post abzulehnen
    .detail = { $domain } bittet alle, solche Post abzulehnen, und das haben wir getan.
    .advice = Es ist nichts zu tun. Wurde diese Nachricht erwartet, muss der Absender den Fehler beheben.
phrase-failed = { $reason }; { $wish }
    .detail = Wir haben sie zum Spam gelegt, denn { $wish }.
phrase-altered-body = { $domain } hat sie signiert, aber der Text wurde danach geändert
    .line = nach dem Signieren geändert
    .advice = Wurde sie nicht erwartet, erst auf anderem Weg beim Absender nachfragen, dann antworten.
phrase-altered-header = { $domain } hat sie signiert, aber etwas wurde danach geändert
    .line = nach dem Signieren geändert
    .advice = Wurde sie nicht erwartet, erst auf anderem Weg beim Absender nachfragen, dann antworten.
phrase-nothing-proves = nichts beweist, dass das von { $domain } ist
    .line = Absender nicht bestätigt
    .advice = Wurde sie nicht erwartet, erst auf anderem Weg beim Absender nachfragen, dann antworten.
phrase-wish-is-reject = { $domain } bittet, solche Post abzulehnen, aber unsere Einstellungen legen sie nur zum Spam
phrase-wish-is-quarantine = { $domain } bittet, solche Post als verdächtig zu behandeln
phrase-wish-is-none = { $domain } veröffentlicht keinen Wunsch, solche Post abzulehnen
phrase-wish-is-test-reject = { $domain } erprobt erst den Wunsch, dass solche Post abgelehnt wird
phrase-wish-is-test-quarantine = { $domain } erprobt erst den Wunsch, dass solche Post als verdächtig gilt
phrase-policy-unknown = die Nameserver von { $domain } ließen sich nicht fragen, sein Wunsch ist also nicht bekannt
    .detail = Wir haben den Absender gebeten, in einigen Minuten wiederzukommen.
phrase-never-sends = { $domain } sendet nie Post und sagt das selbst
    .detail = { $domain } sendet nie Post. Das sagt es selbst.
    .advice = Es ist nichts zu tun.
phrase-spf-softfail = { $spf_domain } bittet, wegen eines wahrscheinlichen Nein nicht abzulehnen
    .detail = { $spf_domain } nennt seine Server, dieser ist nicht dabei, und { $spf_domain } selbst sagt: vorsichtig sein, aber nicht ablehnen. Oft ist das ein neues Webformular oder ein Newsletter-Dienst, den jemand einzutragen vergaß.
    .line = Absender nicht bestätigt
    .advice = Wer den Absender kennt, kann ihm sagen, dass dieser Server in seiner Liste fehlt.
phrase-spf-neutral = { $spf_domain } macht keine Aussage über diesen Server
    .detail = Der Inhaber von { $spf_domain } nennt einige Server und sagt nichts über alle anderen.
    .line = Absender nicht bestätigt
phrase-spf-temperror = { $spf_domain } ließ sich nicht fragen, was nichts beweist
    .detail = Die Nameserver von { $spf_domain } ließen sich gerade nicht fragen. Wir haben die Nachricht trotzdem angenommen.
    .line = Absender nicht bestätigt
phrase-spf-permerror = die Liste von { $spf_domain } ist fehlerhaft und zählt nicht
    .detail = Was { $spf_domain } veröffentlicht, ist fehlerhaft und zählt darum nicht. Der Inhaber sollte es richtigstellen.
    .line = Absender nicht bestätigt
    .advice = Wer den Absender kennt, kann ihm sagen, dass die Liste seiner Server fehlerhaft ist.
phrase-spf-none = { $spf_domain ->
        [none] der Absender veröffentlicht nichts, was sich prüfen ließe
       *[other] { $spf_domain } veröffentlicht nichts, was sich prüfen ließe
    }
    .detail = Der Inhaber hat nichts veröffentlicht, was wir prüfen könnten. Das ist bei kleinen Domains üblich und für sich kein schlechtes Zeichen; es heißt auch, dass jeder die Adresse benutzen könnte.
    .line = Absender nicht bestätigt
phrase-signature-unusable = { $domain } hat sie signiert, aber die Signatur zählt nicht: { $why }
    .detail = Sie ist von { $domain } signiert, aber die Signatur zählt nicht: { $why }. Sonst beweist nichts den Absender.
    .line = Absender nicht bestätigt
phrase-signed-partly = sie umfasst nur den Anfang des Textes
phrase-spf-pass = der Server darf für { $spf_domain } senden, was ein anderer Name ist
    .detail = Der Server darf für { $spf_domain } senden. Das sagt nichts über die Adresse, die zu sehen ist.
    .line = Absender nicht bestätigt
phrase-spf-fail = { $domain } sagt, dass dieser Server nicht in seinem Namen senden darf
    .detail = Entweder ist sie gefälscht, oder jemand hat sie unbedacht weitergeleitet. Keine Signatur zeigt, dass sie nur weitergeleitet wurde.
    .line = von einem Server, den { $domain } nicht erlaubt
    .advice = Wer den Absender kennt, kann ihm sagen, dass dieser Server in seiner Liste fehlt. Sonst ist ihr nicht zu glauben.
phrase-vouched-sealer = { $by } ist hier bekannt, und sein Siegel sagt, dass bei der Ankunft alles in Ordnung war
    .detail = Unterwegs wurde etwas geändert, darum passt die Signatur des Absenders nicht mehr. { $by } bestätigt mit seinem Siegel, dass sie bei der Ankunft passte. Wir glauben diesem Server; sonst beweist nichts den Absender.
    .line = über { $via }
    .advice = Die Verwaltung dieses Servers kann aufhören, ihm zu glauben.
phrase-vouched-network = der Server { $by } ist hier als Weiterleiter bekannt
    .detail = Der Server ist hier als Weiterleiter bekannt; sonst beweist nichts den Absender.
    .line = weitergegeben von { $via }
phrase-vouched-list = sie kam durch die Mailingliste { $by }, die hier bekannt ist und sie signiert hat
    .detail = Die Liste hat die Nachricht geändert, darum passt die Signatur des Absenders nicht mehr. Die Liste hat signiert, was sie sandte; sonst beweist nichts den Absender.
    .line = über die Liste { $via }
    .advice = Die Verwaltung dieses Servers kann aufhören, dieser Liste zu glauben.
phrase-stranger = { $reason }; { $sealer }, hier nicht bekannt, sagt, dass sie bei der Ankunft in Ordnung war
    .detail = Ein Server, den wir nicht kennen ({ $sealer }), sagt, dass sie bei der Ankunft in Ordnung war. Wir haben noch keinen Grund, das zu glauben.
phrase-no-author-many = sie sagt nicht, wessen sie ist: mehrere Adressen verschiedener Domains stehen in From
phrase-no-author-empty = sie sagt nicht, wessen sie ist: From ist leer
phrase-no-author-name = sie sagt nicht, wessen sie ist: die Adresse in From hat keine Domain, die es geben kann
phrase-no-author-fields = sie sagt nicht, wessen sie ist: es gibt { $count } verschiedene From-Felder
phrase-name-is-address = der Name sagt { $claimed }, die wirkliche Adresse ist { $real }
    .line = der Name ist eine andere Adresse
    .advice = Erst auf anderem Weg nachfragen, dann antworten.
phrase-lookalike = { $domain } ist nicht { $own }, auch wenn es so aussieht
    .line = sieht aus wie { $own } und ist es nicht
    .advice = Erst auf anderem Weg nachfragen, dann antworten.
phrase-known-name = { $name } ist bekannt, aber mit einer anderen Adresse
    .line = nicht die Adresse aus den Kontakten
    .advice = Erst auf anderem Weg nachfragen, dann antworten.
phrase-claims-ours = sie gibt vor, von { $domain } zu sein, unserer eigenen Domain, kam aber von außen
    .detail = Sie gibt vor, von { $domain } zu sein, der eigenen Domain, kam aber von außen, und nichts beweist es.
    .line = gibt vor, von hier zu sein
    .advice = Nicht antworten. Sendet ein eigener Dienst in diesem Namen, muss seine Post signiert werden.

action-delivered = Zugestellt
action-junked = Zum Spam gelegt
action-refused = Abgelehnt
action-deferred = Soll später wiederkommen
action-queued = Wartet auf das Senden
action-relayed = Vom anderen Server angenommen
action-answered = Geprüft und beantwortet
action-bounced = An den Absender zurück
action-none = Unterwegs

unknown = Etwas ist geschehen, wofür es noch keine Worte gibt.
    .explanation = Schritt { $key }: { $params }

# Was vorher kam; gesagt, wenn eine Spur gelesen wird.

earlier-none = Das ist die erste Nachricht von dieser Adresse, von der die aufbewahrten Spuren wissen.
earlier-some = { $count ->
        [one] Eine Nachricht von dieser Adresse kam vorher, am { $since }.
       *[other] { $count } Nachrichten von dieser Adresse kamen vorher, seit { $since }.
    }
earlier-more = Mehr als { $count } Nachrichten von dieser Adresse kamen vorher.

subject = Betreff: { $subject }
