@core
Feature: A Service may have nobody behind it
  A Service whose selector finds no Pod is not an error. It has its address and its ports, and an
  EndpointSlice that names nobody. Three mistakes lead there, and the API reports none of them: labels
  that do not match, Pods that are not ready, and a targetPort that no container of the Pod names.

  Docs: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#does-the-service-have-any-endpointslices

  Rule: The EndpointSlices tell who is behind a Service

    @rdy-08
    Scenario: A selector that finds nothing has an empty EndpointSlice, which fills when a Pod appears
      Given Pod "pod-unlabelled" on the first node
      And Service "svc-1"
      Then its EndpointSlices name no Pod
      When label "app=pod" is put on Pod "pod-unlabelled"
      Then its EndpointSlices name Pod "pod-unlabelled" as ready

  Rule: A targetPort that is a name leads to Pods that declare it, a number to any

    @rdy-07 @capability:two-nodes
    Scenario Outline: Only a targetPort that is a name has to be declared by the Pod
      Given Service "<service>"
      And Pod "pod-1" on the first node
      And Pod "pod-undeclared" on the second node
      Then a Pod on the first node that connects to the ClusterIP is answered by <those>

      Examples:
        | service     | those                               |
        | svc-named   | Pod "pod-1"                         |
        | svc-1       | Pods "pod-1" and "pod-undeclared"   |
