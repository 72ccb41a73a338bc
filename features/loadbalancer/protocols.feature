@core
Feature: A load balancer carries more than one protocol
  A DNS server or a game needs TCP and UDP at one address. Early load balancers could not mix them,
  and people made two Services that shared an address. One Service is enough, as long as the
  implementation is able to carry both.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancers-with-mixed-protocol-types

  Rule: One Service may mix protocols

    @lb-16 @capability:load-balancer @capability:outside
    Scenario Outline: TCP and UDP reach the same Service at one external IP
      Given Service "svc-mixed" with an external IP
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to <door>
      Then Pod "pod-1" answers

      Examples:
        | door                               |
        | the external IP at port 9000          |
        | the external IP at port 9000 over UDP |
