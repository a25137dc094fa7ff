package cluster

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
)

func TestRoutesAreReadAsTheKernelWritesThem(t *testing.T) {
	table := `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
tun0	0000000A	00000000	0001	0	0	0	000000FF	0	0	0
lk0	0000600A	0200C90A	0003	0	0	0	0000FFFF	0	0	0
lk0	0001C80A	0200C90A	0003	0	0	0	00FFFFFF	0	0	0
`
	want := []netip.Prefix{netip.MustParsePrefix("10.96.0.0/16"), netip.MustParsePrefix("10.200.1.0/24")}
	got := parseRoutes(table)
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if free := fmt.Sprint(network(0).free(got), network(1).free(got), network(2).free(got)); free != "false false true" {
		t.Errorf("free: %s", free)
	}
}

func TestAClusterOfSimulatedNodesHasTheUsualAddresses(t *testing.T) {
	s := newState(t)
	if s.Network.services() != "10.96.0.0/16" || s.Network.serviceIP() != "10.96.0.1" {
		t.Errorf("services at %s, the API server at %s", s.Network.services(), s.Network.serviceIP())
	}
}
