# Was die Antwort eines anderen Servers bedeutet.

reply-blocklist = Sie benutzen eine Liste unerwünschter Absender, die unseren Server nennt{ $link ->
        [none] {""}
       *[other] {" "}({ $link })
    }.
reply-tls = Sie nehmen nur verschlüsselte Zustellung an, und unser Angebot wurde abgelehnt.
reply-greylist = Ihr Server bittet neue Absender, in einigen Minuten wiederzukommen.
reply-full = Das Postfach von { $recipient } ist voll.
reply-disabled = Das Postfach von { $recipient } gibt es, aber es nimmt zur Zeit keine Post an.
reply-moved = Das Postfach { $recipient } ist umgezogen.
reply-null_mx = Die Domain { $domain } nimmt überhaupt keine Post an und sagt das auch.
reply-no_domain = Die Domain { $domain } gibt es nicht.
reply-no_mailbox = Bei { $domain } gibt es kein Postfach { $localpart }@.
reply-bad_recipient = Ihr Server versteht die Adresse { $recipient } nicht.
reply-sender_domain = Ihr Server nimmt die Adresse des Absenders nicht an.
reply-reverse = Die Netzadresse unseres Servers hat keinen passenden Rückwärtsnamen.
reply-unproven = Sie glauben nicht, dass die Post von { $sender_domain } ist.
reply-rate = Ihr Server findet, dass wir zu viel auf einmal senden.
reply-too_big = Die Nachricht ist zu groß für ihren Server.
reply-eight_bit = Ihr Server kann keine Nachrichten mit Zeichen jenseits von ASCII annehmen.
reply-utf8_address = Ihr Server kennt keine Adressen oder Kopfzeilen mit Zeichen jenseits von ASCII.
reply-content = Ihr Server hat den Inhalt der Nachricht abgelehnt oder für Spam gehalten.
reply-relay = Ihr Server sagt, dass er für { $domain } nicht zuständig ist.
reply-loop = Die Nachricht liefe im Kreis: die Server von { $domain } verweisen aufeinander.
reply-no_server = Die Domain { $domain } hat keinen Server, der Post annimmt.
reply-dns = Die Nameserver von { $domain } antworteten nicht, darum ist sein Mailserver nicht bekannt.
reply-silent = Ihr Server antwortet nicht.
reply-expired = Ihr Server konnte sie in der ganzen Zeit, in der wir es versuchten, nicht annehmen.
reply-many = Ihr Server nimmt weniger Empfänger auf einmal.
reply-policy = Die Regeln ihres Servers erlauben es nicht.
reply-system = Ihr Server hat selbst ein Problem.
reply-later = Ihr Server hat sie nicht angenommen, vielleicht tut er es später.
reply-refused = Ihr Server hat sie abgelehnt.
reply-tls_policy = Die Domain { $domain } verlangt bewiesene Verschlüsselung, und ihr Server hat sich nicht ausgewiesen. Darum wurde die Nachricht nicht übergeben.
