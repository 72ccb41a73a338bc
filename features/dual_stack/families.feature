@core
Feature: A Service has a ClusterIP of one IP family, or of two
  A cluster has one range of ClusterIPs, or one for each of IPv4 and IPv6. A Service that says
  nothing gets one address, of the cluster's first family, even where both are to be had. It says
  by ipFamilyPolicy whether it would like two, or cannot do without.

  Docs: https://kubernetes.io/docs/concepts/services-networking/dual-stack/#services

  Rule: Nobody gets two families without asking

    @ds-01
    Scenario: A Service that asks for nothing is single-stack, in the cluster's first family
      When Service "svc-1" is created
      Then its ipFamilyPolicy is "SingleStack"
      And its number of ClusterIPs is "1"
      And it has a ClusterIP of its own from the Service range

  Rule: A cluster with one family gives what it has

    @ds-03 @capability:single-stack
    Scenario: Without a second family PreferDualStack gets one address, and RequireDualStack is refused
      Given Service "svc-prefers-both"
      Then its number of ClusterIPs is "1"
      When Service "svc-requires-both" is created
      Then it is refused at "spec.ipFamilyPolicy" because "this cluster is not configured for dual-stack services"
