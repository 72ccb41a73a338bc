# Orders.

begin() {
    if held; then
        say "another fault is on here: $(wanted fault)"
        exit 3
    fi
    [ ! -d "$on" ] || undo # whoever held it was killed
    mode=$(proxy_mode)
    why=$(impossible "$1" "$mode")
    if [ -n "$why" ]; then
        say "$why"
        exit 4
    fi
    mkdir -p "$on/undo"
    say "$1" >"$on/fault"
    say "$2" >"$on/seconds"
    say "$3" >"$on/namespaces"
    say "$4" >"$on/peers"
    say "$mode" >"$on/mode"
    say first >"$on/lease"
    setsid sh "$here/switch" hold </dev/null >/dev/null 2>&1 &
    until [ -e "$on/ready" ]; do pause; done
    say "on"
}

hold() {
    say $$ >"$on/holder"
    trap 'exit 0' TERM INT HUP
    trap undo EXIT
    seen='' until=0
    while [ ! -e "$on/mend" ]; do
        lease=$(wanted lease)
        now=$(uptime_seconds)
        [ "$lease" = "$seen" ] || until=$((now + $(wanted seconds)))
        seen=$lease
        [ "$now" -lt "$until" ] || break
        in_rules && [ ! -e "$on/struck" ] || apply
        printf '' >"$on/ready"
        pause
    done
}

strike() {
    in_rules || exit 0
    renew
    if ! await_rules; then
        say "there are no rules of $(wanted namespaces) to act upon, or they do not settle"
        exit 6
    fi
    stop_processes kube-proxy
    apply
    printf '' >"$on/struck"
    if ! ls "$on/undo" | grep -q -e '^rules-' -e '^was-' -e '^map-'; then
        say "no rule of $(wanted namespaces) is of the kind it acts upon"
        exit 6
    fi
    renew
}

renew() {
    held || exit 5
    say "$(uptime_seconds) $$" >"$on/next" && mv "$on/next" "$on/lease"
}

mend() {
    while held; do
        printf '' >"$on/mend" # ":" would end this shell where the folder has just gone
        pause
    done 2>/dev/null
    [ ! -d "$on" ] || undo
    say "mended"
}

guard() {
    trap 'mend; exit 0' TERM INT
    while :; do
        sleep 1 &
        wait $!
        [ ! -d "$on" ] || [ ! -s "$on/holder" ] || held || mend
    done
}

order=$1
shift
case $order in
break) begin "$@" ;;
hold | strike | renew | mend | guard) "$order" ;;
*) exit 2 ;;
esac
