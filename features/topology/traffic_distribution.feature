@extended
Feature: trafficDistribution keeps traffic near the client where that is possible
  Traffic that crosses zones is slower and, in most clouds, paid for. A Service may ask for it to
  stay near: PreferSameZone (once called PreferClose) and PreferSameNode. The EndpointSlice
  controller writes down for whom each endpoint is meant, and the nodes' proxies act on it. It is
  a preference, and no promise of even load: a zone with many clients and one Pod wears out that
  Pod, and where nobody is near, clients go far without a word.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution

  Rule: EndpointSlices say for whom an endpoint is meant

    @td-07 @capability:zones @capability:traffic-distribution
    Scenario Outline: Endpoints carry hints that follow the Service's preference
      Given Service "<service>"
      And Pod "pod-1" on the first node
      When its trafficDistribution is changed to "<preference>"
      Then the endpoint of Pod "pod-1" <for whom>

      Examples:
        | service       | preference     | for whom                  |
        | svc-anywhere  | PreferSameZone | is meant for its own zone |
        | svc-same-zone | PreferSameNode | is meant for its own node |

  Rule: A client's connections stay near as long as a ready Pod is there

    Background:
      Given Pod "pod-1" on the first node
      And Pod "pod-2" on the second node

    @td-01 @capability:zones @capability:traffic-distribution
    Scenario Outline: With a preference for its zone a client is answered by the Pods there
      Given Service "<service>"
      When a Pod on the second node connects to the ClusterIP
      Then only the Pods on the second node answer

      Examples: the same by its former name and by its name since v1.34
        | service       |
        | svc-close     |
        | svc-same-zone |

    @td-03 @capability:two-nodes @capability:traffic-distribution
    Scenario: With a preference for its node a client is answered by the Pods there
      Given Service "svc-same-node"
      When a Pod on the second node connects to the ClusterIP
      Then only the Pods on the second node answer

  Rule: It is a preference: where nobody is near, clients reach those who are far

    @td-04 @capability:two-nodes @capability:traffic-distribution
    Scenario: With a preference for its node a client whose node loses its Pod is answered elsewhere
      Given Service "svc-same-node"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When label "app=pod" is taken off from Pod "pod-2"
      Then a Pod on the second node that connects to the ClusterIP is answered by Pod "pod-1"

    @td-05 @capability:zones @capability:traffic-distribution
    Scenario: With a preference for its zone a client in a zone without Pods is answered elsewhere
      Given Service "svc-same-zone"
      And Pod "pod-1" on the first node
      When a Pod on the second node connects to the ClusterIP
      Then Pod "pod-1" answers

  Rule: A traffic policy comes first

    @td-06 @capability:zones @capability:traffic-distribution
    Scenario: With the internal policy Local a preference sends nobody to another node
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      And a Pod on the second node is answered at the node port of the first node
      When a Pod on the second node connects to the ClusterIP
      Then no connection is answered
