#!/bin/sh
# criu runs this script at each of its actions. At the action that the file is named after, the script asks pageproxy and waits.
# Only "go" succeeds. Until pageproxy has decided it sends "wait" every few seconds. The script fails when pageproxy ends or is
# silent for @SILENCE@ seconds: tasks that criu has frozen must not stay frozen because pageproxy hangs.
[ "${CRTOOLS_SCRIPT_ACTION:-}" = "${0##*/}" ] || exit 0
cd "${0%/*}" || exit 1
exec 3<>answer 4<answer 3<&- # opening for both directions never blocks, and lets the second open succeed
[ ! -e lazy ] || lazy=yes # checked now: pageproxy may remove this folder as soon as it is asked
echo "${CRTOOLS_INIT_PID:-}" 1<>asked # the pid of the tree's root, if criu tells it
# From here bash, which can wait for a limited time without another process: the tasks are frozen meanwhile.
exec bash -c '
started() { # without its start time, a pid may be the pid of another process a second later
    set -- ${1##*) } # behind the name, which may hold any character
    echo "${20}"
}
read -r before <"/proc/$PPID/stat"
while read -r -t @SILENCE@ word <&4; do
    case $word in
        go) exit 0 ;;
        wait) ;;
        *) break ;;
    esac
done
# A lazy criu dump ignores this failure and would serve its pages to nobody: kill it.
[ -z "$1" ] || {
    sleep 1 && now=$(cat "/proc/$PPID/stat") && [ "$(started "$now")" = "$(started "$before")" ] && kill -s KILL "$PPID"
} >/dev/null 2>&1 &
exit 1' bash "${lazy:-}"
