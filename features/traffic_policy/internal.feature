@core
Feature: internalTrafficPolicy decides which Pods clients inside the cluster may reach
  With the policy Cluster, which is the default, a connection to the ClusterIP may end at a Pod on
  any node. With Local it ends at a Pod on the client's own node or not at all: a DaemonSet's
  Service, such as a node's log collector, is what that is for. It is a filter and no preference.
  Where a node has no Pod of the Service its clients get no answer, although there are Pods
  elsewhere; who wants "near if possible" wants trafficDistribution.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service-traffic-policy/

  Rule: Cluster is the default

    @itp-01
    Scenario: A Service that names no internal policy has the policy Cluster
      When Service "svc-1" is created
      Then its internalTrafficPolicy is "Cluster"

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

    @itp-05 @capability:two-nodes @capability:host-network
    Scenario Outline: With the internal policy Local Pods on their node's network are kept to as well
      Given Service "svc-host"
      And Pod "pod-host-1" on the first node
      And Pod "pod-host-2" on the second node
      When <client> connects to the ClusterIP
      Then only the Pods on the second node answer

      Examples:
        | client                       |
        | a Pod on the second node     |
        | a process on the second node |

  Rule: Traffic from outside is not concerned

    @itp-06 @capability:two-nodes @capability:outside
    Scenario: With the internal policy Local the node port still leads to Pods on any node
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the node port of every node
      Then Pod "pod-1" answers

  Rule: Without a ClusterIP there is nothing to decide

    @itp-07 @capability:two-nodes
    Scenario: Headless Services and ExternalName Services know no internal policy
      Given Service "svc-headless"
      And Pod "pod-1" on the first node
      When a Pod on the second node connects to the name "svc-headless.NAMESPACE.svc" at port 8080
      Then Pod "pod-1" answers
      When Service "svc-external" is created
      Then it has no internalTrafficPolicy
