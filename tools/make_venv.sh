#!/bin/sh
# Makes .venv with everything the project needs. Argument: the Python to use.
set -eu
python=$1
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "Pillarbox needs Python 3.11 or newer; '$python' is older or missing." >&2
    echo "On Debian 12:  sudo apt-get install python3 python3-venv" >&2
    exit 1
}
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing python$version-venv ..."
        apt-get update -q >/dev/null && apt-get install -y -q "python$version-venv" >/dev/null
    else
        echo "Python's venv module is missing. Type:  sudo apt-get install python$version-venv" >&2
        exit 1
    fi
fi
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "Making .venv ..."
    "$python" -m venv --clear .venv
fi
echo "Installing Pillarbox and its tools into .venv ..."
.venv/bin/python -m pip install -q --disable-pip-version-check -e ".[dev]"
