export default {
  en: {
    "settings.transfer.import": "Take mail in", "settings.transfer.importHint": "Files of other programs: mbox, or single messages (.eml). What is here already is not doubled.", "settings.transfer.into": "Into", "settings.transfer.choose": "Choose files",
    "settings.transfer.export": "Give mail out", "settings.transfer.exportHint": "One mbox file, which any mail program can read.", "settings.transfer.from": "From", "settings.transfer.all": "All mail", "settings.transfer.save": "Save as mbox",
    "settings.transfer.done_one": "{count} message", "settings.transfer.done_other": "{count} messages", "settings.transfer.tooLarge": "it is larger than 60 MB",
  },
  de: {
    "settings.transfer.import": "Nachrichten einlesen", "settings.transfer.importHint": "Dateien anderer Programme: mbox oder einzelne Nachrichten (.eml). Was schon da ist, wird nicht verdoppelt.", "settings.transfer.into": "Nach", "settings.transfer.choose": "Dateien wählen",
    "settings.transfer.export": "Nachrichten ausgeben", "settings.transfer.exportHint": "Eine mbox-Datei, die jedes Mailprogramm liest.", "settings.transfer.from": "Aus", "settings.transfer.all": "Alle Nachrichten", "settings.transfer.save": "Als mbox speichern",
    "settings.transfer.done_one": "{count} Nachricht", "settings.transfer.done_other": "{count} Nachrichten", "settings.transfer.tooLarge": "sie ist größer als 60 MB",
  },
};
