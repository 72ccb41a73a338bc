@core
Feature: Pods are told of Services when they start
  For every Service of its namespace a container gets environment variables, as they are when it
  starts. A Service that is created later is not among them, however long the Pod runs. DNS has no
  such order of things, and a namespace with thousands of Services makes Pods slow to start, which
  is why the variables can be left out.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables

  Rule: The variables tell of the Services that were there before the Pod

    @env-01
    Scenario: A Pod started after a Service has the variables of that Service
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When every Pod of the Service is deleted and created anew
      Then the environment of Pod "pod-1" tells of Service "svc-1"

    @env-02
    Scenario: A Pod started before a Service does not see it
      Given Pod "pod-1" on the first node
      When Service "svc-late" is created
      Then the environment of Pod "pod-1" does not tell of Service "svc-late"

  Rule: A Pod may do without them

    @env-03
    Scenario: With enableServiceLinks false a Pod sees the API server's Service only
      Given Pod "pod-without-links" on the first node
      And Service "svc-2"
      When every Pod of the Service is deleted and created anew
      Then the environment of Pod "pod-without-links" does not tell of Service "svc-2"
