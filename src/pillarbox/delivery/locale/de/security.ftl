# Die Nachricht darüber, was mit der Anmeldung eines Kontos geschah. Sie nennt nur, was wir selbst
# wissen: Namen und Programme stammen von dem, der es war.

subject = { $count ->
    [one] Sicherheit des Kontos: { $what }
   *[other] Sicherheit des Kontos: { $count } Änderungen
}
intro = Das geschah mit dem Konto { $address }:
from = von { $network }
server = durch die Verwaltung dieses Servers
yours = War das gewollt, ist nichts zu tun.
not-yours = Wenn nicht: im Webmail anmelden, ein anderes Passwort wählen, alle anderen Sitzungen beenden und unbekannte Passkeys und App-Passwörter entfernen. Geht das Anmelden nicht mehr, hilft die Verwaltung dieses Servers: { $postmaster }.

event = { $kind ->
    [password_changed] das Passwort wurde geändert
    [totp_on] beim Anmelden wird jetzt nach Codes gefragt
    [totp_off] beim Anmelden wird nicht mehr nach Codes gefragt
    [recovery_codes_made] neue Wiederherstellungscodes wurden gemacht, die alten gelten nicht mehr
    [recovery_code_used] ein Wiederherstellungscode wurde zum Anmelden benutzt
    [passkey_added] ein Passkey kam hinzu
    [passkey_removed] ein Passkey wurde entfernt
    [passkeys_only_on] das Passwort gilt nicht mehr, nur noch Passkeys
    [passkeys_only_off] das Passwort gilt wieder
    [app_password_made] ein App-Passwort wurde gemacht
    [app_password_revoked] ein App-Passwort wurde widerrufen
    [session_stolen] jemand benutzte eine alte Kopie der Sitzung eines Browsers, und wir haben sie beendet
   *[other] etwas hat sich geändert
}
