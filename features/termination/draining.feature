@core
Feature: A Pod that is terminating serves until it has finished
  To delete a Pod is to ask it to end. It has a grace period for that, in which it may go on
  answering, and the cluster learns of it at different times in different places. So such a Pod is
  not simply gone: the EndpointSlices call it terminating, and serving for as long as it passes
  its readiness probe. The nodes send it nothing new while there are others, and fall back on it
  where there are none.

  Docs: https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-to-terminating-endpoints

  Rule: The EndpointSlices tell terminating Pods from others

    @term-01
    Scenario: A Pod that is being deleted is named as terminating and serving, and no longer as ready
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When Pod "pod-1" is terminating and still serving
      Then its EndpointSlices name Pod "pod-1" as terminating and serving

  Rule: New connections go to Pods that stay, as long as there are any

    @term-02 @capability:two-nodes
    Scenario: A terminating Pod gets no new connection while another Pod is ready
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When Pod "pod-1" is terminating and still serving
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-2"

  Rule: Connections that there are go on until the Pod ends them

    @term-07 @capability:two-nodes
    Scenario: A connection to a terminating Pod goes on while new ones go elsewhere
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And a Pod on the second node keeps a connection to the ClusterIP open
      And Pod "pod-2" on the second node
      When Pod "pod-1" is terminating and still serving
      Then new connections are answered by Pod "pod-2", and the kept one by the Pod that it began with

  Rule: Where only terminating Pods are left, they are better than none

    @term-03 @capability:two-nodes
    Scenario: A Service whose last Pod is terminating still answers at its ClusterIP
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When Pod "pod-1" is terminating and still serving
      Then a Pod on the second node that connects to the ClusterIP is answered by Pod "pod-1"

    @term-05 @capability:two-nodes @capability:outside
    Scenario: A Service whose last Pod is terminating still answers at every node
      Given Service "svc-2"
      And Pod "pod-1" on the first node
      And Pod "pod-1" is terminating and still serving
      When a client outside the cluster connects to the node port of every node
      Then Pod "pod-1" answers

  Rule: A traffic policy looks for the last Pods on the node alone

    Background:
      Given Service "svc-local"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node

    @term-04 @capability:two-nodes
    Scenario: With the internal policy Local a node falls back on its own terminating Pod
      When Pod "pod-1" is terminating and still serving
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
      And a Pod on the second node that connects to the ClusterIP is answered by Pod "pod-2"

    @term-06 @capability:two-nodes @capability:outside
    Scenario: With the external policy Local a node falls back on its own terminating Pod
      Given Pod "pod-1" is terminating and still serving
      When a client outside the cluster connects to the node port of the first node
      Then Pod "pod-1" answers
