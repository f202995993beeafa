#!/bin/sh
# criu runs this at each of its actions: at the one that this file is named after it asks pageproxy and waits for its word.
# No word is no: where pageproxy ends, so does the reading, and criu hears of a failure.
[ "${CRTOOLS_SCRIPT_ACTION:-}" = "${0##*/}" ] || exit 0
cd "${0%/*}" || exit 1
exec 3<>answer 4<answer 3<&- # opening both ways never blocks, and lets the second opening pass
[ ! -e lazy ] || lazy=yes # now: whoever hears of us may end, and this folder with him
echo "${CRTOOLS_INIT_PID:-}" 1<>asked # the root of the tree, where criu says it
read -r word <&4 && [ "$word" = go ] && exit 0
# A lazy criu dump takes that for the time to unlock the network, and then serves its pages all the same, to nobody.
[ -z "${lazy:-}" ] || { sleep 1 && kill -s KILL "$PPID"; } >/dev/null 2>&1 &
exit 1
