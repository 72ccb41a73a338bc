#!/bin/sh
# Check the features on a fresh k3d cluster: by hand, and in CI, in the same way.
#
#   ci/run.sh                                  one cluster, as the defaults have it
#   PROXY_MODE=nftables ci/run.sh              kube-proxy in another mode
#   K3S_IMAGE=rancher/k3s:v1.34.1-k3s1 ci/run.sh --tags @core
#
# What follows is handed to `kubeproof run`. Settings from the environment:
#   CLUSTER        k3d (default), k3s (no k3d needed), kubeconfig or sandbox
#   K3S_IMAGE      image of the nodes, with its version; empty: kubeproof's own choice
#   PROXY_MODE     iptables (default), nftables or ipvs
#   LOAD_BALANCER  klipper (default) or none
#   REPORT         folder of the reports (default: report)
#   KUBEPROOF      the command, where it is not on the PATH
#
# It ends with the exit code of `kubeproof run`: 0 kept, 1 broken promise, 2 misuse, 3 no cluster,
# 4 a check broke, 5 nothing ran. REPORT/summary.md is the summary, on GitHub the job's page too.
set -eu

CLUSTER=${CLUSTER:-k3d}
REPORT=${REPORT:-report}
KUBEPROOF=${KUBEPROOF:-kubeproof}

set -- --cluster "$CLUSTER" --report "$REPORT" "$@"
case $CLUSTER in
k3d | k3s)
    set -- "$@" --proxy-mode "${PROXY_MODE:-iptables}" --load-balancer "${LOAD_BALANCER:-klipper}"
    if [ -n "${K3S_IMAGE:-}" ]; then
        set -- "$@" --k3s-image "$K3S_IMAGE"
    fi
    ;;
esac

rm -f "$REPORT/summary.md"
code=0
"$KUBEPROOF" run "$@" || code=$?

# A run writes the summary of the job; one that could not begin has none.
if [ ! -f "$REPORT/summary.md" ]; then
    mkdir -p "$REPORT"
    case $code in
    2) why="misuse: see the log of the job" ;;
    3) why="no cluster could be had: see the log of the job" ;;
    5) why="no scenario was selected" ;;
    *) why="ended with $code: see the log of the job" ;;
    esac
    printf '## kubeproof: %s\n\n%s\n' "$CLUSTER ${K3S_IMAGE:-} ${PROXY_MODE:-}" "$why" \
        >"$REPORT/summary.md"
    if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
        cat "$REPORT/summary.md" >>"$GITHUB_STEP_SUMMARY"
    fi
fi
exit "$code"
