@core
Feature: A NodePort Service is reached at every node
  A NodePort Service is a ClusterIP Service that every node also offers at one port of its own
  addresses. The nodes' addresses are usually known inside a company's network only, so this is a
  door for clients near the cluster and for temporary demonstrations, not for the wide world.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport

  Rule: A NodePort Service is a ClusterIP Service and more

    @np-01 @capability:two-nodes
    Scenario: A NodePort Service works through its ClusterIP too
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the second node connects to the ClusterIP
      Then its type is "NodePort"
      And every Pod of the Service answers some of the connections

  Rule: The port is open on every node, not only on those that run a Pod

    Background:
      Given Service "svc-2"
      And Pod "pod-1" on the first node

    @np-02 @capability:two-nodes @capability:outside
    Scenario: The same port is open on every node
      When a client outside the cluster connects to the node port of every node
      Then Pod "pod-1" answers

    @np-03 @capability:two-nodes @capability:outside
    Scenario: NodePort on every node reaches Pods on other nodes
      When a client outside the cluster connects to the node port of every node but the first
      Then Pod "pod-1" answers

    @np-04 @capability:outside
    Scenario: A client outside the cluster reaches the Service at any address of any node
      When a client outside the cluster connects to the node port of every node, at each of its addresses
      Then Pod "pod-1" answers

    @np-05 @capability:two-nodes @capability:outside
    Scenario: A connection that enters by a node with a Pod may be answered by a Pod elsewhere
      Given Pod "pod-2" on the second node
      When a client outside the cluster connects to the node port of the first node
      Then every Pod of the Service answers some of the connections
