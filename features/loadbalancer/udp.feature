@extended
Feature: A load balancer carries UDP where its implementation does
  A Service of type LoadBalancer may have UDP ports. Whether they are served depends on who gives the
  external IP. Where they are, the nodes treat the datagrams as they treat all others: a flow goes to
  one Pod, and follows it when it moves.

  Docs: https://kubernetes.io/docs/reference/networking/service-protocols/#protocol-udp

  Rule: The external IP leads to the Pods over UDP too

    Background:
      Given Service "svc-3" with an external IP
      And Pod "pod-1" on the first node

    @lb-22 @capability:load-balancer @capability:outside
    Scenario: Datagrams to the external IP arrive at a Pod, and its answers come back
      When a client outside the cluster connects to the external IP over UDP
      Then Pod "pod-1" answers

    @lb-23 @capability:load-balancer @capability:outside @capability:two-nodes
    Scenario: A flow through the external IP follows its Pod to another node
      Given a client outside the cluster goes on asking the external IP over UDP from one source port
      When Pod "pod-1" moves to the second node
      Then Pod "pod-1" answers
