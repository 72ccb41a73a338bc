@core
Feature: Session affinity keeps a client with one Pod
  A Service chooses a Pod anew for each connection, unless its sessionAffinity is ClientIP: then
  the client, which is known by its address alone, keeps the Pod that it was given first, for as
  long as it does not stay away longer than the timeout. It is a matter of addresses and not of
  HTTP sessions: clients behind one address share a Pod, and two clients may have the same one.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#session-affinity

  Rule: Affinity is what a Service asks for

    @aff-01
    Scenario: A Service that says nothing of affinity has none
      When Service "svc-1" is created
      Then its sessionAffinity is "None"

    @aff-06
    Scenario Outline: The affinity lasts three hours by default and one day at most
      When Service "<service>" is created
      Then <what>

      Examples:
        | service      | what                              |
        | svc-sticky   | its affinity timeout is "10800"   |
        | svc-for-ever | it is refused at "spec.sessionAffinityConfig.clientIP.timeoutSeconds" because "must be greater than 0 and less than 86400" |

  Rule: A client keeps its Pod at whichever door of the Service it comes in

    Background:
      Given Service "svc-sticky"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node

    @aff-02 @capability:two-nodes
    Scenario: With affinity ClientIP one Pod answers all connections of a client to the ClusterIP
      When a Pod on the second node connects to the ClusterIP
      Then one Pod of the Service answers every connection

    @aff-03 @capability:two-nodes @capability:outside
    Scenario: With affinity ClientIP one Pod answers all connections of a client to the node port
      When a client outside the cluster connects to the node port of the first node
      Then one Pod of the Service answers every connection

  Rule: The affinity may be changed while clients use the Service

    @aff-04 @capability:two-nodes
    Scenario Outline: Affinity can be switched on and off
      Given Service "<service>"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When its sessionAffinity is changed to "<affinity>"
      And a Pod on the second node connects to the ClusterIP
      Then <who> of the Service answers <what>

      Examples:
        | service    | affinity | who       | what                    |
        | svc-1      | ClientIP | one Pod   | every connection        |
        | svc-sticky | None     | every Pod | some of the connections |

  Rule: A client is let go when it stays away, or when its Pod does

    @aff-05
    Scenario: A client that stays away for the timeout may be given another Pod
      Given Service "svc-forgetful"
      And Pods "pod-1" and "pod-2" and "pod-3" and "pod-4" on the first node
      When a Pod on the first node connects to the ClusterIP
      Then one Pod of the Service answers every connection
      And another Pod answers once the client has stayed away for the timeout

    @aff-07 @capability:two-nodes
    Scenario: A client whose Pod leaves the Service is given another
      Given Service "svc-sticky"
      And Pod "pod-1" on the first node
      And a Pod on the second node is answered at the ClusterIP
      And Pod "pod-2" on the second node
      When label "app=pod" is taken off from Pod "pod-1"
      Then a Pod on the second node that connects to the ClusterIP is answered by Pod "pod-2"
