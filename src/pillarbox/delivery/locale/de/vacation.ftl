# Was geantwortet wird, wenn jemand abwesend ist und keine eigenen Worte hinterlassen hat.

vacation-subject = Abwesend: { $subject }
vacation-text = Ich bin zurzeit nicht da und lese Ihre Nachricht, wenn ich zurück bin. Diese Antwort wurde automatisch gesendet; in den nächsten Tagen bekommen Sie keine weitere.
