@core
Feature: A LoadBalancer Service is reached at an external IP
  A LoadBalancer Service asks for an address at which clients need to know nothing of the cluster
  behind it. Clouds bring an implementation that provides it; a cluster that somebody installed
  needs one added, and until then the address is pending. How the connections are spread is the
  implementation's business. Some (k3s' ServiceLB) use the nodes' own addresses, so that an
  external IP is not a promise of secrecy.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer

  Rule: It is a NodePort Service and a ClusterIP Service too

    @lb-01 @capability:outside
    Scenario Outline: A LoadBalancer Service works through its ClusterIP and its node port
      Given Service "svc-3"
      And Pod "pod-1" on the first node
      When <client> connects to <door>
      Then Pod "pod-1" answers

      Examples: unless allocateLoadBalancerNodePorts is false
        | client                       | door                        |
        | a Pod on the first node      | the ClusterIP               |
        | a client outside the cluster | the node port of every node |

  Rule: The external IP comes from an implementation, or not at all

    @lb-02 @capability:outside
    Scenario: Without an implementation the external IP stays pending and the node port works
      Given Service "svc-unclaimed", whose load balancer class nobody serves
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the node port of the first node
      Then Pod "pod-1" answers
      And its external IP stays pending

    @lb-03 @capability:load-balancer
    Scenario: An implementation gives the Service an external IP
      When Service "svc-3" is created
      Then it receives an external IP

  Rule: Clients need the external IP and the Service's port, nothing else

    @lb-04 @capability:load-balancer @capability:outside
    Scenario: A client outside the cluster reaches the Service at its external IP and own port
      Given Service "svc-3" with an external IP
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the external IP at port 9000
      Then Pod "pod-1" answers

    @lb-05 @capability:load-balancer @capability:outside @capability:two-nodes
    Scenario: The load balancer reaches the Pods on every node
      Given Service "svc-3" with an external IP
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a client outside the cluster connects to the external IP
      Then every Pod of the Service answers some of the connections

  Rule: The external IP is steady

    Background:
      Given Service "svc-3" with an external IP
      And Pod "pod-1" on the first node

    @lb-06 @capability:load-balancer @capability:outside
    Scenario Outline: The external IP stays while Pods are replaced and ports are edited
      When <what happens>
      Then Service "svc-3" has kept its external IP
      And a client outside the cluster that connects to the external IP is answered by Pod "pod-1"

      Examples:
        | what happens                                     |
        | Pod "pod-1" is replaced by one with another address |
        | its port is changed to "9001"                    |

    @lb-07 @capability:load-balancer @capability:outside @capability:two-nodes
    Scenario: A client that knows only the external IP follows a Pod from node to node
      When Pod "pod-1" moves to the second node
      Then Service "svc-3" has kept its external IP
      And a client outside the cluster that connects to the external IP is answered by Pod "pod-1"
