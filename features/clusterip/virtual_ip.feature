@core
Feature: A Service has an address of its own
  Pods come and go, and each new one has another address. A Service stays until somebody deletes
  it, and so does its ClusterIP: a virtual IP from the Service range of the cluster. It is not
  like a Pod's address. No interface owns it and nothing answers a ping of it; every node carries
  rules that hand each new connection to one of the Service's ready Pods.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#type-clusterip

  Rule: A Service is a ClusterIP Service unless it says otherwise

    @cip-01
    Scenario: A Service created without a type is a ClusterIP Service
      When Service "svc-1" is created
      Then its type is "ClusterIP"

  Rule: The ClusterIP belongs to the Service alone

    @cip-02
    Scenario: Every Service is given a virtual IP that belongs to no Pod and no node
      Given Pod "pod-1" on the first node
      When Service "svc-1" is created
      And Service "svc-other" is created
      Then it has a ClusterIP of its own from the Service range
      And no Pod and no node has that address

  Rule: The ClusterIP outlives the Pods behind it

    @cip-05
    Scenario: The ClusterIP stays while its Pod is replaced, and traffic follows the new Pod
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When Pod "pod-1" is replaced by one with another address
      Then Service "svc-1" has kept its identity and its ClusterIP
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"

    @cip-06
    Scenario: A Service that loses all its Pods and gets them back keeps its ClusterIP
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When every Pod of the Service is deleted and created anew
      Then Service "svc-1" has kept its identity and its ClusterIP
      And a Pod on the first node that connects to the ClusterIP is answered by Pod "pod-1"
