@core
Feature: Pods are told how to resolve names
  The kubelet writes /etc/resolv.conf for every Pod: the address of the cluster's DNS, a search
  list, and the number of dots from which a name is tried as it stands. That is why a short name
  works in one Pod and not in another. A Pod on the network of its node does not get this unless it
  asks for it, and a Pod may write its own.

  Docs: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy

  Rule: By default a Pod uses the DNS of the cluster

    @dns-03
    Scenario: Pods search their own namespace first, then the cluster's domain
      Given Pod "pod-1" on the first node
      Then the resolv.conf of Pod "pod-1" says "search NAMESPACE.svc.ZONE svc.ZONE ZONE"
      And the resolv.conf of Pod "pod-1" says "options ndots:5"

    @dns-09
    Scenario: Every Pod is configured with a DNS that knows the Services of the cluster
      When a Pod on the first node looks up "kubernetes.default"
      Then the answer is the ClusterIP of the API server's own Service

  Rule: A Pod on the network of its node has to ask for the cluster's DNS

    @dns-10 @capability:host-network
    Scenario: A process of a Pod with hostNetwork finds Services with ClusterFirstWithHostNet
      Given Service "svc-1"
      When a process on the first node looks up "svc-1.NAMESPACE"
      Then the answer is the ClusterIP

  Rule: A Pod may have a resolver configuration of its own

    @dns-11
    Scenario: dnsPolicy None with a dnsConfig replaces all that the cluster would say
      Given Pod "pod-with-dns-config" on the first node
      Then the resolv.conf of Pod "pod-with-dns-config" says only "nameserver 192.0.2.53"
      And the resolv.conf of Pod "pod-with-dns-config" says only "search example.com example.org"
      And the resolv.conf of Pod "pod-with-dns-config" says only "options ndots:2 edns0"

    @dns-14
    Scenario: A search list may be long, have underscores, and a lone dot
      Given Pod "pod-with-long-search" on the first node
      Then the resolv.conf of Pod "pod-with-long-search" says only "search . a_b.example.com 1.of-seven-domains-that-are-each-rather-long.example.com 2.of-seven-domains-that-are-each-rather-long.example.com 3.of-seven-domains-that-are-each-rather-long.example.com 4.of-seven-domains-that-are-each-rather-long.example.com 5.of-seven-domains-that-are-each-rather-long.example.com"

  Rule: A Pod knows its own name without DNS

    @dns-13
    Scenario Outline: A Pod finds its own names in its /etc/hosts
      Given Pod "pod-with-hostname" on the first node
      When Pod "pod-with-hostname" looks up "<name>" in its /etc/hosts
      Then the answer is the address of Pod "pod-with-hostname"

      Examples:
        | name                         |
        | host-1                       |
        | host-1.sub.NAMESPACE.svc.ZONE |
