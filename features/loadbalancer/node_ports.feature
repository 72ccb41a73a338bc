@core
Feature: A load balancer Service may do without node ports
  Load balancers used to send their traffic to node ports, and a Service of type LoadBalancer is
  given them as a matter of course. Many implementations reach the Pods otherwise. For these a
  Service can decline the node ports, which spares a port of the range and a door on every node.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation

  Rule: Node ports are allocated unless the Service declines them

    @lb-12
    Scenario: A load balancer Service that declines node ports is given none
      When Service "svc-without-node-port" is created
      Then its type is "LoadBalancer"
      And it has no node port

    @lb-13
    Scenario: Declining node ports later does not take back those that were given
      Given Service "svc-3"
      When its allocateLoadBalancerNodePorts is changed to "false"
      Then Service "svc-3" has kept its node port
