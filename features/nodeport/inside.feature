@core
Feature: Node ports work from inside the cluster, too
  Nothing at a node port asks where a connection comes from. Pods and the nodes themselves may use
  it like anybody else, if they know a node's address; a name and the ClusterIP serve them better.
  Whether the port also answers at a node's loopback address depends on the service proxy.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport

  Background:
    Given Service "svc-2"
    And Pod "pod-1" on the first node

  Rule: Clients inside reach the port at every node

    @np-15
    Scenario: A Pod reaches the Service at the node port of every node
      When a Pod on the first node connects to the node port of every node
      Then Pod "pod-1" answers

    @np-16 @capability:host-network
    Scenario: A node reaches the Service at its own address and node port
      When a process on the first node connects to the node port of the first node
      Then Pod "pod-1" answers
