@core
Feature: A Service may be changed while clients use it
  A Service is not made for one set of Pods or one list of ports. Its selector, its ports and its
  node ports can be edited at any time. The ClusterIP stays what it was, so that clients notice
  nothing but the change itself.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service

  Rule: The selector may be changed, and traffic follows

    @cip-12
    Scenario: Another selector moves the traffic to other Pods, and the ClusterIP stays
      Given Pods "pod-1" and "pod-2" on the first node
      And Service "svc-1"
      When its selector is changed to "track=green"
      Then Service "svc-1" has kept its ClusterIP
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-2"

  Rule: Ports may come and go

    @cip-16
    Scenario: A port that is added works, and one that is removed does not
      Given Pod "pod-1" on the first node
      And Service "svc-1"
      When its ports are changed to "web 9000:8080, new 9002:8080"
      Then a Pod on the first node that connects to the ClusterIP at port 9002 is answered by Pod "pod-1"
      When a Pod on the first node connects to the ClusterIP at port 9001
      Then no connection is answered

    @np-13 @capability:outside
    Scenario: Another node port answers from then on, and the former one does not
      Given Pod "pod-1" on the first node
      And Service "svc-2"
      When its node port is changed to "30081"
      Then a client outside the cluster that connects to the node port of the first node is answered by Pod "pod-1"
      When a client outside the cluster connects to the former node port of the first node
      Then no connection is answered
