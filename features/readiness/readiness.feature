@core
Feature: Only Pods that are ready receive connections
  That a Pod runs does not mean that it can serve. Its readiness probes tell, and its readiness
  gates, which are for others to open. A Pod that is not ready stays behind its Service: the
  EndpointSlices name it, with the condition that it is not ready, and the nodes leave it out until
  that changes. Nothing restarts such a Pod; that is what liveness probes are for.

  Docs: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-status

  Rule: Readiness decides who is in rotation

    Background:
      Given Services "svc-all" and "svc-1"
      And Pod "pod-1" on the first node

    @rdy-01 @capability:two-nodes
    Scenario: A Pod receives connections from the moment it becomes ready, and none before
      Given Pod "pod-gated" on the second node, which is not ready
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
      When Pod "pod-gated" becomes ready
      Then a Pod on the first node that connects to the ClusterIP is answered by Pods "pod-1" and "pod-gated"

    @rdy-02 @capability:two-nodes
    Scenario: A Pod whose readiness probe begins to fail is left out while it goes on running
      Given Pod "pod-probed" on the second node
      When Pod "pod-probed" stops being ready
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
      And a Pod on the first node that connects to the ClusterIP of Service "svc-all" is answered by Pods "pod-1" and "pod-probed"

    @rdy-04 @capability:two-nodes
    Scenario: A shut readiness gate keeps a Pod out, however ready its containers are
      Given Pod "pod-gated" on the second node, which is not ready
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
      And a Pod on the first node that connects to the ClusterIP of Service "svc-all" is answered by Pods "pod-1" and "pod-gated"

    @rdy-06 @capability:two-nodes
    Scenario: A Pod that has failed receives no more connections
      Given Pod "pod-once" on the second node
      When Pod "pod-once" fails
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

  Rule: publishNotReadyAddresses makes readiness count for nothing

    @rdy-03 @capability:two-nodes
    Scenario: With publishNotReadyAddresses a Pod that is not ready receives connections
      Given Service "svc-all"
      And Pod "pod-1" on the first node
      And Pod "pod-gated" on the second node, which is not ready
      Then a Pod on the first node that connects to the ClusterIP is answered by Pods "pod-1" and "pod-gated"
