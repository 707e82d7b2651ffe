#!/bin/sh
# Prints the Python to use: the system's own if it is new enough (3.11) and can make
# environments, since distributions build theirs for speed (mail is taken a third faster than
# with a Python that was compiled without profiling); else the first other one that is new
# enough; else python3, for a clear error later.
fits() {
    "$1" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null
}
if fits /usr/bin/python3 && /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null; then
    echo /usr/bin/python3
    exit 0
fi
for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
    if command -v "$candidate" >/dev/null 2>&1 && fits "$candidate"; then
        echo "$candidate"
        exit 0
    fi
done
echo python3
