# Warum eine Signatur nicht passt: die Ursachen der Forensik.

sure = Gewiss:
perhaps = Vielleicht:

cause-none = Es ist nichts daran auszusetzen.
cause-unknown = Was geändert wurde, ließ sich nicht herausfinden.
cause-footer_added = Am Ende wurde Text angehängt, wie es Mailinglisten und Virenscanner tun.
cause-banner_added = Am Anfang wurde Text eingefügt, wie es Warnhinweise tun.
cause-body_shortened = Am Ende des Textes fehlt etwas.
cause-body_whitespace = Leerzeichen oder Tabulatoren im Text wurden geändert.
cause-line_ends = Die Zeilenenden wurden geändert.
cause-from_stuffed = Eine Zeile, die mit From beginnt, bekam ein > davor, wie Postfachdateien es brauchen.
cause-dots_stuffed = Eine Zeile, die mit einem Punkt beginnt, bekam unterwegs einen zu viel oder zu wenig.
cause-blank_line_removed = Leere Zeilen am Anfang des Textes wurden entfernt.
cause-lines_wrapped = Lange Zeilen wurden umgebrochen.
cause-links_rewritten = Links im Text wurden so geändert, dass sie über eine Prüfstelle führen.
cause-reencoded = Der Text wurde unterwegs neu kodiert; die Signatur umfasst die alte Form.
cause-charset_converted = Der Text wurde in einen anderen Zeichensatz umgewandelt.
cause-wrapped_in_multipart = Der Text wurde in einen weiteren Nachrichtenteil gepackt.
cause-wrong_canonicalisation = Der Signierende hat die Nachricht anders vereinheitlicht, als c= sagt.
cause-subject_tagged = Dem Betreff wurde etwas vorangestellt, wie es Mailinglisten tun.
cause-header_added = Ein Kopffeld kam hinzu, von dem der Signierende sagte, dass es fehlt.
cause-header_removed = Ein signiertes Kopffeld wurde entfernt.
cause-header_changed = Ein signiertes Kopffeld wurde geändert.
cause-header_refolded = Ein signiertes Kopffeld wurde neu gefaltet, was c=simple nicht verträgt.
cause-header_name_case = Der Name eines signierten Kopffelds ist anders groß und klein geschrieben.
cause-from_rewritten = Die Adresse des Verfassers wurde umgeschrieben, wie es Mailinglisten tun.
cause-signed_from_top = Von wiederholten Feldern nahm der Signierende das erste, wo das letzte zählt.
cause-signature_refolded = Die Signatur selbst wurde neu gefaltet, was c=simple nicht verträgt.
cause-signature_damaged = Die Signatur selbst ist beschädigt.
cause-wrong_key = Sie wurde mit einem anderen Schlüssel gemacht als dem veröffentlichten.
cause-wrong_key_type = Der veröffentlichte Schlüssel ist von anderer Art als die Signatur.
cause-key_missing = Ihr Schlüssel ist nicht veröffentlicht.
cause-key_unavailable = Ihr Schlüssel ließ sich gerade nicht erfragen.
cause-key_revoked = Ihr Schlüssel wurde widerrufen.
cause-key_not_for_this = Ihr Schlüssel darf hierfür nicht benutzt werden.
cause-key_too_short = Ihr Schlüssel ist zu kurz, um etwas zu beweisen.
cause-key_split = Der veröffentlichte Schlüssel ist falsch in Zeichenketten zerteilt.
cause-key_quoted = Im veröffentlichten Schlüssel stehen Anführungszeichen.
cause-key_escaped = Im veröffentlichten Schlüssel stehen umgekehrte Schrägstriche.
cause-key_truncated = Der veröffentlichte Schlüssel ist abgeschnitten.
cause-key_wrapped = Der veröffentlichte Schlüssel enthält die Zeilen einer Datei um ihn herum.
cause-key_broken = Der veröffentlichte Schlüssel lässt sich nicht lesen.
cause-expired = Die Signatur ist abgelaufen.
cause-clock = Die Signatur trägt ein Datum in der Zukunft: eine Uhr geht falsch.
cause-not_accepted = Die Signatur bricht eine Regel, darum zählt sie nicht.
