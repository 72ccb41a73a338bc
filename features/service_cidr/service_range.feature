@core
Feature: ClusterIPs come from ranges that the API shows
  Which addresses a Service can get was once a flag of the API server and nobody else's to know.
  Since v1.33 it is told by objects: a ServiceCIDR is a range, and an IPAddress is one address of
  it that is taken, with the Service it belongs to. Nobody has to make IPAddresses; they come and
  go with the Services.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects

  Rule: Every range and every address that is taken is an object

    @cidr-01 @capability:service-cidr
    Scenario: Every ClusterIP has an IPAddress that names its Service
      When Service "svc-1" is created
      Then its IPAddress has parentRef "services svc-1"

    @cidr-02 @capability:service-cidr
    Scenario: The cluster's own range is the ServiceCIDR called kubernetes
      When Service "svc-1" is created
      Then it has a ClusterIP of its own from the Service range
      And ServiceCIDR "kubernetes" has condition Ready "True"

  Rule: A range may be added, and goes when nobody needs it any more

    @cidr-03 @capability:service-cidr
    Scenario: Services take addresses of a ServiceCIDR that was added, and are reached there
      Given Pod "pod-1" on the first node
      And ServiceCIDR "extra-1"
      When Service "svc-extra-1" is created
      Then its ClusterIP is "10.200.1.10"
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

    @cidr-04 @capability:service-cidr
    Scenario: A ServiceCIDR whose addresses are in use stays as it is, until they are free
      Given ServiceCIDR "extra-2"
      And Service "svc-extra-2"
      When the range of ServiceCIDR "extra-2" is changed to "10.200.4.0/24"
      Then it is refused at "spec.cidrs" because "field is immutable"
      When ServiceCIDR "extra-2" is deleted
      Then ServiceCIDR "extra-2" has condition Ready "False"
