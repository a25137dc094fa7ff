package cluster

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// network numbers the address ranges of a cluster. Only a real node makes them known to the machine; clusters of
// simulated nodes can all have the first.
type network int

// networks is how many clusters with a real node fit on a machine.
const networks = 16

func (n network) services() string  { return fmt.Sprintf("10.%d.0.0/16", 96+n) }
func (n network) serviceIP() string { return fmt.Sprintf("10.%d.0.1", 96+n) } // the API server's
func (n network) dns() string       { return fmt.Sprintf("10.%d.0.10", 96+n) }
func (n network) pods() string      { return fmt.Sprintf("10.200.%d.0/24", n) } // the simulated have 10.128.0.0/10
func (n network) link() string      { return fmt.Sprintf("localkube%d", n) }
func (n network) hostIP() string    { return fmt.Sprintf("10.201.%d.1", n) }
func (n network) nodeIP() string    { return fmt.Sprintf("10.201.%d.2", n) }

func (n network) cgroup() string { return fmt.Sprintf("localkube-%d", n) }

// claimNetwork takes the first that no address and no route of the machine is in.
func claimNetwork() (network, error) {
	taken, err := takenPrefixes()
	if err != nil {
		return 0, err
	}
	for n := network(0); n < networks; n++ {
		if n.free(taken) && n.claim() {
			return n, nil
		}
	}
	return 0, fmt.Errorf("looking for free addresses: each of %s to %s is on a route of this machine (`ip route`) or another cluster's; take clusters down",
		network(0).services(), network(networks-1).services())
}

// claim makes the control group of that number, which one alone can. Until down removes it, the number is taken.
func (n network) claim() bool {
	for _, hierarchy := range []string{"/sys/fs/cgroup/memory", "/sys/fs/cgroup"} { // version 1, version 2
		if err := os.Mkdir(filepath.Join(hierarchy, n.cgroup()), 0o755); !errors.Is(err, fs.ErrNotExist) {
			return err == nil
		}
	}
	return false
}

func (n network) free(taken []netip.Prefix) bool {
	for _, ours := range []string{n.services(), n.pods(), n.hostIP() + "/30"} {
		for _, theirs := range taken {
			if theirs.Overlaps(netip.MustParsePrefix(ours)) {
				return false
			}
		}
	}
	return true
}

func takenPrefixes() ([]netip.Prefix, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("reading this machine's addresses: %w", err)
	}
	var taken []netip.Prefix
	for _, address := range addresses {
		if prefix, err := netip.ParsePrefix(address.String()); err == nil {
			taken = append(taken, prefix)
		}
	}
	routes, err := os.ReadFile("/proc/net/route")
	if err != nil {
		return nil, fmt.Errorf("reading this machine's routes: %w", err)
	}
	return append(taken, parseRoutes(string(routes))...), nil
}

// parseRoutes leaves out those so wide that more special ones beside them do no harm.
func parseRoutes(table string) []netip.Prefix {
	var found []netip.Prefix
	for lines := bufio.NewScanner(strings.NewReader(table)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[0] == "Iface" {
			continue
		}
		to, mask := unhex(fields[1]), unhex(fields[7])
		if bits, _ := net.IPMask(mask[:]).Size(); bits > 8 {
			found = append(found, netip.PrefixFrom(netip.AddrFrom4(to), bits))
		}
	}
	return found
}

// unhex reads an address as the kernel prints it, the last part first.
func unhex(text string) (address [4]byte) {
	data, err := hex.DecodeString(text)
	if err == nil && len(data) == 4 {
		binary.LittleEndian.PutUint32(address[:], binary.BigEndian.Uint32(data))
	}
	return address
}
