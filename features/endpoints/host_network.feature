@core
Feature: Pods on their node's network stand behind Services like others
  A Pod may do without a network of its own and use its node's: node agents and ingress
  controllers often do. Its address is then its node's, and its ports are taken from what is free
  on that node. To a Service it is a Pod like any other, found by its labels.

  Docs: https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service

  Rule: The Service leads to the Pod at its node's address

    @hn-01 @capability:host-network @capability:two-nodes
    Scenario Outline: A Pod on its node's network answers the Service's clients
      Given Service "svc-1"
      And Pod "pod-1" on the first node
      When <client> connects to the ClusterIP
      Then Pod "pod-1" answers

      Examples:
        | client                       |
        | a Pod on the first node      |
        | a Pod on the second node     |
        | a process on the second node |
