#!/bin/sh
# criu runs this script at each of its actions. At the action that the file is named after, the script asks pageproxy and waits.
# Only "go" succeeds. Until pageproxy has decided it sends "wait" every few seconds. The script fails when pageproxy ends or is
# silent for @SILENCE@ seconds: tasks that criu has frozen must not stay frozen because pageproxy hangs.
[ "${CRTOOLS_SCRIPT_ACTION:-}" = "${0##*/}" ] || exit 0
cd "${0%/*}" || exit 1
exec 3<>answer 4<answer 3<&- # opening for both directions never blocks, and lets the second open succeed
[ ! -e lazy ] || lazy=yes # checked now: pageproxy may remove this folder as soon as it is asked
echo "${CRTOOLS_INIT_PID:-}" 1<>asked # the pid of the tree's root, if criu tells it
while word=$(timeout @SILENCE@ sh -c 'read -r word && echo "$word"' <&4); do
    case $word in
        go) exit 0 ;;
        wait) ;;
        *) break ;;
    esac
done
# A lazy criu dump ignores this failure and would serve its pages to nobody: kill it.
[ -z "${lazy:-}" ] || { sleep 1 && kill -s KILL "$PPID"; } >/dev/null 2>&1 &
exit 1
