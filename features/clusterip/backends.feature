@core
Feature: A Service hands its connections to the Pods its selector finds
  Nothing ties a Pod to a Service but its labels. Whatever carries the labels of the selector and
  is ready gets its share of the new connections. How large a share is not promised: kube-proxy
  chooses at random for each connection, other implementations differ.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service

  Rule: New connections are spread over every ready Pod

    @cip-09 @capability:two-nodes
    Scenario: Every Pod behind the Service answers some of the connections
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the second node connects to the ClusterIP
      Then every Pod of the Service answers some of the connections

  Rule: A connection stays with the Pod that it was handed to

    @cip-24 @capability:two-nodes
    Scenario: A connection that is kept open stays with one Pod while new ones are spread
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the second node keeps a connection to the ClusterIP open
      Then new connections are answered by Pods "pod-1" and "pod-2", and the kept one by the Pod that it began with

  Rule: Labels alone join Pods to a Service

    @cip-11 @capability:two-nodes
    Scenario Outline: Labelling a Pod adds it to the Service, and removing the label removes it
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And Pod "<pod>" on the second node
      When label "app=pod" is <change> Pod "<pod>"
      Then a Pod on the first node that connects to the ClusterIP is answered by <those>

      Examples:
        | change         | pod           | those                           |
        | put on         | pod-unlabelled | Pods "pod-1" and "pod-unlabelled" |
        | taken off from | pod-2         | Pod "pod-1"                     |

  Rule: A Pod may stand behind several Services

    @cip-15
    Scenario: Two Services with the same selector have different ClusterIPs, and both work
      Given Pod "pod-1" on the first node
      And Services "svc-1" and "svc-other"
      When a Pod on the first node connects to the ClusterIP of Service "svc-1"
      Then Pod "pod-1" answers
      And a Pod on the first node that connects to the ClusterIP of Service "svc-other" is answered by Pod "pod-1"
      And it has a ClusterIP of its own from the Service range
