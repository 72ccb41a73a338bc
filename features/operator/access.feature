@core
Feature: An operator reaches a ClusterIP Service with a kubeconfig
  People are not a ClusterIP's usual users, but those who operate a cluster look behind it: for a
  dashboard, or to debug. They need no route into the cluster, only the right to use its API,
  which carries their connections. Most of these doors lead past the Service's virtual IP, so
  that they show the Pod to be well and say nothing about the Service's own path.

  Docs: https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/

  Rule: kubectl port-forward leads to one Pod

    @op-01 @capability:kubectl
    Scenario: An operator reaches a Pod of the Service with kubectl port-forward
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When an operator connects through kubectl port-forward to Pod "pod-1"
      Then Pod "pod-1" answers

    @op-02 @capability:kubectl @capability:two-nodes
    Scenario: kubectl port-forward to the Service picks one Pod and stays with it
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When an operator connects through kubectl port-forward to Service "svc-1"
      Then one Pod of the Service answers every connection

  Rule: The API server is a door to the Service's Pods

    Background:
      Given Service "svc-1"
      And Pod "pod-1" on the first node

    @op-03
    Scenario: The API server proxies HTTP to the Service
      When an operator connects through the API server's proxy to Service "svc-1"
      Then Pod "pod-1" answers

    @op-04 @capability:kubectl
    Scenario: kubectl proxy opens the same door on the operator's own machine
      When an operator connects through kubectl proxy to Service "svc-1"
      Then Pod "pod-1" answers

    @op-05
    Scenario: The API server says so when the Service has no ready Pod
      When label "app=pod" is taken off from Pod "pod-1"
      And an operator connects through the API server's proxy to Service "svc-1"
      Then the API server says "no endpoints available for service"

  Rule: The API server leads to Pods, and to nothing else that somebody calls an endpoint

    @op-06
    Scenario: The API server leads nobody to endpoints that are no Pods of its namespace
      Given Service "svc-without-selector"
      And Pod "pod-1" on the first node
      When Endpoints "svc-without-selector" is created
      Then a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
      When an operator connects through the API server's proxy to Service "svc-without-selector"
      Then the API server says "no endpoints available for service"

  Rule: A throw-away Pod sees what Pods see

    @op-07
    Scenario: An operator debugs the ClusterIP from a throw-away Pod inside the cluster
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When an operator starts a throw-away Pod that connects to the ClusterIP
      Then Pod "pod-1" answers
