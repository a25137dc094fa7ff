package capsule

import (
	"io"
	"net"
)

// relay carries connections that were made within the capsule to the same address of the machine: a loopback is a
// network's own, and the API server listens on the machine's alone.
func relay(listener net.Listener, address string) {
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		go carry(from, address)
	}
}

func carry(from net.Conn, address string) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	go func() {
		_, _ = io.Copy(to, from)
		_ = to.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(from, to)
}
