@core
Feature: internalTrafficPolicy decides which Pods clients inside the cluster may reach
  With the policy Cluster, which is the default, a connection to the ClusterIP may end at a Pod on
  any node. With Local it ends at a Pod on the client's own node or not at all: a DaemonSet's
  Service, such as a node's log collector, is what that is for. It is a filter and no preference.
  Where a node has no Pod of the Service its clients get no answer, although there are Pods
  elsewhere; who wants "near if possible" wants trafficDistribution.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/

  Rule: With Local a client inside the cluster reaches the Pods on its own node only

    @itp-02 @capability:two-nodes
    Scenario: With the internal policy Local a Pod reaches only the Pods on its own node
      Given Service "svc-local"
      And Pods "pod-1" and "pod-2" on the first node
      And Pod "pod-3" on the second node
      When a Pod on the first node connects to the ClusterIP
      Then only the Pods on the first node answer

    @itp-03 @capability:two-nodes
    Scenario: With the internal policy Local a Pod on a node without backends gets no answer
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      And a Pod on the second node is answered at the node port of the first node
      When a Pod on the second node connects to the ClusterIP
      Then no connection is answered

    @itp-04 @capability:two-nodes @capability:host-network
    Scenario: With the internal policy Local a process of a node reaches only the Pods on its node
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      And Pod "pod-3" on the second node
      When a process on the second node connects to the ClusterIP
      Then only the Pods on the second node answer

  Rule: Traffic from outside is not concerned

    @itp-06 @capability:two-nodes @capability:outside
    Scenario: With the internal policy Local the node port still leads to Pods on any node
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the node port of every node
      Then Pod "pod-1" answers
