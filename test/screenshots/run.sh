#!/bin/bash
# The inside of `make screenshots`, in the sandbox: a host with a name, the demo
# from a folder of its own, and pictures of the console a minute later, when
# there is something to draw. They are left in $VEDETTE_OUT/screenshots.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "${VEDETTE_SANDBOX:-}" = 1 ] || { echo "screenshots: run make screenshots" >&2; exit 2; }
hostname web-01
mkdir -p /srv/demo
cp bin/vedette .cache/demo .cache/screenshots /srv/demo/
cd /srv/demo
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec ./demo -bin ./vedette -then 'sleep 60; ./screenshots -url $VEDETTE_URL -user $VEDETTE_USER -password $VEDETTE_PASSWORD -new demo-shown-once-$RANDOM -out $VEDETTE_OUT/screenshots'
