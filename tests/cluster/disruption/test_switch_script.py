"""The switch on a node: what it breaks is whole again, whatever becomes of who broke it."""

from pathlib import Path

from tests.cluster.disruption.node import on_node

STOP = "switch break kube-proxy-stopped 3 kubeproof-run- ''"


def test_a_fault_ends_when_nobody_renews_its_lease(tmp_path: Path) -> None:
    told = on_node(
        tmp_path, f"process kube-proxy; {STOP}; await is $id T; await mended; await is $id S"
    )
    assert told == "on\n"


def test_a_fault_stays_as_long_as_its_lease_is_renewed(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; {STOP}
        for turn in 1 2 3 4 5 6 7; do sleep 0.5; switch renew; is $id T; done
        switch mend; mended; await is $id S
    """
    assert on_node(tmp_path, script) == "on\nmended\n"


def test_every_process_of_the_name_is_stopped_also_one_that_comes_later(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; first=$id; process coredns; other=$id; {STOP}
        process kube-proxy; await is $id T; await is $first T; await is $other S
        switch mend; await is $first S; await is $id S
    """
    on_node(tmp_path, script)


def test_another_process_mends_what_a_killed_one_broke(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; {STOP}; kill -KILL "$(cat on/holder)"; await is $id T
        switch mend; mended; await is $id S
    """
    on_node(tmp_path, script)


def test_the_next_fault_begins_by_mending_what_a_killed_one_broke(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; process coredns; dns=$id; {STOP}; kill -KILL "$(cat on/holder)"
        switch break dns-stopped 2 kubeproof-run- ''; await is $dns T; switch mend; await is $dns S
        for proxy in $(grep -lx kube-proxy /proc/[0-9]*/comm); do
            is "$(basename "$(dirname "$proxy")")" S
        done
    """
    on_node(tmp_path, script)


def test_who_holds_a_fault_mends_when_it_is_ended(tmp_path: Path) -> None:
    on_node(
        tmp_path, f"process kube-proxy; {STOP}; kill $(cat on/holder); await mended; await is $id S"
    )


def test_the_guard_mends_when_it_is_ended(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; {STOP}; sh "$PWD/switch" guard & guard=$!
        await waits $guard; kill $guard; wait $guard; mended; await is $id S
    """
    on_node(tmp_path, script)


def test_the_guard_mends_what_a_killed_one_broke(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; {STOP}; sh "$PWD/switch" guard & guard=$!
        kill -KILL $(cat on/holder); await mended; await is $id S; kill $guard
    """
    on_node(tmp_path, script)


def test_a_node_has_one_fault_at_a_time(tmp_path: Path) -> None:
    script = f"""
        process kube-proxy; process coredns; {STOP}
        code=0; switch break dns-stopped 2 kubeproof-run- '' || code=$?; echo $code
        await is $id S; switch mend
    """
    expected = "on\nanother fault is on here: kube-proxy-stopped\n3\nmended\n"
    assert on_node(tmp_path, script) == expected


def test_a_fault_that_has_nothing_to_act_upon_says_so(tmp_path: Path) -> None:
    ask = "code=0; switch break {} 2 kubeproof-run- '' || code=$?; echo $code; mended;"
    script = ask.format("kube-proxy-stopped") + "process k3s;" + ask.format("kube-proxy-stopped")
    script += ask.format("dns-stopped") + ask.format("no-such-fault")
    assert on_node(tmp_path, script).splitlines() == [
        *("no process kube-proxy", "4"),
        *("kube-proxy is a part of the k3s process", "4"),
        *("no process coredns", "4"),
        *("unknown fault", "4"),
    ]


def test_a_lease_that_ran_out_cannot_be_renewed(tmp_path: Path) -> None:
    script = (
        f"process kube-proxy; {STOP}; await mended; code=0; switch renew || code=$?; echo $code"
    )
    assert on_node(tmp_path, script) == "on\n5\n"
