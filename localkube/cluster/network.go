package cluster

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
)

// network numbers the address ranges of a cluster. Only a real node makes them known to the machine; clusters of
// simulated nodes can all have the first.
type network int

func (n network) services() string  { return fmt.Sprintf("10.%d.0.0/16", 96+n) }
func (n network) serviceIP() string { return fmt.Sprintf("10.%d.0.1", 96+n) } // the API server's
func (n network) dns() string       { return fmt.Sprintf("10.%d.0.10", 96+n) }
func (n network) pods() string      { return fmt.Sprintf("10.200.%d.0/24", n) } // the simulated have 10.128.0.0/10
func (n network) link() string      { return fmt.Sprintf("localkube%d", n) }
func (n network) hostIP() string    { return fmt.Sprintf("10.201.%d.1", n) }
func (n network) nodeIP() string    { return fmt.Sprintf("10.201.%d.2", n) }

// free tells whether no address and no route of the machine is in the ranges.
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
