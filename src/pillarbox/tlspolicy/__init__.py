"""What a server must prove before mail is handed to it: MTA-STS and DANE, as pure decisions."""
