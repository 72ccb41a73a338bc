# Breaks the node it runs on in one way, and mends it: when told to, when ended, and when nobody has
# renewed the lease in time, so that no fault outlives whoever switched it on.
#
#   sh switch break FAULT SECONDS NAMESPACES PEERS   until the lease of so many seconds runs out
#   sh switch strike                                 change the rules, now that they are there
#   sh switch renew                                  a new lease, as long as the first
#   sh switch mend                                   now, whoever broke it
#   sh switch guard                                  wait to be ended, and mend then
#
# NAMESPACES is how the names of the namespaces begin whose Services it touches, PEERS are the
# addresses of the other nodes and of their Pods. What it takes to mend stands in the folder "on"
# beside it: another process can do it, if this one is killed.
#
# A fault in kube-proxy's rules can act only once kube-proxy has written them. It strikes when they
# have been the same for a while; kube-proxy is halted before, as it puts right what it finds wrong.
# Where it is no process of its own, the fault is done again whenever it was put right.
#
# Exit codes: 0 done, 3 another fault is on, 4 it cannot be done on this node, 5 no fault is on,
# 6 nothing was found to act upon (the text says why).
set -u
umask 077
here=$(cd "$(dirname "$0")" && pwd)
on=$here/on

say() {
    printf '%s\n' "$*"
}

pause() {
    sleep "${PAUSE:-0.2}" 2>/dev/null || sleep 1
}

uptime_seconds() { # a clock that nobody sets
    read -r seconds _ </proc/uptime
    say "${seconds%%.*}"
}

held() { # whether the process that holds the fault is alive: no zombie, and none that came after
    [ -s "$on/holder" ] && tr '\0' ' ' <"/proc/$(cat "$on/holder")/cmdline" | grep -q "/switch "
} 2>/dev/null

wanted() { # one of the words the fault was switched on with
    cat "$on/$1"
}
