@core
Feature: A Service lasts until somebody deletes it
  Nothing else ends a Service: neither the loss of its Pods nor time. When it is deleted, its
  addresses and ports are free for others, and a Service that is later created under the same
  name is another one, which need not get the same ClusterIP.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes

  Background:
    Given Pod "pod-1" on the first node

  Rule: What is deleted is gone

    @cip-17
    Scenario: After a Service is deleted its ClusterIP stops answering
      Given Services "svc-2" and "svc-1"
      And a Pod on the first node is answered at the ClusterIP of Service "svc-2"
      When Service "svc-1" is deleted
      And a Pod on the first node connects to the former ClusterIP of Service "svc-1"
      Then no connection is answered

    @np-10 @capability:outside
    Scenario: A deleted Service gives its node port back
      Given Service "svc-2"
      When Service "svc-2" is deleted
      And Service "svc-same-port" is created
      Then a client outside the cluster that connects to the node port of the first node is answered by Pod "pod-1"

  Rule: A name may be used again

    @cip-18
    Scenario: A Service that is deleted and created anew works again
      Given Service "svc-1"
      When Service "svc-1" is deleted
      And Service "svc-1" is created
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
