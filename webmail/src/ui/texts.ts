export default {
  en: { "ui.undo": "Undo", "ui.close": "Close", "ui.cancel": "Cancel", "ui.save": "Save", "ui.delete": "Delete", "ui.more": "More" },
  de: { "ui.undo": "Rückgängig", "ui.close": "Schließen", "ui.cancel": "Abbrechen", "ui.save": "Speichern", "ui.delete": "Löschen", "ui.more": "Mehr" },
};
