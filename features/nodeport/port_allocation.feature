@core
Feature: Node ports are allocated from one range
  The whole cluster shares one range of node ports, 30000 to 32767 unless its API server is told
  otherwise. A Service may ask for a port; without a wish it is given a free one. A wish is best
  taken from the lower part of the range, 30000 to 30085, from which automatic choices keep away
  as long as they can: 30000 is a good choice.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#nodeport-custom-port

  Rule: Without a wish the control plane chooses

    @np-06
    Scenario: A NodePort Service that asks for no port is given one from the range
      When Service "svc-any-port" is created
      Then its node port is in the cluster's node port range

    @np-11
    Scenario: Automatic node ports leave the lower part of the range to those who choose
      When Service "svc-any-port" is created
      Then its node port comes from the upper part of its range

    @np-14 @capability:outside
    Scenario Outline: Every port of a NodePort Service is given a node port
      Given Pod "pod-1" on the first node
      And Service "svc-two-ports"
      When a client outside the cluster connects to the node port for <port> of the first node
      Then Pod "pod-1" answers

      Examples:
        | port |
        | 9000 |
        | 9001 |

  Rule: A wish is granted or refused, never changed

    @np-07
    Scenario: A Service gets the node port it asks for
      When Service "svc-2" is created
      Then its node port is "30000"

    @np-08
    Scenario: A node port outside the range is refused
      When Service "svc-port-out-of-range" is created
      Then it is refused at "spec.ports[0].nodePort" because "provided port is not in the valid range"

    @np-09
    Scenario: A node port that another Service has is refused
      Given Service "svc-2"
      When Service "svc-same-port" is created
      Then it is refused at "spec.ports[0].nodePort" because "provided port is already allocated"

  Rule: Only a Service that has node ports may ask for one

    @np-20
    Scenario: A ClusterIP Service that asks for a node port is refused
      When Service "svc-1" is created
      Then it is refused at "spec.ports[0].nodePort" because "may not be used when `type` is 'ClusterIP'"

    @np-21
    Scenario Outline: A Service that has node ports cannot be without a ClusterIP
      When Service "<service>" is created
      Then it is refused at "spec.clusterIPs[0]" because "may not be set to 'None' for <type> services"

      Examples:
        | service                    | type         |
        | svc-headless-node-port     | NodePort     |
        | svc-headless-load-balancer | LoadBalancer |
