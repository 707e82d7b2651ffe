#!/bin/sh
# Installs the programs that tests and benchmarks talk to, without starting any of them.
# Argument: test, or bench (more). They are only peers: Pillarbox itself needs none.
set -eu
want="postgresql postfix dovecot-imapd dovecot-pop3d dovecot-lmtpd mutt isync curl chromium"
[ "${1:-test}" = bench ] && want="$want dovecot-sieve opendkim opendmarc unbound iproute2"
missing=""
for package in $want; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" ||
        missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "Some tests need programs that are not installed. Type:" >&2
    echo "  sudo apt-get install$missing" >&2
    exit 1
fi
echo "Installing$missing ..."
# Debian starts services at once; this file says not to, for as long as we install.
policy=/usr/sbin/policy-rc.d
made=""
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    made=1
fi
trap '[ -z "$made" ] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/dev/null
