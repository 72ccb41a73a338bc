@core
Feature: A load balancer is taken down when nobody asks for it any more
  An external IP usually costs money, and is a door. When a Service stops being a LoadBalancer, the
  implementation takes the balancer down and the address leads to the Service no longer. Whether
  and when somebody else is given the same address is the implementation's business.

  Docs: https://kubernetes.io/docs/tasks/access-application-cluster/create-external-load-balancer/#garbage-collecting-load-balancers

  Rule: A Service that is no LoadBalancer any more has no external door

    @lb-08 @capability:load-balancer @capability:outside
    Scenario: A LoadBalancer Service that becomes a NodePort Service is not reached at its former external IP
      Given Service "svc-shrinking" with an external IP
      And Pod "pod-1" on the first node
      And a client outside the cluster is answered at the node port of the first node
      When its type is changed to "NodePort"
      And a client outside the cluster connects to the former external IP
      Then no connection is answered

  Rule: A Service is not forgotten before its load balancer is

    @lb-09 @capability:load-balancer-cleanup
    Scenario: A LoadBalancer Service carries a finalizer until its balancer is gone
      Given Service "svc-shrinking" with an external IP
      Then Service "svc-shrinking" has finalizer "service.kubernetes.io/load-balancer-cleanup"
      When its type is changed to "NodePort"
      Then Service "svc-shrinking" has no finalizer "service.kubernetes.io/load-balancer-cleanup"
