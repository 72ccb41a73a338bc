@core
Feature: A ClusterIP is reached from inside the cluster
  A ClusterIP is for the cluster's own use. Its main users are other Pods, wherever they run.
  From outside there is simply no way to it: not a prohibition, but the lack of a route. Somebody
  who adds a route for the Service range to a node opens that way.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types

  Rule: Any Pod reaches the Service, on whichever node it runs

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @cip-03
    Scenario: A Pod on the same node reaches the Service
      When a Pod on the first node connects to the ClusterIP
      Then Pod "pod-1" answers

    @cip-04 @capability:two-nodes
    Scenario: A Pod on another node reaches the Service
      When a Pod on the second node connects to the ClusterIP
      Then Pod "pod-1" answers

    @cip-13 @capability:two-nodes @capability:host-network
    Scenario: A process in a node's own network reaches the Service
      When a process on the second node connects to the ClusterIP
      Then Pod "pod-1" answers

    @cip-14
    Scenario: A Pod of another namespace reaches the Service
      When a Pod of another namespace on the first node connects to the ClusterIP
      Then Pod "pod-1" answers

  Rule: The ClusterIP leads nowhere from outside

    @cip-10 @capability:outside
    Scenario: Clients outside the cluster cannot use the ClusterIP
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And a client outside the cluster is answered at the node port of the first node
      When a client outside the cluster connects to the ClusterIP
      Then no connection is answered
