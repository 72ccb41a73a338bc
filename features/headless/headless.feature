@core
Feature: A headless Service is only a name for its Pods
  With clusterIP None there is no virtual IP and nobody balances: DNS gives the addresses of the
  Pods themselves, and the client chooses. It then talks to a Pod directly, at the Pod's own port.
  A client that keeps the first answer for ever goes on talking to a Pod that is long gone.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#headless-services

  Rule: There is no virtual IP, and no port is translated

    @hl-01
    Scenario: A headless Service is given no ClusterIP
      When Service "svc-headless" is created
      Then its ClusterIP is "None"

    @hl-05
    Scenario: A client of a headless Service has to use the port of the Pod
      Given Service "svc-other-port"
      And Pod "pod-1" on the first node
      And a Pod on the first node is answered at the name "svc-other-port.NAMESPACE" at port 8080
      When a Pod on the first node connects to the name "svc-other-port.NAMESPACE" at port 9000
      Then no connection is answered

  Rule: Its name leads to the Pods that are ready

    @hl-02 @capability:two-nodes
    Scenario: The name of a headless Service resolves to the address of every ready Pod
      Given Service "svc-headless"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the first node looks up "svc-headless.NAMESPACE.svc.ZONE"
      Then the answer is the address of every ready Pod of the Service

    @hl-03 @capability:two-nodes
    Scenario Outline: A Pod that is not ready is left out, unless the Service publishes it all the same
      Given Service "<service>"
      And Pod "pod-1" on the first node
      And Pod "pod-gated" on the second node, which is not ready
      When a Pod on the first node looks up "<service>.NAMESPACE.svc.ZONE"
      Then the answer is the address of <pods>

      Examples:
        | service      | pods                         |
        | svc-headless | Pod "pod-1"                  |
        | svc-unready  | Pods "pod-1" and "pod-gated" |

    @hl-07
    Scenario: A headless Service without ready Pods resolves to no address
      Given Service "svc-empty"
      When a Pod on the first node looks up "svc-empty.NAMESPACE.svc.ZONE"
      Then the answer is no address

    @hl-04
    Scenario: A Pod with a hostname and the Service as its subdomain has a name of its own
      Given Service "svc-headless"
      And Pod "pod-with-hostname" on the first node
      When a Pod on the first node looks up "host-1.svc-headless.NAMESPACE.svc.ZONE"
      Then the answer is the address of Pod "pod-with-hostname"

  Rule: Without a selector it leads where its EndpointSlice says

    @hl-06
    Scenario: A headless Service without selector resolves to the addresses of its own EndpointSlice
      Given Service "svc-by-hand"
      And Pod "pod-1" on the first node
      And EndpointSlice "svc-by-hand-1"
      When a Pod on the first node looks up "svc-by-hand.NAMESPACE.svc.ZONE"
      Then the answer is the address of Pod "pod-1"
