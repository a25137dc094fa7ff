package cluster

import (
	"fmt"
	"net"
)

// freePorts holds all listeners until the last is found, so that no port is found twice.
func freePorts() (ports, error) {
	var p ports
	for _, port := range []*int{&p.API, &p.Etcd, &p.EtcdPeer} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports{}, fmt.Errorf("looking for a free port: %w", err)
		}
		defer listener.Close()
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}
