@extended
Feature: The name of a Service may start with a digit
  DNS labels may start with a digit, and the names of most objects may. Those of Services may not
  until Kubernetes 1.36, so that tools which make their names from others had to add a letter.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#relaxed-naming-requirements-for-service-objects

  Rule: A Service's name is a DNS label like any other

    @dns-12 @capability:service-names-with-digits
    Scenario: A Service whose name starts with a digit is found by its name
      Given Service "1st-svc"
      When a Pod on the first node looks up "1st-svc.NAMESPACE.svc.ZONE"
      Then the answer is the ClusterIP
