#!/bin/sh
# Says who runs this, where, and in what.
. /etc/os-release
echo "Hello $(id -un) (uid $(id -u))."
echo "You are in $PWD"
echo "on $PRETTY_NAME, in the container $(hostname)."
