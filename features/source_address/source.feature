@core
Feature: Inside the cluster a Pod sees who really connects
  The network of a cluster is flat: Pods reach each other at their own addresses, whichever nodes
  they run on, and nothing on the way rewrites them. A ClusterIP changes where a connection goes and
  not where it comes from. Only what enters through a node may come to the Pod in that node's name.

  Docs: https://kubernetes.io/docs/tutorials/services/source-ip/#source-ip-for-services-with-type-clusterip

  Background:
    Given Service "svc-1"
    And Pod "pod-1" on the first node

  Rule: The ClusterIP leaves the client's address alone

    @src-01 @capability:two-nodes
    Scenario Outline: Through the ClusterIP the Pod sees the address of the Pod that connects
      When a Pod on the <where> node connects to the ClusterIP
      Then the Pod that answers sees the client's own address

      Examples:
        | where  |
        | first  |
        | second |

  Rule: Pods reach Pods without translation

    @src-03 @capability:two-nodes
    Scenario: A Pod that is reached at its own address sees the address of the Pod that connects
      When a Pod on the second node connects to the address of Pod "pod-1"
      Then the Pod that answers sees the client's own address
