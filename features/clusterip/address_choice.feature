@core
Feature: A Service may ask for its ClusterIP
  Mostly nobody cares which address a Service gets. But a DNS server has to be known by its
  address, and a Service that moves between clusters may have to keep its own. A wish is granted
  or refused, never changed; and once a Service has an address it cannot be given another.

  Docs: https://kubernetes.io/docs/concepts/services-networking/cluster-ip-allocation/

  Rule: A wish is granted or refused

    @cip-19
    Scenario: A Service gets the ClusterIP it asks for
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When Service "svc-1" is deleted
      And Service "svc-other" is created with the ClusterIP of Service "svc-1"
      Then it has the ClusterIP of Service "svc-1"
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

    @cip-20
    Scenario: A ClusterIP outside the Service range is refused
      When Service "svc-out-of-range" is created
      Then it is refused at "spec.clusterIPs" because "failed to allocate IP 192.0.2.1: the provided"

    @cip-21
    Scenario: A ClusterIP that another Service has is refused
      Given Service "svc-1"
      When Service "svc-other" is created with the ClusterIP of Service "svc-1"
      Then it is refused at "spec.clusterIPs" because "provided IP is already allocated"

  Rule: An address stays

    @cip-22
    Scenario: Once a Service has a ClusterIP, no other can take its place
      Given Service "svc-1"
      When its clusterIP is changed to "192.0.2.1"
      Then it is refused at "spec.clusterIPs[0]" because "may not change once set"

  Rule: Without a wish the control plane chooses from the upper part of the range

    @cip-23
    Scenario: Automatic ClusterIPs leave the lower part of the range to those who choose
      When Service "svc-1" is created
      Then its ClusterIP comes from the upper part of its range
