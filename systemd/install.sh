#!/usr/bin/env bash
# Installs this checkout as the service `finantrade`, or upgrades it. Journals, /etc/finantrade and its token stay.
#   sudo systemd/install.sh [--dry-run] [--prefix DIR]
# --dry-run prints every command and runs none; it needs no rights. --prefix: where to put the program, else
# /opt/finantrade. PYTHON=... chooses the interpreter.
set -euo pipefail
umask 022

usage() { echo "usage: $0 [--dry-run] [--prefix DIR]" >&2; exit 2; }
refuse() { echo "$1" >&2; exit 1; }

dry= prefix=/opt/finantrade
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=1; shift ;;
        --prefix) [ $# -ge 2 ] || usage; prefix=$2; shift 2 ;;
        *) usage ;;
    esac
done
# Spaces or % would have to be quoted once for the shell and once more for the unit.
[[ $prefix =~ ^/[A-Za-z0-9._/-]+$ ]] || refuse "expected an absolute path of letters, digits, . _ - for --prefix, found '$prefix'"
prefix=${prefix%/}
cd "$(dirname "$0")/.."

run() {
    echo "+ $*"
    [ -n "$dry" ] || "$@"
}

[ -n "$dry" ] || [ "$(id -u)" = 0 ] || refuse "expected to run as root, found user $(id -un); --dry-run shows what would be done"

PYTHON=$(tools/pick-python /nonexistent)
export PYTHON
if [ -z "$dry" ]; then
    # The unit hides home directories from the service, and with them a Python that lives there.
    case $PYTHON in
        /home/* | /root/*) refuse "expected a Python of the system, found $PYTHON, which the service cannot see: PYTHON=/usr/bin/python3 $0" ;;
    esac
fi

echo "1. a user of its own"
if id -u finantrade >/dev/null 2>&1; then
    echo "  finantrade exists"
else
    run useradd --system --home-dir /var/lib/finantrade --no-create-home --shell /usr/sbin/nologin finantrade
fi

echo "2. the program, in $prefix"
if [ "$prefix" -ef . ]; then
    echo "  this checkout is already there"
else
    # Modules that a newer version no longer has must not stay importable.
    run rm -rf "$prefix/daemon" "$prefix/research" "$prefix/config" "$prefix/replay_data"
    run install -d -m 0755 "$prefix"
    run cp -R LICENSE README.md Makefile pyproject.toml requirements.txt requirements-dev.txt requirements-build.txt \
        config daemon docs replay_data research systemd tools "$prefix/"
fi

echo "3. what it needs, pinned by hash"
run make -C "$prefix" setup
run "$prefix/.venv/bin/python" -m compileall -q "$prefix/daemon" "$prefix/research"

echo "4. its configuration"
run install -d -m 0755 /etc/finantrade
if [ -e /etc/finantrade/system.yml ]; then
    echo "  /etc/finantrade/system.yml exists and is kept"
else
    run install -m 0644 config/system.yml /etc/finantrade/system.yml
fi
run "$prefix/.venv/bin/finantrade" config check -c /etc/finantrade/system.yml

echo "5. the unit"
unit=/etc/systemd/system/finantrade.service
run install -m 0644 systemd/finantrade.service "$unit"
run sed -i "s#/opt/finantrade#$prefix#g" "$unit"
version=$(systemctl --version 2>/dev/null | awk 'NR == 1 {print int($2)}')
if [ "${version:-0}" -ge 254 ]; then
    run install -D -m 0644 systemd/restart.conf "$unit.d/restart.conf"
fi
run systemctl daemon-reload
run systemctl enable finantrade
run systemctl try-restart finantrade

echo "done${dry:+ (nothing was changed)}. Start it: systemctl start finantrade; watch it: journalctl -u finantrade -f"
