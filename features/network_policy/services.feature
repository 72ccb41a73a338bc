@extended
Feature: NetworkPolicies restrict what Services lead to
  A NetworkPolicy selects Pods and says who may reach them, and whom they may reach. It knows
  nothing of Services: what counts is the Pod at the end, and the Pod's own port. So a policy closes
  the way through the Service as well, and one that forgets about DNS takes away every name.
  Whether policies have any effect is up to the cluster's network plugin.

  Docs: https://kubernetes.io/docs/concepts/services-networking/network-policies/

  Rule: A Pod is isolated only when a policy selects it

    @npol-01
    Scenario: Without any policy every Pod reaches the Service
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When a Pod of another namespace on the first node connects to the ClusterIP
      Then Pod "pod-1" answers

    @npol-02 @capability:network-policy
    Scenario: A policy that lets nobody in closes the way through the Service, too
      Given Services "svc-open" and "svc-1"
      And Pods "pod-open" and "pod-1" on the first node
      And a Pod on the first node is answered at the ClusterIP of Service "svc-open"
      When NetworkPolicy "nobody-comes-in" is created
      And a Pod on the first node connects to the ClusterIP of Service "svc-1"
      Then no connection is answered

    @npol-08 @capability:network-policy
    Scenario: Removing the policy restores the Service
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And NetworkPolicy "nobody-comes-in"
      When NetworkPolicy "nobody-comes-in" is deleted
      And a Pod on the first node connects to the ClusterIP
      Then Pod "pod-1" answers

  Rule: What counts is the Pod and its own port

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @npol-03 @capability:network-policy
    Scenario: A policy that allows the Pod's port lets in who dials the port of the Service
      Given NetworkPolicy "port-8080-only"
      When a Pod on the first node connects to the ClusterIP at port 9000
      Then Pod "pod-1" answers

    @npol-07 @capability:network-policy @capability:host-network
    Scenario: An isolated Pod stays reachable from its own node
      Given NetworkPolicy "nobody-comes-in"
      When a process on the first node connects to the ClusterIP
      Then Pod "pod-1" answers

  Rule: Names need DNS, which is traffic like any other

    @npol-05 @capability:network-policy
    Scenario: A policy on what goes out also cuts a Pod off from DNS
      Given Service "svc-1"
      And Pods "pod-1" and "pod-open" on the first node
      And Pod "pod-open" is answered at the name "svc-1"
      When NetworkPolicy "to-pods-only" is created
      And Pod "pod-open" looks up "svc-1"
      Then the answer is silence
