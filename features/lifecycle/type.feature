@core
Feature: A Service may change its type
  The types are nested: a NodePort Service is a ClusterIP Service and more, a LoadBalancer Service
  is a NodePort Service and more. So a Service can go up and down that ladder while clients use it.
  Nobody has to repeat what was allocated: an update that does not mention an address or a port
  keeps it, and one that leaves a type gives back what only that type needs.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types

  Rule: Going up, a Service keeps what it has

    @type-01 @capability:outside
    Scenario: A ClusterIP Service that becomes a NodePort Service keeps its ClusterIP
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When its type is changed to "NodePort"
      Then Service "svc-1" has kept its ClusterIP
      And a client outside the cluster that connects to the node port of the first node is answered by Pod "pod-1"

    @type-02
    Scenario: A NodePort Service that becomes a LoadBalancer Service keeps its ClusterIP and its node port
      Given Service "svc-2"
      When its type is changed to "LoadBalancer"
      Then its type is "LoadBalancer"
      And Service "svc-2" has kept its ClusterIP and its node port

  Rule: Going down, it gives back what only the higher type needs

    @type-03 @capability:outside
    Scenario: A NodePort Service that becomes a ClusterIP Service closes its node port
      Given Pod "pod-1" on the first node
      And Services "svc-3" and "svc-2"
      And a client outside the cluster is answered at the node port of the first node of Service "svc-3"
      When its type is changed to "ClusterIP"
      And a client outside the cluster connects to the former node port of the first node of Service "svc-2"
      Then no connection is answered

  Rule: An ExternalName Service is a name only, and may become more or be what is left

    @type-04
    Scenario Outline: An ExternalName Service that gets another type is given a ClusterIP and works
      Given Pod "pod-1" on the first node
      And Service "svc-external"
      When its type is changed to "<type>"
      Then its type is "<type>"
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

      Examples:
        | type      |
        | ClusterIP |
        | NodePort  |

    @type-05
    Scenario Outline: A Service that becomes an ExternalName Service loses its ClusterIP
      Given Service "<service>"
      When its type is changed to "ExternalName" and its externalName to "example.com"
      Then its type is "ExternalName"
      And it has no ClusterIP

      Examples:
        | service |
        | svc-1   |
        | svc-2   |

  Rule: What an update does not mention stays as it was allocated

    @type-06
    Scenario: A Service that is replaced by its own manifest keeps its ClusterIP and its node port
      Given Service "svc-3"
      When Service "svc-3" is replaced by its manifest
      Then Service "svc-3" has kept its identity
      And Service "svc-3" has kept its ClusterIP and its node port
