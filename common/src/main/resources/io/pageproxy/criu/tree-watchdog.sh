# Watches the tree of process $1 that started at $2 (field 22 of /proc/PID/stat). Applies the action $3 when pageproxy ends,
# until "else" sets another; "none" does nothing. If that was "kill", runs the command in the further arguments, if any.
# Reads requests from pageproxy on descriptor 3, one per line, and answers each with "ok":
#   stop | cont | kill     sends the signal to every task of the tree; kill returns when no task is left
#   else ACTION SECONDS    applies the action SECONDS after pageproxy has ended without "leave"
#   with PID STARTED       kills that process before the action is applied
#   leave                  leaves the tree as it is, and exits
# A task is identified by its pid and its start time. Each look searches below all tasks that are known so far; a task whose
# parent died before the first look is not found.
# Descriptor 4, if any, stays open until this script exits: whoever reads the other end sees no end of file before.

# No look starts another process: the tasks are frozen meanwhile, and there may be many.
started() { # sets since; fails if the process is gone
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- ${stat##*) } # behind the name, which may hold any character
    case ${1:-X} in X | Z) return 1 ;; esac
    since=${20}
}

add() {
    case " $tasks " in *" $1:"*) return ;; esac
    started "$1" || return 0
    tasks="$tasks $1:$since"
    for list in "/proc/$1/task/"*/children; do
        children=
        { read -r children <"$list"; } 2>/dev/null || : # the line has no end
        for child in $children; do
            add "$child"
        done
    done
}

look() {
    known=$tasks
    tasks=
    for task in $known; do
        ! started "${task%:*}" || [ "$since" != "${task#*:}" ] || add "${task%:*}"
    done
}

signal() {
    for task in $tasks; do
        kill -s "$1" "${task%:*}" 2>/dev/null
    done
}

# A stopped task cannot fork: once a look finds no new task there is none.
stop() {
    before=none
    while [ "$tasks" != "$before" ]; do
        look
        signal STOP
        before=$tasks
        look
    done
}

end() {
    case $1 in
        stop) stop ;;
        cont)
            look
            signal CONT
            ;;
        kill)
            stop
            while [ -n "$tasks" ]; do
                signal KILL
                sleep 0.01
                look
            done
            ;;
    esac
}

tasks=
add "$1"
case "$tasks " in " $1:$2 "*) ;; *) exit 1 ;; esac # gone, or its pid is another process's
last=$3
seconds=0
other=
otherSince=
while read -r word what when <&3; do
    case $word in
        else) last=$what seconds=$when ;;
        with) other=$what otherSince=$when ;;
        leave) exit 0 ;;
        *) end "$word" ;;
    esac
    echo ok >&3
done
sleep "$seconds"
if [ -n "$other" ] && started "$other" && [ "$since" = "$otherSince" ]; then kill -s KILL "$other"; fi
end "$last"
shift 3
[ "$last" != kill ] || [ $# = 0 ] || exec "$@" 3<&- 4<&-
