@extended
Feature: A Service without endpoints refuses connections at once
  kube-proxy answers for a Service that nobody serves: whoever connects is told so and need not wait
  for a time-out. Where only the node has no endpoint of its own, by a traffic policy, it is silent
  instead. Other implementations have verdicts of their own.

  Docs: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-the-kube-proxy-working

  Rule: Nobody is left hanging

    @rdy-05 @capability:two-nodes
    Scenario: Connecting to a Service without any ready Pod is refused
      Given Services "svc-all" and "svc-1"
      And Pod "pod-gated" on the second node, which is not ready
      And a Pod on the first node is answered at the ClusterIP of Service "svc-all"
      When a Pod on the first node connects to the ClusterIP
      Then every connection is refused at once
