@core
Feature: The health check node port tells load balancers which nodes have Pods
  With externalTrafficPolicy Local a node without a Pod drops what a load balancer sends it, so
  that the balancer has to know. For that such a Service has one more node port, at which every
  node speaks for itself: 200 while it has a ready Pod of the Service, 503 while it has none. No
  Pod is reached there, and no load balancer is needed for it to work.

  Docs: https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/#preserving-the-client-source-ip

  Rule: It belongs to LoadBalancer Services with the policy Local

    @etp-11
    Scenario Outline: Only a LoadBalancer Service with the policy Local has a health check node port
      When Service "<service>" is created
      Then <what>

      Examples:
        | service         | what                                                          |
        | svc-3           | its healthCheckNodePort is in the cluster's node port range   |
        | svc-cluster     | it has no healthCheckNodePort                                 |
        | svc-not-allowed | it is refused at "spec.healthCheckNodePort" because "may only be set when" |

    @etp-14
    Scenario: A health check node port may be asked for, is not changed, and goes with the policy
      When Service "svc-asking" is created
      Then its healthCheckNodePort is "30084"
      When its healthCheckNodePort is changed to "30085"
      Then it is refused at "spec.healthCheckNodePort" because "field is immutable"
      When its externalTrafficPolicy is changed to "Cluster"
      Then it has no healthCheckNodePort

  Rule: Every node speaks for itself

    @etp-12 @capability:two-nodes @capability:outside
    Scenario Outline: A node with a ready Pod is healthy, and one without is not
      Given Service "svc-3"
      And Pod "pod-1" on the first node
      When a client outside the cluster connects to the health check node port of <nodes>
      Then the health check answers "<answer>"

      Examples:
        | nodes                    | answer                  |
        | the first node           | 200 OK                  |
        | every node but the first | 503 Service Unavailable |

    @etp-13 @capability:outside
    Scenario: A node whose only Pod is terminating is not healthy, while it still serves
      Given Service "svc-3"
      And Pod "pod-draining" on the first node
      When Pod "pod-draining" is terminating and still serving
      And a client outside the cluster connects to the health check node port of the first node
      Then the health check answers "503 Service Unavailable"
      And a client outside the cluster that connects to the node port of the first node is answered by Pod "pod-draining"
