@core
Feature: Services carry UDP as they carry TCP
  A port of a Service has a protocol: TCP unless it says otherwise. One number may be used for two
  protocols, and then stands for two ports, each with a name and Pods' port of its own. UDP knows
  no connections. To spread it at all, the nodes remember for a while who sent what to whom, and
  treat what follows as part of the same flow.

  Docs: https://kubernetes.io/docs/reference/networking/service-protocols/#protocol-udp

  Rule: A protocol is part of a port

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @port-06 @capability:two-nodes
    Scenario: Datagrams to the ClusterIP arrive at a Pod, and its answers come back
      When a Pod on the second node connects to the ClusterIP over UDP
      Then Pod "pod-1" answers

    @port-05 @capability:two-nodes
    Scenario Outline: One port number serves TCP and UDP
      When a Pod on the second node connects to <door>
      Then Pod "pod-1" answers

      Examples:
        | door                                |
        | the ClusterIP at port 9000          |
        | the ClusterIP at port 9000 over UDP |

  Rule: Node ports carry UDP too

    Background:
      Given Service "svc-2"
      And Pod "pod-1" on the first node

    @np-18 @capability:two-nodes @capability:outside
    Scenario: Every node passes datagrams from outside on to a Pod
      When a client outside the cluster connects to the node port of every node over UDP
      Then Pod "pod-1" answers

    @np-12 @capability:two-nodes @capability:outside
    Scenario Outline: One node port number serves TCP and UDP of a Service
      When a client outside the cluster connects to <door>
      Then its node port is "30053"
      And Pod "pod-1" answers

      Examples:
        | door                                  |
        | the node port of every node           |
        | the node port of every node over UDP  |

  Rule: Session affinity holds for datagrams

    @aff-08 @capability:two-nodes
    Scenario: With ClientIP all datagrams of one client go to the same Pod
      Given Service "svc-sticky"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the second node connects to the ClusterIP over UDP
      Then one Pod of the Service answers every connection
