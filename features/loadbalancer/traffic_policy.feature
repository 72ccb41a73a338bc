@core
Feature: A load balancer follows the external traffic policy
  With externalTrafficPolicy Local a node hands traffic from outside to Pods of its own only. So a
  load balancer has to know which nodes have such Pods, and must send its traffic to these. It asks
  the health check node port, or watches the EndpointSlices. In return nobody on the way has to
  rewrite the client's address, and the Pods see it; balancers that end the connection and open one
  of their own (ipMode Proxy) hide it all the same.

  Docs: https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-loadbalancer

  Background:
    Given Service "svc-local" with an external IP
    And Pod "pod-1" on the first node

  Rule: With Local only nodes that have Pods receive the traffic

    @lb-19 @capability:load-balancer @capability:outside @capability:two-nodes
    Scenario: With Local the balancer turns to the node to which the only Pod has moved
      When Pod "pod-1" moves to the second node
      Then a client outside the cluster that connects to the external IP is answered by Pod "pod-1"

  Rule: With Local nobody rewrites the client's address

    @lb-20 @capability:vip-load-balancer @capability:outside
    Scenario: With Local the Pod behind a load balancer sees the client's own address
      When a client outside the cluster connects to the external IP
      Then the Pod that answers sees the client's own address
