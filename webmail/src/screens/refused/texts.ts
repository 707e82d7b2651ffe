export default {
  en: {
    "refused.about": "Mail that was addressed to you and that this server did not take. Its senders were told. Nothing of it is kept but this.",
    "refused.search": "Find by sender or subject",
    "refused.none": "Nothing was refused",
    "refused.noneHint": "When mail for you is turned away, you see here from whom, and why.",
    "refused.nobody": "(no sender)",
    "refused.why": "Why?",
    "refused.less": "Less",
    "refused.copy": "Copy a text for the sender",
    "refused.copied": "Copied: send it to who wrote to you",
  },
  de: {
    "refused.about": "Mail, die an Sie gerichtet war und die dieser Server nicht angenommen hat. Die Absender haben es erfahren. Mehr als dies ist davon nicht aufbewahrt.",
    "refused.search": "Nach Absender oder Betreff suchen",
    "refused.none": "Nichts wurde abgewiesen",
    "refused.noneHint": "Wird Mail an Sie abgewiesen, sehen Sie hier, von wem und warum.",
    "refused.nobody": "(kein Absender)",
    "refused.why": "Warum?",
    "refused.less": "Weniger",
    "refused.copy": "Text für den Absender kopieren",
    "refused.copied": "Kopiert: schicken Sie ihn dem, der Ihnen schrieb",
  },
};
