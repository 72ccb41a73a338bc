@core
Feature: DNS tells more of a Service than its address
  A client that knows only the name of a port finds its number by an SRV record, and a log that has
  only an address finds the Service by a PTR record. Both are part of the DNS specification that
  every cluster follows. A port without a name cannot be asked for, so it has no SRV record.

  Docs: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#srv-records

  Rule: Ports that have names have SRV records

    @dns-04
    Scenario: A named port is found by its name and protocol
      Given Service "svc-named"
      When a Pod on the first node looks up the port of "_web._tcp.svc-named.NAMESPACE.svc.ZONE"
      Then the answer is port 9000 at "svc-named.NAMESPACE.svc.ZONE"

    @dns-06
    Scenario: A port without a name has no SRV record
      Given Service "svc-unnamed"
      When a Pod on the first node looks up the port of "_web._tcp.svc-unnamed.NAMESPACE.svc.ZONE"
      Then the answer is no port

    @dns-05 @capability:two-nodes
    Scenario: For a headless Service an SRV record names each ready Pod
      Given Service "svc-headless"
      And Pod "pod-1" on the first node
      And Pod "pod-2" on the second node
      When a Pod on the first node looks up the port of "_web._tcp.svc-headless.NAMESPACE.svc.ZONE"
      Then the answer is port 8080 at a name for every ready Pod of the Service

  Rule: A ClusterIP leads back to the name

    @dns-07
    Scenario: The ClusterIP resolves back to the name of the Service
      Given Service "svc-named"
      When a Pod on the first node looks up the ClusterIP
      Then the answer is the name "svc-named.NAMESPACE.svc.ZONE"
