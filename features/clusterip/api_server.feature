@core
Feature: The Kubernetes API is a Service itself
  Programs in Pods talk to the API server as they talk to anything else: through a Service. It is
  called kubernetes, lives in the namespace default, and no selector finds its endpoints; API
  servers enter themselves. Each of them shows a certificate in the Service's name, and every Pod is
  given what it takes to verify it.

  Docs: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api

  Rule: Any Pod reaches the API server through its Service

    @cip-26
    Scenario Outline: Every Pod reaches the API server through the Service called kubernetes
      Given Pod "pod-1" on the first node
      And the API server's own Service
      When Pod "pod-1" connects to <door>
      Then the API server answers
      And its EndpointSlice has label kubernetes.io/service-name "kubernetes"

      Examples:
        | door                              |
        | the ClusterIP                     |
        | the name "kubernetes.default.svc" |
