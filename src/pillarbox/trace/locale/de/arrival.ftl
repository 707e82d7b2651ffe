# Wie eine Nachricht hereinkam.

step-connect = Ein Server mit der Adresse { $ip } brachte diese Nachricht.
    .explanation = { $ip } ({ $rdns }) verband sich mit { $listener } und grüßte als { $helo }.
step-signin = { $account } hat diese Nachricht geschrieben und war hier angemeldet.
    .explanation = { $account } meldete sich von { $ip } mit { $mechanism } an und reichte die Nachricht ein.
step-signin-other = { $account } hat diese Nachricht geschrieben und war hier angemeldet.
    .explanation = { $account } meldete sich hier an und reichte die Nachricht ein.
step-local = Dieser Server hat diese Nachricht selbst geschrieben.
    .explanation = Die Nachricht entstand hier: { $what }.
step-tls = Die Verbindung, über die sie kam, war verschlüsselt.
    .explanation = Die Verbindung nutzte { $version } mit { $cipher }.
step-tls-none = Die Verbindung, über die sie kam, war nicht verschlüsselt.
    .explanation = Der Client verlangte kein TLS. Andere unterwegs konnten die Nachricht lesen.
step-envelope = Sie kam für { $recipients }.
    .explanation = Umschlag: von <{ $sender }> an { $recipients }; { $size } Oktette.
step-untested = Nichts wurde geprüft, denn dieses Netz braucht keine Prüfung.
    .explanation = { $ip } liegt in einem Netz, dessen Post nicht beurteilt wird (checks.trusted_networks).
step-loop = Sie lief im Kreis und wurde angehalten.
    .explanation = { $count } Received-Zeilen, { $limit } sind erlaubt: eine Schleife.
step-reply = { $class ->
        [2] Wir haben dem anderen Server gesagt, dass wir sie annehmen.
        [4] Wir haben dem anderen Server gesagt, dass er später wiederkommen soll, und warum.
       *[other] Wir haben dem anderen Server gesagt, dass wir sie ablehnen, und warum.
    }
    .explanation = Unsere Antwort: { $code } { $enhanced } { $text }

step-claimed-hop = Sie kam über { $by }, { $encrypted ->
        [yes] über eine verschlüsselte Verbindung
       *[no] und nichts sagt, dass die Verbindung verschlüsselt war
    }.{ $gap ->
        [waited] {" "}Davor lag sie { $amount } { $unit }.
        [clock] {" "}Die Uhren weichen um { $amount } { $unit } voneinander ab.
       *[no] {""}
    }
    .explanation = Eine Received-Zeile sagt: von { $from } durch { $by } mit { $with }. Wir haben das nicht gesehen.

step-boundary = Was darüber steht, sagen andere; was folgt, haben wir selbst gesehen.{ $gap ->
        [waited] {" "}Der letzte von ihnen behielt sie { $amount } { $unit }.
        [clock] {" "}Seine Uhr und unsere weichen um { $amount } { $unit } voneinander ab.
       *[no] {""}
    }
    .explanation = Die Grenze: die Received-Zeilen darüber haben andere Server geschrieben, oder wer die Nachricht geschickt hat; sie können erfunden sein.

phrase-no-reverse-name = kein passender Rückwärtsname
phrase-nobody = niemand, der sich lesen lässt
phrase-unnamed = (ohne Namen)
phrase-local-security = eine Nachricht zur Sicherheit von { $account }
phrase-local-vacation = die Antwort von { $account }, zurzeit abwesend, auf die Nachricht der Spur { $trace }
phrase-local-notice = eine Zustellnachricht zur Nachricht der Spur { $trace }
phrase-local-verdict = das Urteil über die Nachricht der Spur { $trace }
phrase-local-report-dmarc = der DMARC-Bericht für { $domain } über { $day }
phrase-local-report-tls = der Bericht über Verschlüsselung für { $domain } über { $day }
unit-s = { $amount ->
        [one] Sekunde
       *[other] Sekunden
    }
unit-min = { $amount ->
        [one] Minute
       *[other] Minuten
    }
unit-h = { $amount ->
        [one] Stunde
       *[other] Stunden
    }
unit-d = { $amount ->
        [one] Tag
       *[other] Tage
    }
claimed = Nach Angabe anderer:
