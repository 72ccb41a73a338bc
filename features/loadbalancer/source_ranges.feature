@extended
Feature: A load balancer may admit some clients only
  loadBalancerSourceRanges lists the networks whose clients may use the external IP. It closes that
  door only: the Service's ClusterIP is as open as before, and so are its node ports with most
  implementations. A load balancer that hides the client's address cannot tell whom to admit.

  Docs: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/service-v1/#ServiceSpec

  Rule: Clients from other networks are not let in

    @lb-10 @capability:source-ranges @capability:outside
    Scenario: A client from outside the source ranges is not answered at the external IP
      Given Pod "pod-1" on the first node
      And Service "svc-for-all" with an external IP
      And Service "svc-for-others" with an external IP
      And a client outside the cluster is answered at the external IP of Service "svc-for-all"
      When a client outside the cluster connects to the external IP
      Then no connection is answered
