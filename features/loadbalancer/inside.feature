@core
Feature: An external IP is not for outsiders alone
  Pods may use a Service's external IP as everybody else does. Usually their packets never leave
  the cluster: the node's own rules know the address and hand the connection to a Pod of the
  Service, past the load balancer. A balancer that has to see all traffic, because it ends TLS or
  speaks the PROXY protocol, says so with ipMode Proxy, and then the nodes leave its address alone.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-ip-mode

  Rule: Clients inside the cluster reach the external IP

    @lb-18 @capability:load-balancer @capability:two-nodes
    Scenario: A Pod reaches the Service at its external IP
      Given Service "svc-3" with an external IP
      And Pod "pod-1" on the first node
      When a Pod on the second node connects to the external IP at port 9000
      Then Pod "pod-1" answers

  Rule: With ipMode Proxy the nodes leave the address to the load balancer

    @lb-17
    Scenario: Nodes do not take over an external IP with ipMode Proxy
      Given Service "svc-unclaimed"
      And Pod "pod-1" on the first node
      And a Pod on the first node is answered at the ClusterIP
      When its load balancer reports the external IP "203.0.113.7" with ipMode "Proxy"
      And a Pod on the first node connects to the external IP
      Then no connection is answered
