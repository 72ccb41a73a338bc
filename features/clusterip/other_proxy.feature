@core
Feature: A Service may be left to another service proxy
  Whoever brings a service proxy of their own, for some Services only, says so by a label. The
  cluster's own proxy then leaves such a Service alone, as if it were not there: it has a
  ClusterIP and EndpointSlices like every other, and nobody routes to them but the proxy that is
  named.

  Docs: https://kubernetes.io/docs/reference/labels-annotations-taints/#servicekubernetesioservice-proxy-name

  Rule: The label takes a Service away from the cluster's own proxy

    @prox-01
    Scenario: A Service that is labelled as another proxy's is left alone
      Given Pod "pod-1" on the first node
      And Services "svc-2" and "svc-1"
      And a Pod on the first node is answered at the ClusterIP of Service "svc-2"
      When its label service.kubernetes.io/service-proxy-name is changed to "another-proxy"
      And a Pod on the first node connects to the ClusterIP
      Then no connection is answered
