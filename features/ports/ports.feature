@core
Feature: A Service may have several ports, and may name them
  One Service can open many ports, each leading to a port of the Pods; with more than one each
  needs a name. A targetPort need not be a number: the name of a container's port will do, and
  what it stands for is looked up on every Pod, so that old and new Pods may listen on different
  ports while both are there.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#multi-port-services

  Rule: Every port leads where it says

    @port-01
    Scenario Outline: Every port of a Service with several leads to the Pods
      Given Pod "pod-1" on the first node
      And Service "svc-two-ports"
      When a Pod on the first node connects to the ClusterIP at port <port>
      Then Pod "pod-1" answers

      Examples:
        | port |
        | 9000 |
        | 9001 |

  Rule: A name stands for a port of each Pod's own

    @port-02
    Scenario: A targetPort may be the name of a container's port
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When a Pod on the first node connects to the ClusterIP
      Then its targetPort is "web"
      And Pod "pod-1" answers

    @port-03
    Scenario: One name may stand for different ports on different Pods
      Given Pods "pod-1" and "pod-on-8090" on the first node
      And Service "svc-1"
      When a Pod on the first node connects to the ClusterIP
      Then every Pod of the Service answers some of the connections

    @port-04
    Scenario: The port of a sidecar container may be a targetPort
      Given Pod "pod-with-sidecar" on the first node
      And Service "svc-1"
      When a Pod on the first node connects to the ClusterIP
      Then Pod "pod-with-sidecar" answers
