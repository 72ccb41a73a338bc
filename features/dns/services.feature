@core
Feature: A Service has a name in the cluster's DNS
  Clients should not know addresses, not even a ClusterIP: they know the name of the Service. Every
  Service has one, SERVICE.NAMESPACE.svc.ZONE, and the short forms work because of the search list
  that Pods are given. A name outlives its Service for as long as somebody remembers the answer,
  which is the TTL of the record.

  Docs: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#services

  Rule: The name of a Service leads to its ClusterIP

    @dns-01
    Scenario: The full name of a Service resolves to its ClusterIP
      Given Service "svc-1"
      When a Pod on the first node looks up "svc-1.NAMESPACE.svc.ZONE"
      Then the answer is the ClusterIP

    @dns-02
    Scenario Outline: A Service is found by its short name, with the namespace from other ones
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When <client> looks up "<name>"
      Then the answer is the ClusterIP

      Examples:
        | client                                | name            |
        | Pod "pod-1"                           | svc-1           |
        | a Pod of another namespace on the first node | svc-1.NAMESPACE |

  Rule: The name lives as long as the Service

    @dns-08
    Scenario: The name of a deleted Service disappears
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And a Pod on the first node is answered at the name "svc-1.NAMESPACE"
      When Service "svc-1" is deleted
      And a Pod on the first node looks up "svc-1.NAMESPACE.svc.ZONE"
      Then the answer is no address
