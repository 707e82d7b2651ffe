# The page that signs in, and what it says when something is wrong.

title = Sign in
heading = Sign in
address = Email address
password = Password
show-password = Show password
stay = Stay signed in on this device
stay-hint = Not on a device that others use.
button = Sign in
passkey = Sign in with a passkey
or = or
code-title = Enter your code
code = Code
code-hint = Six digits from your authenticator app, or a recovery code.
code-button = Continue
again = Start again
link-title = Sign in as { $address }?
link-hint = This link works once. Go on only if you asked for it.
link-button = Sign in as { $address }
other-account = Sign in as somebody else
out-title = Sign out
out-hint = Messages that are kept on this device are removed.
out-button = Sign out
out-done = You are signed out.
stay-in = Go back to your mail

error = { $kind ->
    [wrong] The email address or the password is wrong. Check the spelling and whether Caps Lock is on.
    [code] This code is wrong, or it was used before. Wait for the next one, and check that the clock of your phone is right.
    [limited] Too many attempts. Wait a few minutes, then try again.
    [over] That took too long, or too many codes were wrong. Start again with your password.
    [link] This link was used before or has run out. Ask for a new one, or sign in with your password.
    [passkey] This account signs in with a passkey only. Use the button below.
    [passkey-wrong] This passkey is not known here. Use another one, or your password.
    [origin] The form came from another site and was not taken. Try again here.
    [empty] Fill in both fields.
    [confirm] Prove first that it is you.
    [session] Sign in first.
    [json] The request cannot be read.
    [missing] That is not there any more.
    [many] There are too many of these already. Remove one first.
    [exists] That is set up already.
    [weak] Choose a password of at least { $least } characters that is not your address.
    [name] Give it a name of at most { $most } characters.
    [scopes] Choose at least one thing that it may do.
    [host] Passkeys need a host name; this page was opened by a number.
   *[busy] The server cannot do this now. Try again in a minute.
}
no-script = Passkeys need JavaScript. The password works without.
