"""Messages as octets: headers, addresses, dates, part trees, and what IMAP makes of them."""
