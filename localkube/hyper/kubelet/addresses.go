package kubelet

import (
	"net/netip"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// PodNetwork is where pods get their addresses, whatever their node.
const PodNetwork = "10.128.0.0/10"

// Addresses hands out pod addresses, upwards from the highest in use, and none to two pods.
type Addresses struct {
	mu    sync.Mutex
	last  netip.Addr
	given map[types.UID]string
}

// NewAddresses begins at the start of PodNetwork.
func NewAddresses() *Addresses {
	return &Addresses{last: netip.MustParsePrefix(PodNetwork).Addr(), given: map[types.UID]string{}}
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

// For is the pod's address, the same each time: a start may be played twice, the second time on a stale pod. Four
// million of them outlast any cluster of this kind.
func (a *Addresses) For(pod types.UID) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.given[pod]; !known {
		a.last = a.last.Next()
		a.given[pod] = a.last.String()
	}
	return a.given[pod]
}
