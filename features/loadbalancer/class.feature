@core
Feature: A load balancer class says whose Service it is
  A cluster may have several load balancer implementations. A Service that names a class belongs to
  the implementation of that class; the cluster's default one has to leave it alone, even if nobody
  else comes to serve it. A Service that names none belongs to the default one.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-class

  Rule: An implementation leaves the Services of other classes alone

    @lb-14 @capability:load-balancer
    Scenario: A Service of a class that nobody serves is left pending while others are served
      Given Service "svc-3" with an external IP
      When Service "svc-unclaimed" is created
      Then its external IP stays pending

  Rule: A Service keeps the class it was born with

    @lb-15
    Scenario: The load balancer class of a Service cannot be changed
      Given Service "svc-unclaimed"
      When its loadBalancerClass is changed to "kubeproof.dev/somebody"
      Then it is refused at "spec.loadBalancerClass" because "may not change once set"
