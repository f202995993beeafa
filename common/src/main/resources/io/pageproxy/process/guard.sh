# Guards the tree of process $1 by what pageproxy says on descriptor 3, a word a line, each answered by its last word or "ok":
#   stop | cont | kill     does that to all of the tree; kill returns when nothing of it is left
#   else WORD SECONDS      does that, so long after pageproxy has ended without a word
#   with PID               kills that process then, too, and before
#   leave                  leaves the tree as it is, and ends
# A task is known by its pid and its start; known ones are looked for below the root at the start, and below each known one
# from then on. What left the tree (its parent died) before it was looked for is not found.
# Descriptor 4, where there is one, is held open until the end: who reads its other end waits that long.

started() {
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    set -- ${stat##*) } # behind the name, which may hold anything
    case ${1:-X} in X | Z) return 1 ;; esac
    echo "${20}"
}

add() {
    case " $tasks " in *" $1:"*) return ;; esac
    since=$(started "$1") || return
    tasks="$tasks $1:$since"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        add "$child"
    done
}

look() {
    known=$tasks
    tasks=
    for task in $known; do
        [ "$(started "${task%:*}")" != "${task#*:}" ] || add "${task%:*}"
    done
}

signal() {
    for task in $tasks; do
        kill -s "$1" "${task%:*}" 2>/dev/null
    done
}

# A stopped task makes no others: so when no new one is found there is none.
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
[ -n "$tasks" ] || exit 1
last=kill
seconds=0
other=
otherSince=
while read -r word what when <&3; do
    case $word in
        else) last=$what seconds=$when ;;
        with) other=$what otherSince=$(started "$what") ;;
        leave) exit 0 ;;
        *) end "$word" ;;
    esac
    echo ok >&3
done
sleep "$seconds"
if [ -n "$other" ] && [ "$(started "$other")" = "$otherSince" ]; then kill -s KILL "$other"; fi
end "$last"
