package kubelet

import (
	"net/netip"
	"sync"
)

// PodNetwork is where pods get their addresses, whatever their node.
const PodNetwork = "10.128.0.0/10"

// Addresses hands out pod addresses, upwards from the highest in use, and none twice.
type Addresses struct {
	mu   sync.Mutex
	last netip.Addr
}

// NewAddresses begins at the start of PodNetwork.
func NewAddresses() *Addresses {
	return &Addresses{last: netip.MustParsePrefix(PodNetwork).Addr()}
}

// Taken says that a pod has the address already. One from elsewhere, as on the host network, does not count.
func (a *Addresses) Taken(ip string) {
	addr, err := netip.ParseAddr(ip)
	if err != nil || !netip.MustParsePrefix(PodNetwork).Contains(addr) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.last.Less(addr) {
		a.last = addr
	}
}

// Next is an address that nobody has. Four million of them outlast any cluster of this kind.
func (a *Addresses) Next() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = a.last.Next()
	return a.last.String()
}
