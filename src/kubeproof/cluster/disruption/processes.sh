# Processes.

processes() { # their ids, by the name of the command
    for folder in /proc/[0-9]*; do
        { read -r name <"$folder/comm"; } 2>/dev/null && [ "$name" = "$1" ] && say "${folder#/proc/}"
    done
    return 0
}

stop_processes() {
    for id in $(processes "$1"); do
        grep -qx "$id" "$on/undo/stopped" 2>/dev/null || say "$id" >>"$on/undo/stopped"
        kill -STOP "$id"
    done
}

continue_processes() {
    [ ! -e "$on/undo/stopped" ] || while read -r id; do
        kill -CONT "$id" 2>/dev/null
    done <"$on/undo/stopped"
}
