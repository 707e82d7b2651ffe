"""The web for people: signing in, the webmail's files, frames of messages, images."""
