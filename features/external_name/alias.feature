@core
Feature: An ExternalName Service is an alias in DNS
  It has no ClusterIP, no Pods and no proxy: looking it up gives a CNAME to another name, and that
  is all. The client therefore speaks to the other host under the Service's name, which is why HTTP
  and TLS servers that look at the name often refuse it.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#externalname

  Rule: The name is an alias for the external name

    @ext-01
    Scenario: DNS answers the name of the Service with its external name
      Given Service "svc-alias"
      When a Pod on the first node looks up the alias "svc-alias.NAMESPACE.svc.ZONE"
      Then the answer is the name "old.example.com"

    @ext-02
    Scenario: A changed external name changes the alias
      Given Service "svc-alias"
      When its externalName is changed to "new.example.com"
      And a Pod on the first node looks up the alias "svc-alias.NAMESPACE.svc.ZONE"
      Then the answer is the name "new.example.com"

  Rule: Nothing is allocated for it

    @ext-03
    Scenario: An ExternalName Service has neither ClusterIP nor node port
      When Service "svc-alias-with-port" is created
      Then it has no ClusterIP
      And it has no node port
