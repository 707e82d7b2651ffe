export default {
  en: {
    "contacts.title": "Contacts", "contacts.one": "Contact", "contacts.search": "Search contacts", "contacts.new": "New", "contacts.import": "Import", "contacts.export": "Export",
    "contacts.name": "Name", "contacts.email": "Email", "contacts.emails": "Email addresses", "contacts.emailsHint": "Several with commas between them.", "contacts.phone": "Phone", "contacts.phones": "Phone numbers", "contacts.organization": "Organisation", "contacts.note": "Note",
    "contacts.mail": "Mail from there", "contacts.edit": "Edit", "contacts.remove": "Delete the contact?", "contacts.removeAsk": "{name} goes out of your contacts.", "contacts.removed": "The contact was deleted.",
    "contacts.imported_one": "{count} contact was taken in.", "contacts.imported_other": "{count} contacts were taken in.", "contacts.needsName": "A contact needs a name or an address.",
    "contacts.none": "No contacts yet. Add people, or drop a vCard file here.", "contacts.nobody": "No contact has these words.", "contacts.written": "You have written to", "contacts.add": "Add", "contacts.addNamed": "Add {name} to the contacts", "contacts.choose": "Choose a contact",
  },
  de: {
    "contacts.title": "Kontakte", "contacts.one": "Kontakt", "contacts.search": "Kontakte suchen", "contacts.new": "Neu", "contacts.import": "Einlesen", "contacts.export": "Ausgeben",
    "contacts.name": "Name", "contacts.email": "E-Mail", "contacts.emails": "E-Mail-Adressen", "contacts.emailsHint": "Mehrere mit Kommas dazwischen.", "contacts.phone": "Telefon", "contacts.phones": "Telefonnummern", "contacts.organization": "Organisation", "contacts.note": "Notiz",
    "contacts.mail": "Post von dort", "contacts.edit": "Ändern", "contacts.remove": "Kontakt löschen?", "contacts.removeAsk": "{name} verschwindet aus Ihren Kontakten.", "contacts.removed": "Der Kontakt wurde gelöscht.",
    "contacts.imported_one": "{count} Kontakt wurde eingelesen.", "contacts.imported_other": "{count} Kontakte wurden eingelesen.", "contacts.needsName": "Ein Kontakt braucht einen Namen oder eine Adresse.",
    "contacts.none": "Noch keine Kontakte. Fügen Sie Leute hinzu, oder ziehen Sie eine vCard-Datei hierher.", "contacts.nobody": "Kein Kontakt hat diese Worte.", "contacts.written": "Sie haben geschrieben an", "contacts.add": "Hinzufügen", "contacts.addNamed": "{name} zu den Kontakten hinzufügen", "contacts.choose": "Wählen Sie einen Kontakt",
  },
};
