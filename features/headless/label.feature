@extended
Feature: A label keeps EndpointSlices away from the service proxy
  The control plane marks the EndpointSlices of headless Services with the label
  service.kubernetes.io/headless. For the service proxy they do not exist: DNS alone is meant to
  use them. Whoever puts the label on EndpointSlices of their own takes them out of the routing.

  Docs: https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioheadless

  Rule: What is labelled as headless is not routed

    @hl-08
    Scenario: The service proxy ignores EndpointSlices that are labelled as headless
      Given Services "svc-plain" and "svc-labelled"
      And Pod "pod-1" on the first node
      And EndpointSlice "svc-labelled-1"
      And a Pod on the first node is answered at the ClusterIP of Service "svc-plain"
      When a Pod on the first node connects to the ClusterIP of Service "svc-labelled"
      Then no connection is answered
