package gitsrc

import (
	"errors"
	"fmt"
	"io"
	"strconv"
)

// errNotV2 says that a server's answer is none of protocol version 2.
var errNotV2 = errors.New("the server does not speak protocol version 2")

// maxPacket is the longest packet, its own four digits of length included.
const maxPacket = 65520

// packet is one pkt-line: data, or a special packet whose data is nil.
type packet struct {
	data    []byte
	special int // 0 flush, 1 delimiter, 2 end of response; data otherwise
}

func (p packet) isFlush() bool { return p.data == nil && p.special == 0 }

// readPacket reads one pkt-line. Its data is never nil where it is data.
func readPacket(r io.Reader) (packet, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return packet{}, fmt.Errorf("reading a packet's length: %w", unexpected(err))
	}
	length, err := strconv.ParseUint(string(head[:]), 16, 16)
	if err != nil || length == 3 || length > maxPacket {
		return packet{}, fmt.Errorf("%w: packet length %q", errNotV2, head)
	}
	if length < 4 {
		return packet{special: int(length)}, nil
	}
	data := make([]byte, length-4)
	if _, err := io.ReadFull(r, data); err != nil {
		return packet{}, fmt.Errorf("reading a packet: %w", unexpected(err))
	}
	return packet{data: data}, nil
}

// unexpected makes an end of the answer an error: without the closing flush
// packet nothing may be concluded from what is not in it.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func appendPacket(to []byte, text string) []byte {
	return fmt.Appendf(to, "%04x%s", len(text)+4, text)
}
