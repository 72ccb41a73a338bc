@core
Feature: A rolling update loses no connection when its Pods drain
  A Deployment replaces its Pods a few at a time. The old ones are told to end while the nodes still
  learn that they should not be used any more: these two race by design. A Pod that stops listening
  at once loses connections; one that goes on for some seconds does not. That is for the Pod to do,
  with a preStop hook or by itself, and the rest is the Service's promise.

  Docs: https://kubernetes.io/docs/tutorials/services/pods-and-endpoint-termination-flow/

  Rule: Pods that go on for a while hand over to their successors

    @term-08
    Scenario: A client in the cluster loses no connection while every Pod is replaced
      Given Service "svc-1"
      And Deployment "web"
      And a Pod on the first node keeps connecting to the ClusterIP
      When Deployment "web" is rolled out anew
      Then no connection was lost

    @lb-21 @capability:load-balancer @capability:outside
    Scenario: A client of the load balancer loses no connection while every Pod is replaced
      Given Service "svc-3" with an external IP
      And Deployment "web"
      And a client outside the cluster keeps connecting to the external IP
      When Deployment "web" is rolled out anew
      Then no connection was lost
