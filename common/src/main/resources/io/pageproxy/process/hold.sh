#!/bin/sh
# criu runs this at each of its actions: at the one that this file is named after it asks pageproxy and waits for its word.
# Only "go" is yes. While pageproxy makes up its mind it says "wait" every few seconds. Where it says nothing for @SILENCE@
# seconds, or ends, which ends the reading, that is no: tasks that criu has frozen must not stay so for a pageproxy that hangs.
[ "${CRTOOLS_SCRIPT_ACTION:-}" = "${0##*/}" ] || exit 0
cd "${0%/*}" || exit 1
exec 3<>answer 4<answer 3<&- # opening both ways never blocks, and lets the second opening pass
[ ! -e lazy ] || lazy=yes # now: whoever hears of us may end, and this folder with him
echo "${CRTOOLS_INIT_PID:-}" 1<>asked # the root of the tree, where criu says it
while word=$(timeout @SILENCE@ sh -c 'read -r word && echo "$word"' <&4); do
    case $word in
        go) exit 0 ;;
        wait) ;;
        *) break ;;
    esac
done
# A lazy criu dump takes that for the time to unlock the network, and then serves its pages all the same, to nobody.
[ -z "${lazy:-}" ] || { sleep 1 && kill -s KILL "$PPID"; } >/dev/null 2>&1 &
exit 1
