@extended
Feature: Load balancers leave nodes alone that are not meant for them
  Not every node is to take traffic from outside: control planes, nodes without a way out, nodes
  that are about to be removed. The first are told to load balancers by a label; the last tell it
  themselves, at a port where kube-proxy speaks for the whole node, so that their connections can
  end before they do.

  Docs: https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-exclude-from-external-load-balancers

  Rule: A label excludes a node

    @lb-24 @disruptive @capability:excluded-nodes @capability:outside @capability:two-nodes
    Scenario Outline: A node that is labelled as excluded is not used by the load balancer
      Given Service "svc-local" with an external IP
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When the <excluded> node is labelled "node.kubernetes.io/exclude-from-external-load-balancers"
      And a client outside the cluster connects to the external IP
      Then only the Pods on the <other> node answer

      Examples:
        | excluded | other  |
        | first    | second |
        | second   | first  |

  Rule: A node that is about to be removed says so

    @lb-25 @disruptive @capability:node-health-check @capability:outside @capability:two-nodes
    Scenario Outline: Only a node that is about to be removed tells load balancers not to use it
      Given Service "svc-cluster"
      When the first node is tainted "ToBeDeletedByClusterAutoscaler"
      And a client outside the cluster connects to the node health check of <nodes>
      Then the health check answers "<answer>"

      Examples:
        | nodes                    | answer                  |
        | the first node           | 503 Service Unavailable |
        | every node but the first | 200 OK                  |
