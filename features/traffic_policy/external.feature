@core
Feature: externalTrafficPolicy decides which Pods external traffic may reach
  Traffic from outside arrives at some node. With the policy Cluster that node may send it to a
  Pod on any node, at the price of another hop and, with most implementations, of the client's
  address. With Local it sends it to its own Pods or not at all, and the client's address stays.
  The policy belongs to Services that can be reached from outside: the API refuses it on a
  Service of type ClusterIP.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#external-traffic-policy

  Rule: Cluster is the default, and every node serves

    @etp-01
    Scenario: A Service that names no policy has the policy Cluster
      When Service "svc-cluster" is created
      Then its externalTrafficPolicy is "Cluster"

    @etp-02 @capability:two-nodes @capability:outside
    Scenario: With Cluster every node answers, whether or not it runs a Pod
      Given Service "svc-cluster"
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the node port of every node
      Then Pod "pod-1" answers

  Rule: With Local a node serves external traffic with its own Pods only

    @etp-10
    Scenario: A Service that cannot be reached from outside must not have an external policy
      When Service "svc-internal" is created
      Then it is refused at "spec.externalTrafficPolicy" because "may only be set for externally-accessible services"

    @etp-03 @capability:two-nodes @capability:outside
    Scenario: Local policy keeps traffic on the node
      Given Service "svc-2"
      And Pods "pod-1" and "pod-2" on the first node
      And Pod "pod-3" on the second node
      When a client outside the cluster connects to the node port of the first node
      Then only the Pods on the first node answer

    @etp-04 @capability:two-nodes @capability:outside
    Scenario: With Local a node without a Pod does not answer clients from outside
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And a client outside the cluster is answered at the node port of the first node
      When a client outside the cluster connects to the node port of every node but the first
      Then no connection is answered

    @etp-05 @capability:outside
    Scenario: With Local the Pod sees the client's own address
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the node port of the first node
      Then the Pod that answers sees the client's own address

    @etp-06 @capability:two-nodes
    Scenario: With Local clients inside the cluster still reach all Pods at the ClusterIP
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And Pod "pod-3" on the second node
      When a Pod on the second node connects to the ClusterIP
      Then every Pod of the Service answers some of the connections

  Rule: Pods and policy may change while clients use the Service

    @etp-08 @capability:two-nodes @capability:outside
    Scenario Outline: The policy of a Service in use can be changed in both directions
      Given Service "<service>"
      And Pod "pod-1" on the first node
      And Pod "pod-3" on the second node
      When its externalTrafficPolicy is changed to "<policy>"
      And a client outside the cluster connects to the node port of the first node
      Then <who answers>

      Examples:
        | service     | policy  | who answers                                            |
        | svc-cluster | Local   | only the Pods on the first node answer                 |
        | svc-2       | Cluster | every Pod of the Service answers some of the connections |

    @etp-09 @capability:two-nodes @capability:outside
    Scenario: With Local the node that answers changes when the only Pod moves
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      When Pod "pod-1" moves to the second node
      Then a client outside the cluster that connects to the node port of the second node is answered by Pod "pod-1"
      When a client outside the cluster connects to the node port of the first node
      Then no connection is answered
