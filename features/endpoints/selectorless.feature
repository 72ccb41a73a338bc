@core
Feature: A Service without a selector is given its endpoints by hand
  A Service need not find Pods. Without a selector nobody writes its EndpointSlices, and whoever
  knows the addresses writes them: those of a database that moves into the cluster, of a second
  cluster, of a Service elsewhere. Nothing looks whether anybody listens there.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors

  Background:
    Given Pods "pod-1" and "pod-2" on the first node
    And Service "svc-1"

  Rule: Endpoints come from whoever writes them

    @sel-01
    Scenario: A Service without a selector has no endpoints by itself
      Given Service "svc-selecting"
      Then Service "svc-1" has no EndpointSlice

    @sel-02
    Scenario: A hand-made EndpointSlice routes the Service
      When EndpointSlice "svc-1-a" is created
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

    @sel-03
    Scenario: Several EndpointSlices of a Service count as one
      Given EndpointSlice "svc-1-a"
      When EndpointSlice "svc-1-b" is created
      Then a Pod on the first node that connects to the ClusterIP is answered by Pods "pod-1" and "pod-2"

  Rule: Some addresses are no endpoints

    @sel-04
    Scenario Outline: Loopback, link-local and multicast addresses are refused
      When EndpointSlice "svc-1-<what>" is created
      Then it is refused at "endpoints[0].addresses[0]" because "may not be in the <range> range"

      Examples:
        | what       | range                |
        | loopback   | loopback             |
        | link-local | link-local           |
        | multicast  | link-local multicast |

  Rule: The older Endpoints API still works, by way of a mirror

    @sel-06
    Scenario: Endpoints made by hand are mirrored to EndpointSlices, and taken back with them
      When Endpoints "svc-1" is created
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-2"
      When Endpoints "svc-1" is deleted
      Then it has no EndpointSlice
