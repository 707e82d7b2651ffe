# The mail that tells people what happened to their ways of signing in. It names only what we know
# ourselves: names and programs come from whoever did it.

subject = { $count ->
    [one] Security of your account: { $what }
   *[other] Security of your account: { $count } changes
}
intro = This happened to your account { $address }:
from = from { $network }
server = by who runs this server
yours = If that was you, there is nothing to do.
not-yours = If it was not you: sign in to your webmail, choose another password, end all other sessions, and remove passkeys and app passwords that you do not know. If you cannot sign in any more, ask who runs this server: { $postmaster }.

event = { $kind ->
    [password_changed] the password was changed
    [totp_on] codes are asked for when you sign in
    [totp_off] codes are no longer asked for when you sign in
    [recovery_codes_made] new recovery codes were made, and the old ones work no more
    [recovery_code_used] a recovery code was used to sign in
    [passkey_added] a passkey was added
    [passkey_removed] a passkey was removed
    [passkeys_only_on] the password signs in no more, only passkeys do
    [passkeys_only_off] the password signs in again
    [app_password_made] an app password was made
    [app_password_revoked] an app password was revoked
    [session_stolen] somebody used an old copy of a browser's session, and we ended it
   *[other] something changed
}
