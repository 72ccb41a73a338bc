@core
Feature: ClusterIPs come from ranges that the API shows
  Which addresses a Service can get was once a flag of the API server and nobody else's to know.
  Since v1.33 it is told by objects: a ServiceCIDR is a range, and an IPAddress is one address of
  it that is taken, with the Service it belongs to. Nobody has to make IPAddresses; they come and
  go with the Services.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects

  Rule: Every range and every address that is taken is an object

    @cidr-01
    Scenario: Every ClusterIP has an IPAddress that names its Service
      When Service "svc-1" is created
      Then its IPAddress has parentRef "services svc-1"

    @cidr-02
    Scenario: The cluster's own range is the ServiceCIDR called kubernetes
      When Service "svc-1" is created
      Then it has a ClusterIP of its own from the Service range
      And ServiceCIDR "kubernetes" has condition Ready "True"
