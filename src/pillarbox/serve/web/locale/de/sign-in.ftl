# Die Seite zum Anmelden, und was sie sagt, wenn etwas nicht stimmt.

title = Anmelden
heading = Anmelden
address = E-Mail-Adresse
password = Passwort
show-password = Passwort anzeigen
stay = Auf diesem Gerät angemeldet bleiben
stay-hint = Nicht auf einem Gerät, das auch andere benutzen.
button = Anmelden
passkey = Mit einem Passkey anmelden
or = oder
code-title = Code eingeben
code = Code
code-hint = Sechs Ziffern aus der Authenticator-App, oder ein Wiederherstellungscode.
code-button = Weiter
again = Von vorn beginnen
link-title = Als { $address } anmelden?
link-hint = Dieser Link gilt einmal. Nur weitermachen, wenn er angefordert wurde.
link-button = Als { $address } anmelden
other-account = Mit einem anderen Konto anmelden
out-title = Abmelden
out-hint = Nachrichten, die auf diesem Gerät liegen, werden entfernt.
out-button = Abmelden
out-done = Die Abmeldung war erfolgreich.
stay-in = Zurück zur Post

error = { $kind ->
    [wrong] E-Mail-Adresse oder Passwort stimmt nicht. Schreibweise prüfen, und ob die Feststelltaste an ist.
    [code] Dieser Code stimmt nicht oder wurde schon benutzt. Auf den nächsten warten und prüfen, ob die Uhr des Telefons richtig geht.
    [limited] Zu viele Versuche. Einige Minuten warten, dann noch einmal versuchen.
    [over] Das hat zu lange gedauert, oder zu viele Codes waren falsch. Noch einmal mit dem Passwort beginnen.
    [link] Dieser Link wurde schon benutzt oder ist abgelaufen. Einen neuen anfordern, oder mit dem Passwort anmelden.
    [passkey] Dieses Konto wird nur mit einem Passkey geöffnet. Dafür gibt es unten eine Schaltfläche.
    [passkey-wrong] Dieser Passkey ist hier nicht bekannt. Einen anderen benutzen, oder das Passwort.
    [origin] Das Formular kam von einer anderen Seite und wurde nicht angenommen. Hier noch einmal versuchen.
    [empty] Bitte beide Felder ausfüllen.
    [confirm] Erst bestätigen, dass die richtige Person hier sitzt.
    [session] Erst anmelden.
    [json] Die Anfrage ist nicht lesbar.
    [missing] Das gibt es nicht mehr.
    [many] Davon gibt es schon zu viele. Erst etwas entfernen.
    [exists] Das ist schon eingerichtet.
    [weak] Ein Passwort mit mindestens { $least } Zeichen wählen, das nicht die Adresse ist.
    [name] Einen Namen mit höchstens { $most } Zeichen angeben.
    [scopes] Mindestens eines auswählen, was damit erlaubt ist.
    [host] Passkeys brauchen einen Rechnernamen; diese Seite wurde über eine Nummer geöffnet.
   *[busy] Der Server kann das gerade nicht. In einer Minute noch einmal versuchen.
}
no-script = Passkeys brauchen JavaScript. Das Passwort geht auch ohne.
