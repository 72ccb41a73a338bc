@core
Feature: A Service port leads to a port of the Pods
  Clients use the Service's port; the Pods listen on their own. The two numbers need not be the
  same: svc-1 takes connections on port 9000 and hands them to port 8080 of its Pods.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports

  Rule: targetPort says where the Pods listen

    @cip-07
    Scenario: A connection to port 9000 of the Service arrives at port 8080 of the Pod
      Given Service "svc-1"
      And Pod "pod-1" on the first node, which listens on port 8080 only
      When a Pod on the first node connects to the ClusterIP at port 9000
      Then Pod "pod-1" answers

    @cip-08
    Scenario: Without a targetPort the Service's port number is used on the Pod
      Given Service "svc-without-target-port"
      And Pod "pod-1" on the first node, which listens on port 8080 only
      When a Pod on the first node connects to the ClusterIP at port 8080
      Then its targetPort is "8080"
      And Pod "pod-1" answers
