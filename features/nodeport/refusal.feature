@extended
Feature: A node port without Pods behind it refuses connections
  A node port is open as long as its Service is there, with Pods or without. Where there is no
  ready Pod in the whole cluster nobody is left hanging: the node itself refuses. That differs
  from the policy Local, with which a node that has no Pod of its own may be silent.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport

  Rule: No ready Pod anywhere means a refusal at every node

    @np-19 @capability:outside
    Scenario: The node port of a Service without any Pod refuses connections
      Given Pod "pod-1" on the first node
      And Services "svc-2" and "svc-without-pods"
      And a client outside the cluster is answered at the node port of the first node of Service "svc-2"
      When a client outside the cluster connects to the node port of every node
      Then every connection is refused at once
